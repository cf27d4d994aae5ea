import { existsSync } from "node:fs";
import { type Check, rule } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, Interruption, UsageError } from "../../errors.ts";
import { membersOf, parseJson } from "../../machine/json.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { runProgram } from "../run-program.ts";
import { asCronRuns, crontabCommand } from "./crontab.ts";
import { checkInstalledLine } from "./installed-line.ts";
import type { Schedule } from "./schedule.ts";

/** Milliseconds that the rehearsal may take beyond its own deadline. */
const grace = 5_000;

export const ofCron = rule("cron", "the line of `rcwh cron print` works");

/**
 * Runs the line that `rcwh cron print` prints as cron would, as a dry run, and compares the line with the installed one.
 *
 * @param plan plans that line
 */
export async function rehearseCron(
  plan: () => Promise<Schedule>,
  context: CommandContext,
): Promise<readonly Check[]> {
  if (context.platform === "win32") {
    throw new UsageError(
      "Windows has no cron.",
      "Leave out --cron; `rcwh help docs cron` says how to use the Task Scheduler.",
    );
  }
  try {
    const schedule = await plan();
    return [await rehearse(schedule, context), await checkInstalledLine(schedule, context)];
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    return [ofCron.failWith(error)];
  }
}

async function rehearse(schedule: Schedule, context: CommandContext): Promise<Check> {
  // The line may find other credentials there, and renew other subscriptions.
  if (schedule.obstacle) return ofCron.failWith(schedule.obstacle);
  const { installation, env, clock, signal, deadlineAt } = context;
  const left = Math.max(deadlineAt() - clock.now(), 1_000);
  const words = [
    ...schedule.globals,
    "renew",
    ...["--dry-run", "--json", "--deadline", `${Math.ceil(left / 1000)}s`],
    ...schedule.flags,
  ];
  const home = installation.user?.home ?? env["HOME"] ?? "/";
  const line = asCronRuns(crontabCommand(schedule, words));
  const end = await runProgram(["/bin/sh", "-c", `${line} >/dev/null`], {
    cwd: existsSync(home) ? home : "/",
    env: {
      HOME: home,
      ...(installation.user && { LOGNAME: installation.user.name }),
      SHELL: "/bin/sh",
      PATH: "/usr/bin:/bin",
    },
    input: [],
    timeout: left + grace,
    signal,
  });
  signal.throwIfAborted();
  const printed = asCronRuns(crontabCommand(schedule, schedule.words));
  if (end.exitCode === 0) return ofCron.pass(printed);
  // Node may have printed something before.
  const { error } = membersOf(parseJson(end.output.slice(Math.max(end.output.indexOf("{"), 0))));
  const { message, code, hint, exitCode } = readError(error);
  const why =
    message ??
    `${end.reason ?? `it ended with exit code ${end.exitCode}`}: ${lastLine(end.output)}`;
  const finding = {
    ...(code !== undefined && { code }),
    // Other commands name `rcwh doctor` when nothing answers. Here it would lead back to this row.
    hint:
      (hint?.includes("`rcwh doctor`") ? undefined : hint) ??
      `Run \`env -i ${shellWord(`HOME=${home}`)} PATH=/usr/bin:/bin ${line}\` to see why.`,
  };
  const measured = `As cron would run it: ${why}${describeUnset(schedule, context)}`;
  return exitCode === ExitCode.attention
    ? ofCron.warn(measured, finding)
    : ofCron.fail(measured, { ...finding, exitCode: exitCode ?? ExitCode.failure });
}

type Finding = Partial<Pick<CliError, "message" | "code" | "hint" | "exitCode">>;

/** The error of a run with `--json`. */
function readError(error: unknown): Finding {
  const { message, code, hint, exitCode } = membersOf(error);
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const known = Object.values(ExitCode).find((each) => each === exitCode);
  const found = { message: text(message), code: text(code), hint: text(hint), exitCode: known };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it printed nothing";
}

/** Names the variables that affect rcwh here and are not in the line. */
function describeUnset({ environment }: Schedule, { env }: CommandContext): string {
  const isOurs = (name: string) =>
    /^(?:RCWH|RC|RINGCENTRAL)_|^(?:https?|no)_proxy$/i.test(name) ||
    ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"].includes(name);
  const unset = Object.keys(env)
    .filter((name) => env[name] && isOurs(name) && environment[name] === undefined)
    .sort();
  if (unset.length === 0) return "";
  return ` (${unset.join(", ")} ${unset.length === 1 ? "is" : "are"} not set there)`;
}
