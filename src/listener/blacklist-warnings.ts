import { defaultSettings } from "../emulator/setting-table.ts";
import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { blacklistReasons } from "../explanations/blacklist-reasons.ts";
import { roundedSpan } from "../subscriptions/time.ts";

/** Follows how a forward target answers, and warns when RingCentral would blacklist it. */
export interface BlacklistWarnings {
  /** A line when this outcome is of another kind than the one before; undefined otherwise. */
  after(outcome: DeliveryOutcome): string | undefined;
}

export function createBlacklistWarnings(target: string): BlacklistWarnings {
  let lastKind: string | undefined;
  return {
    after({ status, problem }) {
      const kind = problem === undefined ? undefined : kindOf(problem, status);
      if (kind === lastKind) return undefined;
      lastKind = kind;
      if (problem === undefined) return `${target} answers correctly again.`;
      return `${target}: ${problem}. ${consequence} Run \`rcwh explain ${codeOfProblem(problem)}\` for details.`;
    },
  };
}

/** The code for `rcwh explain` of why the platform would reject an answer. */
export function codeOfProblem(problem: string): string {
  const reason = blacklistReasons.find(
    ({ code, pattern }) => code !== "blacklisted" && pattern.test(problem),
  );
  return reason?.code ?? "blacklisted";
}

const timeUntilBlacklisted = roundedSpan(defaultSettings.blacklistAfterSeconds * 1000).replace(
  "min",
  "minutes",
);

/** A sentence about what happens to a subscription whose endpoint keeps answering like this. */
export const consequence = `RingCentral blacklists a subscription after about ${timeUntilBlacklisted} of such answers, according to one of its engineers.`;

/** Without the numbers that differ from answer to answer, such as times. */
function kindOf(problem: string, status: number | undefined): string {
  return `${status ?? ""} ${problem.replaceAll(/\d+/g, "")}`;
}
