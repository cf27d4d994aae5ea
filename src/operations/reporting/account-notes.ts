import { ExitCode } from "../../errors.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { combinedExitCode, type Result, type ResultError } from "../../lifecycle/results.ts";

export interface AccountReport {
  /** All that the account has, as it was listed. */
  listed(subscriptions: readonly OwnedSubscription[]): void;
  /** What became of some of them. May be called several times. */
  became(results: readonly Result[]): void;
}

/** What is taken down of one account's part of a run. */
export class AccountNotes implements AccountReport {
  readonly results: Result[] = [];
  readonly #byId = new Map<string, OwnedSubscription>();
  #isListed = false;

  listed(subscriptions: readonly OwnedSubscription[]): void {
    this.#isListed = true;
    for (const subscription of subscriptions) this.#byId.set(subscription.id, subscription);
  }

  became(results: readonly Result[]): void {
    for (const result of results) {
      const { id, outcome, newId, subscription } = result;
      this.results.push(result);
      if (newId !== undefined || outcome === "gone") this.#byId.delete(id);
      else if (subscription) this.#byId.set(subscription.id, subscription);
      if (subscription && subscription.id === newId) this.#byId.set(newId, subscription);
    }
  }

  /** As they are now; undefined where they could not be listed. */
  get subscriptions(): readonly OwnedSubscription[] | undefined {
    return this.#isListed ? [...this.#byId.values()] : undefined;
  }
}

/** What several results come to, as one error; undefined where all is well. */
export function sumUp(results: readonly Result[]): ResultError | undefined {
  const bad = results.flatMap(({ id, error }) => (error ? [{ id, error }] : []));
  const [first] = bad;
  if (!first) return undefined;
  const { id, error } = first;
  const sentence = error.message.includes(id) ? error.message : `${id}: ${error.message}`;
  const message = bad.length === 1 ? sentence : `${sentence} (and ${bad.length - 1} more)`;
  const exitCode = combinedExitCode(results.map((each) => each.error?.exitCode ?? ExitCode.ok));
  return { ...error, message, exitCode };
}
