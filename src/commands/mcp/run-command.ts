import type { Captured, CommandContext } from "../../context.ts";
import { CliError, ExitCode, Interruption } from "../../errors.ts";
import type { Environment } from "../../machine/environment.ts";
import { shellWord } from "../../machine/shell-word.ts";
import type { CommandWords } from "./tool.ts";

/** What a command came to. */
export interface Outcome {
  readonly exitCode: ExitCode;
  /** Its JSON; undefined where it printed none. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
  /** As `--json` has it on stderr. */
  readonly error: Readonly<Record<string, unknown>> | undefined;
  readonly warnings: readonly string[];
}

export interface RunOptions {
  /** Of the account, as `accountFlags` makes them. */
  readonly account: readonly string[];
  /** Of the run, such as `--dry-run`. */
  readonly more?: readonly string[];
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Runs a command of rcwh for its JSON. Never throws. */
export async function runCommand(
  { flags, operands = [] }: CommandWords,
  { account, more = [], env, signal }: RunOptions,
  context: CommandContext,
): Promise<Outcome> {
  const words = [...flags, ...more, "--json", "--no-input", ...account, "--", ...operands];
  const ended = interruptedBy(signal);
  const { exitCode, stdout, stderr } = await context.capture(words, { env, signal: ended });
  return { exitCode, ...readOutput({ stdout, stderr }, context) };
}

/** The command line as somebody would type it. */
export function commandLine(
  { flags, operands = [] }: CommandWords,
  account: readonly string[],
): string {
  const dashes = operands.some((word) => word.startsWith("-")) ? ["--"] : [];
  return ["rcwh", ...flags, ...account, ...dashes, ...operands].map(shellWord).join(" ");
}

/** Whoever cancels a call gives reasons of their own, and a run knows only interruptions. */
function interruptedBy(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    const { reason } = signal;
    controller.abort(reason instanceof Interruption ? reason : new Interruption());
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return controller.signal;
}

function readOutput(
  { stdout, stderr }: Pick<Captured, "stdout" | "stderr">,
  context: CommandContext,
) {
  const said = stderr.split("\n").filter(Boolean);
  const objects = said.map(objectIn).filter((each) => each !== undefined);
  // The trace of `--debug`.
  const others = said.filter((line) => objectIn(line) === undefined);
  if (others.length > 0) context.io.stderr.write(`${others.join("\n")}\n`);
  const [error] = objects.flatMap(({ error }) => (isObject(error) ? [error] : []));
  const warnings = objects.flatMap(({ warnings }) => (Array.isArray(warnings) ? warnings : []));
  return { document: objectIn(stdout), error, warnings };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Throws CliError for a command that failed. */
export function documentOf({
  exitCode,
  document,
  error,
}: Outcome): Readonly<Record<string, unknown>> {
  if (document !== undefined) return document;
  const { message = "The command failed.", code, hint } = error ?? {};
  throw new CliError(String(message), {
    exitCode: exitCode === ExitCode.ok ? ExitCode.failure : exitCode,
    ...(typeof code === "string" && { code }),
    ...(typeof hint === "string" && { hint }),
  });
}
