import type { LastRun } from "../../config/last-run.ts";
import type { CommandContext } from "../../context.ts";
import { globMatches } from "../../filters/glob.ts";
import { longestGap } from "../../subscriptions/cron-gap.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { relativeTime } from "../../subscriptions/time.ts";
import { readLastRun } from "../reporting/last-run.ts";
import type { Crontab } from "../schedule/read-crontab.ts";

/** How often an account's subscriptions are renewed, as far as this machine knows. */
export interface FoundSchedule {
  /** Seconds between two runs at the longest, or at least; undefined where nothing tells. */
  readonly interval: number | undefined;
  /** A clause that says how that is known. */
  readonly evidence: string;
  /** Whether something renews: a line of the crontab, or a run that is not long ago. */
  readonly isAlive: boolean;
}

export interface ScheduleClues {
  /** `--every`, seconds. */
  readonly every: number | undefined;
  readonly crontab: () => Promise<Crontab>;
}

/** Milliseconds: a daily run, and two hours for a late one. */
const recent = 26 * 3_600_000;

/** Finds how often an account is renewed: from `--every`, this user's crontab, or the time of the last run. */
export async function findSchedule(
  { every, crontab }: ScheduleClues,
  context: CommandContext,
): Promise<FoundSchedule> {
  const last = await readLastRun(context);
  const age = last ? context.clock.now() - Date.parse(last.endedAt) : Number.POSITIVE_INFINITY;
  const isAlive = age <= recent;
  if (every !== undefined) {
    const evidence = `runs come every ${formatDuration(every)}`;
    return { interval: every, evidence, isAlive: true };
  }
  const { profile } = await context.identity();
  const often = longestGapOf(await crontab(), profile);
  if (often) {
    const interval = often.minutes * 60;
    const evidence = `line ${often.number} of the crontab runs every ${formatDuration(interval)}`;
    return { interval, evidence, isAlive: true };
  }
  return last ? byLastRun(last, age, isAlive) : { interval: undefined, evidence: "", isAlive };
}

/** The line that works on the profile most often, and the minutes between its runs at the longest. */
export function longestGapOf(
  { lines }: Crontab,
  profile: string,
): { readonly number: number; readonly minutes: number } | undefined {
  const gaps = lines
    .filter(({ command }) => isAbout(command, profile))
    .flatMap(({ number, schedule }) => {
      const minutes = longestGap(schedule);
      return minutes === undefined ? [] : [{ number, minutes }];
    })
    .sort((a, b) => a.minutes - b.minutes);
  return gaps[0];
}

function byLastRun({ command }: LastRun, age: number, isAlive: boolean): FoundSchedule {
  return {
    interval: Math.max(0, age / 1000),
    evidence: `the last run of ${command} was ${relativeTime(-age)}`,
    isAlive,
  };
}

/** Whether a crontab's command works on the profile: it names it, or none. */
function isAbout(command: string, profile: string): boolean {
  const [, quoted, plain] = /\s(?:--profile[= ]|-p ?)(?:'([^']*)'|(\S+))/.exec(command) ?? [];
  const glob = quoted ?? plain;
  return glob === undefined || globMatches(glob, profile);
}
