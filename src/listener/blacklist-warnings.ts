import { defaultSettings } from "../emulator/settings.ts";
import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { blacklistReasons } from "../explanations/blacklist-reasons.ts";
import { roundedSpan } from "../subscriptions/time.ts";

/** Follows how a forward target answers, and says what that would come to on the platform. */
export interface Consequences {
  /** A line where something has changed since the last outcome of which one was said. */
  of(outcome: DeliveryOutcome): string | undefined;
}

/** Says each kind of bad answer once, and again after there was another one. */
export function createConsequences(target: string): Consequences {
  let known: string | undefined;
  return {
    of({ status, problem }) {
      const kind = problem === undefined ? undefined : kindOf(problem, status);
      if (kind === known) return undefined;
      known = kind;
      if (problem === undefined) return `${target} answers as RingCentral wants it again.`;
      const code = blacklistReasons.find(
        ({ code: each, pattern }) => each !== "blacklisted" && pattern.test(problem),
      )?.code;
      const more = `\`rcwh explain ${code ?? "blacklisted"}\` tells more.`;
      return `${target}: ${problem}. RingCentral would blacklist a subscription whose endpoint does nothing else for some time: for about ${patience}, an engineer said. ${more}`;
    },
  };
}

const patience = roundedSpan(defaultSettings.blacklistAfterSeconds * 1000).replace(
  "min",
  "minutes",
);

/** Details such as times differ from one to the next. */
function kindOf(problem: string, status: number | undefined): string {
  return `${status ?? ""} ${problem.replaceAll(/\d+/g, "")}`;
}
