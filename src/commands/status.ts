import type { BackOff, LastRun } from "../config/last-run.ts";
import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import type { Column } from "../io/table.ts";
import { type AccountFlags, forEachAccount, isMany } from "../operations/accounts/accounts.ts";
import type { AccountFailure } from "../operations/accounts/many-accounts.ts";
import { commandOf, decisiveRun, mayPass, readLastRun } from "../operations/reporting/last-run.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import { relativeTime, roundedSpan } from "../subscriptions/time.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { concludeAccounts, toFailureObjects } from "./output/conclude-accounts.ts";
import { listProblems, needAttention } from "./output/list-problems.ts";

export interface StatusOptions extends AccountFlags {
  readonly maxAge?: string;
}

/** How the last run of a profile ended; without one, only `profile` and `status`. */
export interface RunStatus
  extends Partial<Omit<LastRun, "backOff" | "failedEnsure" | "serverAhead">> {
  /** Absent unless runs over many accounts leave it alone. */
  readonly backOff?: Omit<BackOff, "credentials">;
  readonly profile: string;
  readonly status: "ok" | "try-later" | "failed" | "overdue" | "never";
}

/** A daily run, and two hours for a late one. */
const defaultMaxAge = "26h";

/** Milliseconds by which NTP may set the clock back. */
const clockTolerance = 5 * 60_000;

const manual: Manual = {
  examples: {
    "rcwh status": "whether a run has succeeded in the last 26 hours",
    "rcwh status --max-age 7h": "the same where cron renews every six hours",
    "rcwh status > /dev/null": "for a monitor that reads only the exit code",
    "rcwh status --all-profiles": "every profile that is signed in",
    "rcwh status --json | jq -r '.runs[].lastSuccessAt'": "when it last succeeded",
  },
  json: '{ "schemaVersion": 1, "runs": [ { "profile", "status": "ok|try-later|failed|overdue|never",\n  "command", "file", "startedAt", "endedAt", "exitCode", "outcomes": { "renewed": 1, … },\n  "message", "lastSuccessAt", "failingSince",\n  "backOff": { "since", "tries", "until", "code", "message" } } ] }\nFor several accounts also "failures": [ { "profile", "error" } ].',
  exitCodes: {
    0: "the last run succeeded, or failed only temporarily",
    3: "profile not found",
    4: "not signed in",
    7: "some of several accounts could not be read",
    8: "the last run failed, or the last success is older than --max-age",
  },
};

export function createStatusCommand(context: CommandContext, run = showStatus) {
  const command = createCommand("status", context, manual)
    .description(
      "Show when the last unattended run ended, and how. Reads only the records of this user and configuration, and sends nothing. A temporary failure, such as a network error, raises no alarm while the last success is recent.",
    )
    .optionsGroup("Alarm:")
    .option("--max-age <duration>", `how old the last success may be (default: ${defaultMaxAge})`);
  return addAccountFlags(command).action((options) => run(options, context));
}

export async function showStatus(options: StatusOptions, context: CommandContext): Promise<void> {
  const { maxAge: text = defaultMaxAge } = options;
  const maxAge = parseDuration(text, "--max-age", "h");
  const now = context.clock.now();
  const runs: RunStatus[] = [];
  const failures = await forEachAccount(context, options, async (account) => {
    const { profile } = await account.identity();
    const recorded = await readLastRun(account);
    const lastRun = recorded && decisiveRun(recorded, now, maxAge);
    const { backOff, serverAhead: _, ...run } = lastRun ?? {};
    const status = judge(lastRun, now, maxAge);
    runs.push({ profile, status, ...run, ...(backOff && { backOff: toShown(backOff) }) });
  });
  runs.sort((a, b) => (a.profile < b.profile ? -1 : 1));
  await printRuns(runs, failures, now, options, context);
  const bad = runs.filter(({ status }) => status !== "ok" && status !== "try-later");
  const sentences = bad.map((run) => `${run.profile}: ${describe(run, text, now)}`);
  // The error is about accounts that could not be read, so the others become warnings.
  if (failures.length > 0) for (const sentence of sentences) context.io.warn(sentence);
  concludeAccounts(failures, runs.length, "checked");
  if (bad.length > 0) throw asAttention(bad, sentences, runs.length);
}

function toShown({ credentials: _, ...backOff }: BackOff): Omit<BackOff, "credentials"> {
  return backOff;
}

function judge(run: LastRun | undefined, now: number, maxAge: number): RunStatus["status"] {
  if (!run) return "never";
  if (!mayPass(run.exitCode)) return "failed";
  if (!(Date.parse(run.lastSuccessAt ?? "") >= now - maxAge)) return "overdue";
  if (isInFuture(run, now)) return "overdue";
  return run.exitCode === ExitCode.ok ? "ok" : "try-later";
}

/** The clock has been set back since, or was wrong then, so the age of the success is unknown. */
function isInFuture(
  { lastSuccessAt = "" }: Pick<Partial<LastRun>, "lastSuccessAt">,
  now: number,
): boolean {
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
    { title: "notTriedUntil", value: ({ backOff }) => backOff?.until ?? "", reader: "programs" },
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
  const list = listProblems(needAttention(bad.length, total, "profiles"), sentences);
  const failed = bad.filter(({ status }) => status === "failed");
  const codes = new Set(bad.map(({ status }) => codesByStatus[status]));
  return new CliError(total === 1 ? sentences.join("") : list, {
    exitCode: ExitCode.attention,
    code: codes.size === 1 ? [...codes].join("") : "PARTIAL",
    hint:
      failed.length > 0
        ? [...new Set(failed.map(commandOf))].map((each) => `Run \`${each}\` to see the failure.`)
        : bad.every(({ status }) => status === "never")
          ? "Schedule `rcwh renew` with `rcwh cron print`, as this user and with the same RCWH_CONFIG_DIR."
          : `Check that cron still runs ${[...new Set(bad.map(commandOf))].map((each) => `\`${each}\``).join(" and ")}, as this user and with the same RCWH_CONFIG_DIR.`,
  });
}

function describe(run: RunStatus, maxAge: string, now: number): string {
  const {
    status,
    command,
    exitCode,
    endedAt = "",
    lastSuccessAt,
    failingSince,
    message,
    backOff,
  } = run;
  if (status === "never") return "No unattended run is recorded.";
  const success =
    lastSuccessAt === undefined
      ? "No successful renewal of all subscriptions is recorded."
      : `The last successful renewal ended ${lastSuccessAt}, ${roundedSpan(now - Date.parse(lastSuccessAt))} ago.`;
  if (status === "overdue" && isInFuture(run, now)) {
    return `The last successful renewal ended ${lastSuccessAt}, which is in the future by this machine's clock.`;
  }
  if (status === "overdue") return `${success} --max-age is ${maxAge}.`;
  const since = failingSince === endedAt ? "" : `, like every run since ${failingSince}`;
  const pause = backOff
    ? ` Runs over many accounts skip it until ${backOff.until}; \`rcwh renew --profile\` tries it at once.`
    : "";
  return `${command} exited with ${exitCode} at ${endedAt}${since}: ${asSentence(message ?? "no reason is recorded.")} ${success}${pause}`;
}
