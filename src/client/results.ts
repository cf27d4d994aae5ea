import { ExitCode } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import type { OwnedSubscription } from "../lifecycle/inventory.ts";
import {
  type ExistingResult,
  failureOf,
  type Outcome,
  type Result,
  type ResultError,
} from "../lifecycle/results.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { type ErrorFacts, factsOf, passes } from "./error-facts.ts";

/** A subscription as RingCentral has it, and the API that it belongs to. */
export interface ClientSubscription extends Subscription {
  readonly api: Api;
}

/**
 * What became of a subscription. `refused` is permanent, `try-later` and `not-tried` pass. `blacklisted`, `degraded`,
 * `disabled-filters`, `duplicate`, `gone` and `malformed` need somebody's attention.
 */
export type SubscriptionOutcome = Exclude<Outcome, `would-${string}` | "forgotten">;

/** What became of one subscription: what `rcwh renew --json` has in `results`. */
export interface SubscriptionResult {
  readonly id: string;
  readonly outcome: SubscriptionOutcome;
  /** As it is now; absent for what no longer exists. */
  readonly subscription?: ClientSubscription;
  /** The id of the one that took its place. */
  readonly newId?: string;
  /** The time in which events were lost, RFC 3339; `from` is absent where RingCentral does not say. */
  readonly gap?: { readonly from?: string; readonly to: string };
  /** Why it failed, or what needs attention although it did not. */
  readonly error?: ErrorFacts;
}

/** What became of one that exists afterwards. */
export interface ExistingSubscriptionResult extends SubscriptionResult {
  readonly subscription: ClientSubscription;
}

/** What became of several. */
export interface SubscriptionResults {
  readonly results: readonly SubscriptionResult[];
}

export function toSubscription(subscription: OwnedSubscription): ClientSubscription {
  const { profile: _, ...rest } = subscription;
  return rest;
}

export function toResult(
  result: ExistingResult,
  clean: (text: string) => string,
): ExistingSubscriptionResult;
export function toResult(result: Result, clean: (text: string) => string): SubscriptionResult;
export function toResult(result: Result, clean: (text: string) => string): SubscriptionResult {
  const { id, outcome, subscription, newId, gap, error } = result;
  return {
    id,
    // The others come from dry runs, and from `rcwh forget`.
    outcome: outcome as SubscriptionOutcome,
    ...(subscription && { subscription: toSubscription(subscription) }),
    ...(newId !== undefined && { newId }),
    ...(gap && { gap }),
    ...(error && { error: toFacts(error, outcome, clean) }),
  };
}

/** Outcomes that another try may change, whatever their error is about. */
const passing: ReadonlySet<Outcome> = new Set([
  "try-later",
  "not-tried",
  "interrupted",
  "unfinished",
]);

function toFacts(
  error: ResultError,
  outcome: Outcome,
  clean: (text: string) => string,
): ErrorFacts {
  const { code, message, exitCode } = error;
  const failure = failureOf(error);
  const known = failure && factsOf(failure, clean);
  const isPassing = passing.has(outcome) || passes.has(code) || exitCode === ExitCode.unavailable;
  return { ...known, code, message: clean(message), permanent: !isPassing };
}
