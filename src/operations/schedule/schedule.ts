import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Identity } from "../../config/credentials.ts";
import { environmentProfile } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError, withHint } from "../../errors.ts";
import type { Installation } from "../../machine/installation.ts";
import { type RenewalInterval, renewalInterval, spread } from "../../subscriptions/interval.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { findRenewalWindow, type RenewalWindowOptions } from "./renewal-window.ts";
import { environmentOf, remarksOn, stableNodePath } from "./schedule-environment.ts";

/** A schedule for the runs of `renew`, in no particular format. */
export interface Schedule {
  readonly interval: RenewalInterval;
  /** Seconds. */
  readonly longestRun: number;
  /** When the run starts, minutes from the beginning of each interval. */
  readonly at: number;
  /** Absolute paths of Node and of rcwh, and between them what keeps Node from reading `--env-file`, and NODE_OPTIONS there. */
  readonly program: readonly [node: string, end: "--", script: string];
  /** The arguments of rcwh: global flags, `renew` and its flags. */
  readonly words: readonly string[];
  /** The part of `words` before `renew`. */
  readonly globals: readonly string[];
  /** The part of `words` after `renew`. */
  readonly flags: readonly string[];
  /** The flags for `renew` that the user gave. */
  readonly given: readonly string[];
  /** Variables that the run needs and a scheduler does not set. None is a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Name of the user who runs it, if the operating system knows it. */
  readonly user: string | undefined;
  readonly home: string | undefined;
  /** Sentences that explain the schedule. */
  readonly reasons: readonly string[];
  /** Why the runs would not have the credentials of this one. */
  readonly obstacle: CliError | undefined;
  /** A sentence about what could not be found out. */
  readonly note: string | undefined;
}

/** A file for a scheduler. */
export interface ScheduleFile {
  /** Where to put it. */
  readonly path: string;
  readonly text: string;
}

export interface ScheduleOptions extends RenewalWindowOptions {
  /** What runs, before its flags; `renew` unless given. */
  readonly command?: readonly string[];
  /** Flags for `renew`, as given. */
  readonly flags: readonly string[];
  /** `--deadline` among the flags, milliseconds. */
  readonly deadline: number | undefined;
  /** `--jitter` among the flags, milliseconds. A run may start that much later, and its deadline does not count it. */
  readonly jitter: number | undefined;
}

/** The deadline of `renew` without flags, seconds. */
const defaultDeadline = 900;

/** Plans the runs of `renew`. Asks the server only if no lifetime is given. Throws UsageError for lifetimes that are too short. */
export async function planSchedule(
  context: CommandContext,
  options: ScheduleOptions,
): Promise<Schedule> {
  const { settings, installation } = context;
  const { identity, obstacle }: Runner = options.many ? {} : await findRunner(context);
  const window = await findRenewalWindow(context, options, identity);
  const deadline = options.deadline ?? settings.deadline;
  const jitter = (options.jitter ?? 0) / 1000;
  const interval = renewalInterval(
    window.seconds - jitter,
    deadline === undefined ? defaultDeadline : deadline / 1000,
  );
  if (!interval) {
    throw new UsageError(
      `Subscriptions are due only ${formatDuration(Math.floor(window.seconds))} before they expire, which is too short for four runs.`,
      "Renew with a longer lifetime, such as `rcwh renew --expires-in 7d`, or earlier, with its --within.",
    );
  }
  const environment = options.keepsRecords ? environmentOf(context) : {};
  const needsDeadline = deadline === undefined && interval.deadline < defaultDeadline;
  const globals = globalFlags(context, options, identity);
  const flags = [
    "-q",
    ...(settings.deadline !== undefined ? ["--deadline", `${settings.deadline / 1000}s`] : []),
    ...(needsDeadline ? ["--deadline", `${interval.deadline}s`] : []),
    ...options.flags,
  ];
  const words = [...globals, ...(options.command ?? ["renew"]), ...flags];
  const program = [stableNodePath(installation.node), "--", installation.script] as const;
  const user = installation.user?.name;
  const home = installation.user?.home ?? context.env["HOME"];
  const places = [user ?? "", home ?? ""];
  refuseControlCharacters([...program, ...words, ...Object.values(environment), ...places]);
  return {
    interval,
    longestRun: Math.ceil(interval.deadline + jitter),
    at: spread(seedOf(installation, words), interval),
    program,
    words,
    globals,
    flags,
    given: options.flags,
    environment,
    user,
    home,
    reasons: [
      window.reason,
      `Runs every ${formatDuration(interval.minutes * 60)}, often enough to survive three failed runs.`,
      ...(options.keepsRecords
        ? [
            `\`rcwh status --max-age ${toFlagDuration(2 * interval.minutes)}\` exits 8 when two runs are missed.`,
            ...remarksOn(context),
          ]
        : []),
    ],
    obstacle: options.keepsRecords ? obstacle : undefined,
    note: window.note,
  };
}

/** The user and app of the scheduled runs, as far as the schedule can tell. */
interface Runner {
  readonly identity?: Identity;
  readonly obstacle?: CliError;
}

async function findRunner({ identity, settings }: CommandContext): Promise<Runner> {
  try {
    const found = await identity();
    const isInFile =
      settings.credentialsFile !== undefined || settings.accessTokenFile !== undefined;
    if (found.profile !== environmentProfile || isInFile) return { identity: found };
    return {
      identity: found,
      obstacle: new CliError(
        `The credentials are from ${found.source}, which a scheduler does not have.`,
        {
          exitCode: ExitCode.auth,
          code: "NOT_SIGNED_IN",
          hint: "Save them with `rcwh login`, or in a file for `--credentials-file`, then print the schedule again.",
        },
      ),
    };
  } catch (error) {
    if (!(error instanceof CliError && error.code === "NOT_SIGNED_IN")) throw error;
    return { obstacle: withHint(error, "Sign in with `rcwh login` before the first run.") };
  }
}

/** The global flags of this run that the scheduled runs need too. */
function globalFlags(
  { settings }: CommandContext,
  { many, keepsRecords, hasStore }: ScheduleOptions,
  identity: Identity | undefined,
): readonly string[] {
  const api = settings.api === undefined ? [] : ["--api", settings.api];
  if (!keepsRecords) return hasStore ? api : [...api, "--no-token-cache"];
  // By name, so that `rcwh profile use` does not affect the scheduled runs.
  const isStored = identity !== undefined && identity.profile !== environmentProfile;
  const profile = isStored ? identity.profile : many ? settings.profile : undefined;
  return [
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(settings.credentialsFile === undefined
      ? []
      : ["--credentials-file", resolve(settings.credentialsFile)]),
    ...(settings.accessTokenFile === undefined
      ? []
      : ["--access-token-file", resolve(settings.accessTokenFile)]),
    ...api,
    ...(settings.tokenCache ? [] : ["--no-token-cache"]),
  ];
}

/** A duration as flags take it. */
function toFlagDuration(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** A number that is the same for the same machine, user and flags. */
function seedOf({ host, user }: Installation, words: readonly string[]): number {
  const text = JSON.stringify([host, user?.name, words]);
  return createHash("sha256").update(text).digest().readUInt32BE();
}

/** Control characters could begin a new line in some formats. */
function refuseControlCharacters(words: readonly string[]): void {
  const invalid = words.find((word) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(word));
  if (invalid === undefined) return;
  throw new UsageError(
    `A schedule cannot contain ${JSON.stringify(invalid)}, which has control or invisible characters.`,
    "Use names and paths without such characters.",
  );
}
