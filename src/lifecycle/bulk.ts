import { CliError, ExitCode } from "../errors.ts";
import type { Account } from "./account.ts";
import type { OwnedSubscription } from "./inventory.ts";
import { type Outcome, type Result, toResultError } from "./results.ts";

export interface BulkOutcome {
  readonly results: readonly Result[];
  /** The error that ended the work early; the results after it are `not-tried`. */
  readonly stoppedBy: unknown;
}

export interface BulkOptions {
  /** For the progress line, such as "Renewing". */
  readonly activity: string;
  /** Whether one takes a request; the others do not count as progress. */
  readonly takesTime?: (subscription: OwnedSubscription) => boolean;
}

/**
 * Works on subscriptions in order. Only what would meet all that follow ends it early: an interruption,
 * the deadline, dead credentials, a store that refuses.
 */
export async function inBulk(
  { notify }: Pick<Account, "notify">,
  chosen: readonly OwnedSubscription[],
  work: (subscription: OwnedSubscription) => Promise<Result>,
  { activity, takesTime = () => true }: BulkOptions,
): Promise<BulkOutcome> {
  const results: Result[] = [];
  const total = chosen.filter(takesTime).length;
  let begun = 0;
  let stoppedBy: unknown;
  for (const subscription of chosen) {
    const { id, profile } = subscription;
    if (stoppedBy !== undefined) {
      results.push({ id, profile, outcome: "not-tried", subscription });
      continue;
    }
    if (takesTime(subscription)) {
      begun += 1;
      notify({ kind: "progress", text: `${activity} ${begun} of ${total}` });
    }
    try {
      results.push(await work(subscription));
    } catch (error) {
      const { result, endsTheRun } = resultOfError({ id, profile, subscription }, error);
      results.push(result);
      if (endsTheRun) stoppedBy = error;
    }
  }
  return { results, stoppedBy };
}

/** The result of a subscription that an error was about, and whether the error ends the run. */
export function resultOfError(
  about: Omit<Result, "outcome">,
  error: unknown,
): { readonly result: Result; readonly endsTheRun: boolean } {
  const explained = error instanceof CliError && { error: toResultError(error) };
  return {
    result: { ...about, outcome: outcomeOf(error), ...explained },
    endsTheRun: endsTheRun(error),
  };
}

/** Whether an error would meet everything that follows as well. */
export function endsTheRun(error: unknown): boolean {
  if (!(error instanceof CliError)) return true;
  if (["INTERRUPTED", "DEADLINE", "STORE_REFUSED"].includes(error.code)) return true;
  // A missing scope or permission may concern the filters of one subscription only.
  return error.exitCode === ExitCode.auth && !/^(?:CMN-|SUB-|HTTP_403$)/.test(error.code);
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof CliError)) return "failed";
  if (error.code === "INTERRUPTED") return "interrupted";
  if (error.exitCode === ExitCode.notFound) return "gone";
  return error.exitCode === ExitCode.unavailable ? "try-later" : "refused";
}
