import { CommanderError } from "@commander-js/extra-typings";
import { Answer } from "./commands/flags/command.ts";
import { type GlobalWords, readGlobalFlags } from "./commands/flags/global-flags.ts";
import { CommandLineError } from "./commands/flags/subcommands.ts";
import { bugMessage } from "./commands/flags/version.ts";
import { wrapHelp } from "./commands/flags/wrap-help.ts";
import type { AccountContext, Runtime } from "./context.ts";
import {
  CliError,
  ExitCode,
  endOf,
  Interruption,
  ProgramFailure,
  UsageError,
  withOutputError,
} from "./errors.ts";
import { isJson } from "./io/format.ts";
import { sayWarnings, toJson } from "./io/formats.ts";
import { createIO, type IO, written } from "./io/io.ts";
import { createRedactor } from "./machine/redact.ts";
import { stripControls } from "./one-line.ts";
import { commandNames, findCommand } from "./program/commands.ts";
import { createContext } from "./program/create-context.ts";
import { createProgram } from "./program/program.ts";
import { unknownCommand } from "./program/unknown-command.ts";

/** Runs one invocation and returns its exit code. Never throws and never ends the process. */
export async function main(argv: readonly string[], runtime: Runtime): Promise<ExitCode> {
  let context: AccountContext | undefined;
  let words = argv;
  let hasReportedBug = false;
  const reportTo = (io: IO, error: unknown) =>
    report(error, io, {
      debug: context?.settings.debug ?? false,
      facts: () => factsFor(argv, runtime),
    });
  const reportBug = (io: IO, error: unknown) => {
    if (!hasReportedBug) reportTo(io, error);
    hasReportedBug = true;
    return ExitCode.failure;
  };
  try {
    const globals = readGlobalFlags(argv);
    words = globals.words;
    context = await createContext(runtime, globals.flags, main, findCommand(words[0]));
    const { io } = context;
    runtime.guard?.((error) => reportBug(io, error));
    await unlessOverdue(run(argv, globals, context), context);
    await untilRead(context);
    if (isEndedByBug(runtime.signal)) throw runtime.signal.reason;
    const outputError = await context.outputError();
    if (outputError) throw outputError;
    sayWarnings(context.io);
    return ExitCode.ok;
  } catch (error) {
    const io = context?.io ?? (await createFallbackIO(argv, runtime));
    const known = toCliError(error, words, context?.signal ?? runtime.signal);
    const complete = withOutputError(known, await context?.outputError());
    if (!isEndedByBug(runtime.signal)) return reportTo(io, complete);
    // What the bug left undone is worth knowing, too.
    if (complete instanceof CliError && !isJson(io.format)) reportTo(io, complete);
    return reportBug(io, endOf(runtime.signal));
  } finally {
    await context?.close();
    await leaveOutput(runtime, context?.end.left());
  }
}

/** Waits for the reader of the output. Throws the reason if the run has to end first. */
async function untilRead({ io, signal }: AccountContext): Promise<void> {
  if (!io.stdout.writableLength) return;
  const taken = await Promise.race([written(io.stdout).then(() => true), aborted(signal)]);
  if (taken) return;
  const { DeadlineError } = await import("./api/errors.ts");
  const { reason } = signal;
  throw reason instanceof DeadlineError ? new DeadlineError("write all the output") : reason;
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
}

/** Waits until the rest of the output has been read, for `left` milliseconds at most. */
async function leaveOutput({ stdout, stderr, signal }: Runtime, left = Number.POSITIVE_INFINITY) {
  if (!stdout.writableLength && !stderr.writableLength) return;
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", hurry);
      resolve();
    };
    const hurry = () => {
      clearTimeout(timer);
      timer = setTimeout(settle, patience);
    };
    if (signal.aborted) hurry();
    else if (left < longestTimer) timer = setTimeout(settle, Math.max(left, patience));
    signal.addEventListener("abort", hurry, { once: true });
    void Promise.all([written(stdout), written(stderr)]).then(settle);
  });
}

/** Whether an uncaught error interrupted the run. */
function isEndedByBug(signal: AbortSignal): boolean {
  return signal.aborted && !(endOf(signal) instanceof CliError);
}

/** Milliseconds after the end of a run before its remaining work is abandoned. */
const patience = 50;

/** Node's, milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** Throws the reason of the end if the work does not stop by itself. */
function unlessOverdue(work: Promise<void>, { end, signal }: AccountContext): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      timer = setTimeout(() => reject(signal.reason), patience);
    };
    if (end.signal.aborted) wait();
    end.signal.addEventListener("abort", wait, { once: true });
    const settle = () => {
      clearTimeout(timer);
      end.signal.removeEventListener("abort", wait);
    };
    work.finally(settle).then(resolve, reject);
  });
}

async function run(
  argv: readonly string[],
  globals: GlobalWords,
  context: AccountContext,
): Promise<void> {
  try {
    if (globals.words[0] === "help") await printHelp(globals, context);
    else await runCommand(argv, globals, context);
  } catch (error) {
    if (!(error instanceof Answer)) throw error;
    await print(error.text, error.isLong, context);
  }
}

async function runCommand(
  argv: readonly string[],
  { words: [first], unknown, options }: GlobalWords,
  context: AccountContext,
): Promise<void> {
  const isEmpty = first === undefined && unknown.length === 0;
  if (first !== undefined && !findCommand(first) && unknown.length === 0) {
    throw unknownCommand(first, commandNames);
  }
  const program = await createProgram(context, findCommand(first), options);
  await program.parseAsync(isEmpty ? [...argv, "-h"] : argv, { from: "user" });
}

/** What follows `rcwh help`: a command, a topic, or nothing. */
async function printHelp(
  { words: [, ...words], options }: GlobalWords,
  context: AccountContext,
): Promise<void> {
  const [subject, ...rest] = words;
  if (subject === "docs") {
    const { printPage } = await import("./program/pages.ts");
    return printPage(rest, context);
  }
  const { topics } = await import("./program/topics.ts");
  const topic = subject && topics.get(subject);
  if (topic) return print(`${wrapHelp(topic, context.io)}\n`, true, context);
  const entry = findCommand(subject);
  if (subject && subject !== "help" && !entry) {
    throw new UsageError(
      `Unknown command or help topic "${subject}".`,
      `See \`rcwh help\` for commands, or choose a topic: ${[...topics.keys()].join(", ")}, docs.`,
    );
  }
  const program = await createProgram(context, entry, options);
  await program.parseAsync(entry ? [...words, "--help"] : ["--help"], { from: "user" });
}

/** Prints whole lines, in a pager where they may need one. */
async function print(text: string, isLong: boolean, context: AccountContext): Promise<void> {
  const { io } = context;
  if (!isLong || !io.interactive) {
    io.stdout.write(text);
    return;
  }
  const { printPaged } = await import("./operations/pager.ts");
  await printPaged(text.slice(0, -1), context);
}

/** Returns undefined for no error, and a bug unchanged. */
function toCliError(error: unknown, words: readonly string[], signal: AbortSignal): unknown {
  if (error instanceof CommanderError) {
    // `--help` and `--version` arrive here too.
    return error.exitCode === 0 ? undefined : asUsageError(error, words);
  }
  if (!signal.aborted) return error;
  const reason = signal.reason instanceof CliError ? signal.reason : new Interruption();
  // What has the same code tells what was cut short.
  const tellsMore =
    error instanceof CliError &&
    (error.exitCode !== ExitCode.unavailable || error.code === reason.code);
  if (!tellsMore) return reason;
  return error;
}

function asUsageError(error: CommanderError, words: readonly string[]): UsageError {
  const named = findCommand(words.find((word) => findCommand(word)))?.name;
  const command =
    error instanceof CommandLineError ? error.path : ["rcwh", ...(named ? [named] : [])].join(" ");
  const help = `\`${command} --help\``;
  if (error.code === "commander.help") {
    return new UsageError(`\`${command}\` needs a command.`, `See ${help}.`);
  }
  const message = error.message
    .trim()
    // What follows may be a secret behind a flag that was misspelled.
    .replace(/(option '--?[^'=\s]+)=.*'/s, "$1'")
    .replace(/option '([^']+)' argument missing/, "missing value for $1")
    .replace(/option '([^']+)'/, "flag $1")
    .replace(/required argument '([^']+)'/, "argument <$1>")
    .replace(/'([^']+)'/, '"$1"');
  // Commander puts its suggestion on a line of its own.
  const [suggestion = "", similar] =
    /\n\(Did you mean (?:one of )?([^\n]+)\?\)$/.exec(message) ?? [];
  const complaint = message
    .slice(0, message.length - suggestion.length)
    .replace(/^error: /, "")
    .replace(/\.$/, "");
  const isForMany =
    /^rcwh (?:plan|apply)$/.test(command) && /--(?:profiles-from|all-profiles)\b/.test(complaint);
  const other = command === "rcwh plan" ? "rcwh ensure --dry-run" : "rcwh ensure";
  if (isForMany) {
    const message = `\`${command}\` works on one account only.`;
    return new UsageError(message, `Use \`${other}\` for several.`, { cause: error });
  }
  return new UsageError(
    `${complaint.charAt(0).toUpperCase()}${complaint.slice(1)}.`,
    similar ? `Try ${similar.replace(/, (?=[^,]*$)/, " or ")}, or see ${help}.` : `See ${help}.`,
    { cause: error },
  );
}

/** For invalid global flags: guesses the format from the words alone. */
function createFallbackIO(argv: readonly string[], runtime: Runtime): Promise<IO> {
  const { env, platform } = runtime;
  const wantsJson =
    /(?:^| )(?:--json|(?:-o ?|--output[ =])(?:nd)?json)(?: |$)/.test(argv.join(" ")) ||
    /^(?:nd)?json$/.test(env["RCWH_OUTPUT"] ?? "");
  return createIO(runtime, {
    env,
    platform,
    format: wantsJson ? "json" : "table",
    quiet: false,
    verbose: false,
    noColor: argv.includes("--no-color"),
    noInput: true,
    redactor: createRedactor(),
  });
}

/** What the developers of rcwh need to know about a run that hit a bug. */
interface BugFacts {
  /** The command line without values: any of them may be a secret. */
  readonly command: string;
  readonly system: string;
}

interface ReportOptions {
  readonly debug: boolean;
  readonly facts: () => BugFacts;
}

function factsFor(argv: readonly string[], { installation, platform }: Runtime): BugFacts {
  const name = argv.find((word) => findCommand(word));
  const words = argv.map((word) => {
    if (word === name || /^(?:-[a-z]|--[a-z][a-z-]*)$/i.test(word)) return word;
    return /^--[a-z][a-z-]*(?==)/.exec(word)?.[0].concat("=…") ?? "…";
  });
  const { nodeVersion } = installation;
  return { command: ["rcwh", ...words].join(" "), system: `Node ${nodeVersion} on ${platform}` };
}

function bugObject(error: unknown, facts: BugFacts): object {
  const message = `${bugMessage} ${stacksOf(error)}`;
  return { code: "BUG", message, exitCode: ExitCode.failure, ...facts };
}

/** The stack of an error, and those of what caused it. */
function stacksOf(error: unknown): string {
  const stacks = [stackOf(error)];
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined && stacks.length < 5) {
    cause = cause.cause;
    stacks.push(`Caused by: ${stackOf(cause)}`);
  }
  return stacks.join("\n");
}

/** The one place where an error becomes text and an exit code. */
function report(error: unknown, io: IO, { debug, facts }: ReportOptions): ExitCode {
  if (error === undefined) return ExitCode.ok;
  const exitCode = error instanceof CliError ? error.exitCode : ExitCode.failure;
  if (exitCode === ExitCode.ok || error instanceof ProgramFailure) return exitCode;

  io.endProgress();
  const { say } = io;
  if (isJson(io.format)) {
    const warnings = io.takeWarnings();
    const all = {
      schemaVersion: 1,
      error: error instanceof CliError ? toObject(error, exitCode, io) : bugObject(error, facts()),
      ...(warnings.length > 0 && { warnings }),
    };
    say(toJson(all));
    return exitCode;
  }
  if (!(error instanceof CliError)) {
    const { command, system } = facts();
    say(`${io.errorStyle.red("error:")} ${bugMessage}`);
    io.stderr.write(
      `${io.redactor.message(`command: ${command}\nsystem: ${system}\n${stacksOf(error)}`)}\n`,
    );
    return exitCode;
  }
  if (!(error instanceof Interruption)) say(`${label(exitCode, io)}${error.message}`);
  for (const hint of error.hint?.split("\n") ?? []) {
    say(`${io.errorStyle.dim("hint:")} ${hint}`);
  }
  if (debug) io.stderr.write(`${io.redactor.message(stackOf(error))}\n`);
  return exitCode;
}

function label(exitCode: ExitCode, { errorStyle }: IO): string {
  if (exitCode === ExitCode.declined) return "";
  if (exitCode === ExitCode.attention) return `${errorStyle.yellow("attention:")} `;
  return `${errorStyle.red("error:")} `;
}

function toObject(error: CliError, exitCode: ExitCode, { completeHints }: IO): object {
  const { code } = error;
  const message = completeHints(error.message);
  const hint = error.hint && completeHints(error.hint);
  // Errors of the server have these, and those of a file its problems.
  const facts: Partial<Record<string, unknown>> = { ...error };
  const { status, requestId, retryAfter, checks, problems } = facts;
  return { code, message, hint, exitCode, status, requestId, retryAfter, checks, problems };
}

function stackOf(error: unknown): string {
  return stripControls(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
