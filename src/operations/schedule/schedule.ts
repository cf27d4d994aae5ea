import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Identity } from "../../config/credentials.ts";
import { environmentProfile } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import { asSentence, CliError, UsageError } from "../../errors.ts";
import type { Installation } from "../../machine/installation.ts";
import { type RenewalInterval, renewalInterval, spread } from "../../subscriptions/interval.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { findDue, type LifeWishes } from "./schedule-due.ts";
import { environmentOf, lastingNode, remarksOn } from "./schedule-environment.ts";

/** One schedule, for whatever runs it. */
export interface Schedule {
  readonly interval: RenewalInterval;
  /** Seconds. */
  readonly longestRun: number;
  /** Minutes after the beginning of each interval. */
  readonly at: number;
  /** Absolute paths of Node and of rcwh. */
  readonly program: readonly [node: string, script: string];
  /** What rcwh is given: `renew`, and its flags. */
  readonly words: readonly string[];
  /** Variables that the run needs and a scheduler does not have; none is a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the user whose run it is, as far as the operating system tells. */
  readonly user: string | undefined;
  readonly home: string | undefined;
  /** Why it is as it is, a sentence each. */
  readonly reasons: readonly string[];
}

export interface ScheduleWishes extends LifeWishes {
  /** Flags for `renew`, as they were given. */
  readonly flags: readonly string[];
  /** `--deadline` among the flags or in front of them, milliseconds. */
  readonly deadline: number | undefined;
  /** `--jitter` among the flags, milliseconds: runs begin so much late at most, and no deadline counts it. */
  readonly jitter: number | undefined;
}

/** What a run of `renew` may take where no flag says otherwise, seconds. */
const usualDeadline = 900;

/** Plans the runs of `renew`. Asks the server only where no lifetime is given. Throws UsageError for lives too short for a schedule. */
export async function planSchedule(
  context: CommandContext,
  wishes: ScheduleWishes,
): Promise<Schedule> {
  const { settings, installation } = context;
  const identity = wishes.many ? undefined : await findIdentity(context, wishes);
  const { due, reason } = await findDue(context, wishes, identity);
  const deadline = wishes.deadline ?? settings.deadline;
  const jitter = (wishes.jitter ?? 0) / 1000;
  const interval = renewalInterval(
    due - jitter,
    deadline === undefined ? usualDeadline : deadline / 1000,
  );
  if (!interval) {
    throw new UsageError(
      `The last ${formatDuration(Math.floor(due))} of a life are too short for four runs.`,
      "Ask for a longer life with `rcwh renew --expires-in 7d`, or use `rcwh renew --within <duration>`.",
    );
  }
  const environment = wishes.keepsRecords ? environmentOf(context) : {};
  const isHurried = deadline === undefined && interval.deadline < usualDeadline;
  const words = [
    ...ownFlags(context, wishes, identity),
    "renew",
    "-q",
    ...(settings.deadline !== undefined ? ["--deadline", `${settings.deadline / 1000}s`] : []),
    ...(isHurried ? ["--deadline", `${interval.deadline}s`] : []),
    ...wishes.flags,
  ];
  refuseControls([...words, ...Object.values(environment)]);
  return {
    interval,
    longestRun: Math.ceil(interval.deadline + jitter),
    at: spread(seedOf(installation, words), interval),
    program: [lastingNode(installation.node), installation.script],
    words,
    environment,
    user: installation.user?.name,
    home: installation.user?.home ?? context.env["HOME"],
    reasons: [
      reason,
      `A run every ${formatDuration(interval.minutes * 60)}, so that three in a row may fail.`,
      ...(wishes.keepsRecords
        ? [
            `\`rcwh status --max-age ${shortDuration(2 * interval.minutes)}\` ends in 8 when two runs are missed.`,
            ...remarksOn(context),
          ]
        : []),
    ],
  };
}

/** Undefined, after a warning, where the scheduled runs would have no credentials. */
async function findIdentity(
  { identity, io, settings }: CommandContext,
  { keepsRecords }: ScheduleWishes,
): Promise<Identity | undefined> {
  // Elsewhere the credentials are the scheduler's.
  const warn = (message: string) => {
    if (keepsRecords) io.warn(message);
  };
  try {
    const found = await identity();
    const isInFile = settings.envFile !== undefined || settings.accessTokenFile !== undefined;
    if (found.profile === environmentProfile && !isInFile) {
      warn(
        `The credentials are in ${found.source}, which a scheduler does not have. Keep them with \`rcwh login\`, or in a file for \`--env-file\`, then print the schedule again.`,
      );
    }
    return found;
  } catch (error) {
    if (!(error instanceof CliError && error.code === "NOT_SIGNED_IN")) throw error;
    warn(`${asSentence(error.message)} Sign in with \`rcwh login\` before the first run.`);
    return undefined;
  }
}

/** The global flags of this run that the scheduled ones need, too. */
function ownFlags(
  { settings }: CommandContext,
  { many, keepsRecords }: ScheduleWishes,
  identity: Identity | undefined,
): readonly string[] {
  const api = settings.api === undefined ? [] : ["--api", settings.api];
  if (!keepsRecords) return [...api, "--no-token-cache"];
  // By its name, so that `rcwh profile use` changes nothing for the scheduled runs.
  const isStored = identity !== undefined && identity.profile !== environmentProfile;
  const profile = isStored ? identity.profile : many ? settings.profile : undefined;
  return [
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(settings.envFile === undefined ? [] : ["--env-file", resolve(settings.envFile)]),
    ...(settings.accessTokenFile === undefined
      ? []
      : ["--access-token-file", resolve(settings.accessTokenFile)]),
    ...api,
    ...(settings.tokenCache ? [] : ["--no-token-cache"]),
  ];
}

/** Minutes, as flags take them. */
function shortDuration(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** The same for the same machine, user and flags. */
function seedOf({ host, user }: Installation, words: readonly string[]): number {
  const text = JSON.stringify([host, user?.name, words]);
  return createHash("sha256").update(text).digest().readUInt32BE();
}

/** No format can be trusted to keep them from beginning a line of their own. */
function refuseControls(words: readonly string[]): void {
  const odd = words.find((word) => /\p{Cc}/u.test(word));
  if (odd === undefined) return;
  throw new UsageError(
    `${JSON.stringify(odd)} cannot stand in a schedule: it holds control characters.`,
    "Use names and paths without them.",
  );
}
