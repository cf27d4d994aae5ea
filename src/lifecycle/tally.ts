import { ExitCode } from "../errors.ts";
import type { Result } from "./results.ts";

/** Results, counted. Takes no more memory for ten thousand accounts than for one. */
export interface Tally {
  /** Number of subscriptions. */
  readonly total: number;
  /** Number of subscriptions by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Number of subscriptions that were extended or replaced, also where something else went wrong. */
  readonly renewed: number;
  /** Number of errors with exit code 8. */
  readonly attention: number;
  /** Number of errors with any other exit code. */
  readonly failed: number;
  /** The exit code of each result, without repetition; 0 where there are no results. */
  readonly exitCodes: ReadonlySet<ExitCode>;
}

export const emptyTally: Tally = {
  total: 0,
  outcomes: {},
  renewed: 0,
  attention: 0,
  failed: 0,
  exitCodes: new Set(),
};

const renewals = new Set([
  "renewed",
  "degraded",
  "disabled-filters",
  "shortened",
  "recovered",
  "recreated",
  "replaced",
]);

/** Counts the results of one account. */
export function tallyResults(results: readonly Result[]): Tally {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const exitCodes = results.map(({ error }) => error?.exitCode ?? ExitCode.ok);
  const attention = exitCodes.filter((code) => code === ExitCode.attention).length;
  return {
    total: results.length,
    outcomes,
    renewed: results.filter(({ outcome }) => renewals.has(outcome)).length,
    attention,
    failed: results.filter(({ error }) => error).length - attention,
    exitCodes: new Set(results.length === 0 ? [ExitCode.ok] : exitCodes),
  };
}

export function addTallies(one: Tally, other: Tally): Tally {
  const outcomes = { ...one.outcomes };
  for (const [outcome, count] of Object.entries(other.outcomes)) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
  return {
    total: one.total + other.total,
    outcomes,
    renewed: one.renewed + other.renewed,
    attention: one.attention + other.attention,
    failed: one.failed + other.failed,
    exitCodes: new Set([...one.exitCodes, ...other.exitCodes]),
  };
}
