import { ExitCode, UsageError } from "../errors.ts";
import type { BulkOutcome } from "../lifecycle/bulk.ts";
import { type ChangeLimit, createChangeLimit } from "../lifecycle/change-limit.ts";
import { failureOf } from "../lifecycle/results.ts";
import { toRcwhError } from "./errors.ts";
import type { CallOptions } from "./options.ts";
import { type SubscriptionResult, type SubscriptionResults, toResult } from "./results.ts";
import type { Session, Sessions } from "./sessions.ts";
import { oneAtMost } from "./wishes.ts";

/** Works on one, or on several. The first element of the result is for one, the second for several. */
export async function inOneRun(
  sessions: Sessions,
  named: string | readonly string[],
  callOptions: CallOptions,
  work: (session: Session, ids: readonly string[], changes: ChangeLimit) => Promise<BulkOutcome>,
): Promise<SubscriptionResult & SubscriptionResults> {
  const ids = typeof named === "string" ? [named] : named;
  const changes = typeof named === "string" ? oneAtMost : createChangeLimit(undefined);
  const settled = await sessions.call(callOptions, async (session) => {
    const outcome = await session.oneRunAtATime(() => work(session, ids, changes));
    return typeof named === "string" ? only(outcome, sessions) : several(outcome, sessions);
  });
  // The overloads say which of the two it is.
  return settled as SubscriptionResult & SubscriptionResults;
}

/** The outcome of one that was named; its failure is thrown. */
function only({ results, stoppedBy }: BulkOutcome, { clean }: Sessions): SubscriptionResult {
  if (stoppedBy !== undefined) throw stoppedBy;
  const result = results.find(({ outcome }) => outcome !== "malformed") ?? results[0];
  if (!result) throw new UsageError("Nothing was changed.");
  const failure = result.error && failureOf(result.error);
  if (failure && failure.exitCode !== ExitCode.attention) throw failure;
  return toResult(result, clean);
}

/** The outcomes of several; what ended the work early is thrown with them. */
function several({ results, stoppedBy }: BulkOutcome, { clean }: Sessions): SubscriptionResults {
  const all = results.map((each) => toResult(each, clean));
  if (stoppedBy !== undefined) throw toRcwhError(stoppedBy, clean, all);
  return { results: all };
}
