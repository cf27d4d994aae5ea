import type { LastRun } from "../config/last-run-store.ts";
import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import type { Column } from "../io/table.ts";
import { type AccountFlags, forEachAccount, isMany } from "../operations/accounts/accounts.ts";
import type { AccountFailure } from "../operations/accounts/many-accounts.ts";
import { readLastRun } from "../operations/reporting/last-run.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import { relativeTime, roundedSpan } from "../subscriptions/time.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { createCommand, renderManual } from "./flags/command.ts";
import { concludeAccounts, toFailureObjects } from "./output/conclude-accounts.ts";

export interface StatusOptions extends AccountFlags {
  readonly maxAge?: string;
}

/** How the last run of one profile ended; only `profile` and `status` where there was none. */
interface RunStatus extends Partial<LastRun> {
  readonly profile: string;
  readonly status: "ok" | "try-later" | "failed" | "overdue" | "never";
}

/** A daily run, and two hours for it to be late. */
const defaultMaxAge = "26h";

/** Milliseconds that a clock may be set back by what keeps it right. */
const clockTolerance = 5 * 60_000;

/** A fleet whose scheduler has died is overdue ten thousand times alike. */
const mostLines = 20;

const manual = renderManual({
  examples: [
    ["rcwh status", "whether the last run went well, and not longer than 26 hours ago"],
    ["rcwh status --max-age 7h", "the same where cron renews every six hours"],
    ["rcwh status > /dev/null", "for a monitor that only looks at the exit code"],
    ["rcwh status --all-profiles", "every profile that is signed in"],
    ["rcwh status --json | jq -r '.runs[].lastSuccessAt'", "when it last went well"],
  ],
  json: '{ "schemaVersion": 1, "runs": [ { "profile", "status": "ok|try-later|failed|overdue|never",\n  "command", "startedAt", "endedAt", "exitCode", "outcomes": { "renewed": 1, … },\n  "message", "lastSuccessAt", "failingSince" } ] }\nOf many accounts also "failures": [ { "profile", "error" } ].',
  exitCodes: [0, 2, 3, 4, 7, 8],
});

export function createStatusCommand(context: CommandContext, run = showStatus) {
  const command = createCommand("status", context)
    .description(
      "Tell when the last unattended run ended, and how. Asks nobody but this machine: it knows of the runs of this user with this configuration. A run that only has to be tried again, such as after a network failure, is no alarm before the last one that went well is too old.",
    )
    .optionsGroup("Alarm:")
    .option(
      "--max-age <duration>",
      `how long ago a run must have gone well (default: ${defaultMaxAge})`,
    );
  return addAccountFlags(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function showStatus(options: StatusOptions, context: CommandContext): Promise<void> {
  const { maxAge: text = defaultMaxAge } = options;
  const maxAge = parseDuration(text, "--max-age");
  const now = context.clock.now();
  const runs: RunStatus[] = [];
  const failures = await forEachAccount(context, options, async (account) => {
    const { profile } = await account.identity();
    const lastRun = await readLastRun(account);
    runs.push({ profile, status: judge(lastRun, now, maxAge), ...lastRun });
  });
  runs.sort((a, b) => (a.profile < b.profile ? -1 : 1));
  await printRuns(runs, failures, now, options, context);
  const bad = runs.filter(({ status }) => status !== "ok" && status !== "try-later");
  const sentences = bad.map((run) => `${run.profile}: ${describe(run, text, now)}`);
  // What kept an account from being looked at comes first, but says nothing of these.
  if (failures.length > 0) for (const sentence of sentences) context.io.warn(sentence);
  concludeAccounts(failures, runs.length, "looked at");
  if (bad.length > 0) throw asAttention(bad, sentences, runs.length);
}

const passing: ReadonlySet<number> = new Set([
  ExitCode.unavailable,
  ExitCode.hangup,
  ExitCode.interrupted,
  ExitCode.terminated,
]);

function judge(run: LastRun | undefined, now: number, maxAge: number): RunStatus["status"] {
  if (!run) return "never";
  if (run.exitCode !== ExitCode.ok && !passing.has(run.exitCode)) return "failed";
  if (!(Date.parse(run.lastSuccessAt ?? "") >= now - maxAge)) return "overdue";
  if (isInFuture(run, now)) return "overdue";
  return run.exitCode === ExitCode.ok ? "ok" : "try-later";
}

/** By this clock, which has been set back since, or was wrong then: nobody knows how long ago it is. */
function isInFuture({ lastSuccessAt = "" }: Partial<LastRun>, now: number): boolean {
  return Date.parse(lastSuccessAt) > now + clockTolerance;
}

async function printRuns(
  runs: readonly RunStatus[],
  failures: readonly AccountFailure[],
  now: number,
  flags: AccountFlags,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const { green, red, yellow } = io.style;
  const ago = (time: string | undefined) =>
    time === undefined ? "" : relativeTime(Date.parse(time) - now);
  const columns: Column<RunStatus>[] = [
    { title: "profile", value: ({ profile }) => profile },
    {
      title: "status",
      value: ({ status }) => status,
      style: (status) =>
        status === "ok" ? green(status) : status === "try-later" ? yellow(status) : red(status),
    },
    {
      title: "ended",
      key: "endedAt",
      value: ({ endedAt = "" }) => endedAt,
      show: ({ endedAt }) => ago(endedAt),
    },
    { title: "command", value: ({ command = "" }) => command },
    { title: "exit code", key: "exitCode", value: ({ exitCode }) => `${exitCode ?? ""}` },
    {
      title: "last success",
      key: "lastSuccessAt",
      value: ({ lastSuccessAt = "" }) => lastSuccessAt,
      show: ({ lastSuccessAt }) => ago(lastSuccessAt),
    },
    { title: "failingSince", value: ({ failingSince = "" }) => failingSince, reader: "programs" },
    { title: "message", value: ({ message = "" }) => message, reader: "programs" },
  ];
  const extra = isMany(context, flags) ? { failures: toFailureObjects(failures) } : {};
  await printRecords(io, { key: "runs", records: runs, columns, extra });
}

const codesByStatus: Readonly<Record<RunStatus["status"], string>> = {
  ok: "OK",
  "try-later": "OK",
  failed: "RUN_FAILED",
  overdue: "RUN_OVERDUE",
  never: "RUN_NEVER",
};

function asAttention(
  bad: readonly RunStatus[],
  sentences: readonly string[],
  total: number,
): CliError {
  const heading = `${bad.length} of ${total} profiles ${bad.length === 1 ? "needs" : "need"} attention:`;
  const rest = sentences.length - mostLines;
  const lines = [
    heading,
    ...sentences.slice(0, mostLines).map((sentence) => `  ${sentence}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
  const codes = new Set(bad.map(({ status }) => codesByStatus[status]));
  return new CliError(total === 1 ? sentences.join("") : lines.join("\n"), {
    exitCode: ExitCode.attention,
    code: codes.size === 1 ? [...codes].join("") : "PARTIAL",
    hint: bad.some(({ status }) => status === "failed")
      ? "Run `rcwh renew`, and do what it says."
      : "Look whether cron still runs `rcwh renew`, as this user and with the same RCWH_CONFIG_DIR.",
  });
}

function describe(run: RunStatus, maxAge: string, now: number): string {
  const { status, command, exitCode, endedAt = "", lastSuccessAt, failingSince, message } = run;
  if (status === "never") return "There is no record of an unattended run.";
  const success =
    lastSuccessAt === undefined
      ? "No renewal of everything is known to have gone well."
      : `The last renewal that went well ended ${lastSuccessAt}, ${roundedSpan(now - Date.parse(lastSuccessAt))} ago.`;
  if (status === "overdue" && isInFuture(run, now)) {
    return `The last renewal that went well ended ${lastSuccessAt}, which is in the future by this machine's clock.`;
  }
  if (status === "overdue") return `${success} --max-age is ${maxAge}.`;
  const since = failingSince === endedAt ? "" : `, like every run since ${failingSince}`;
  return `${command} ended with exit code ${exitCode} at ${endedAt}${since}: ${asSentence(message ?? "it said nothing")} ${success}`;
}
