import type { Clock } from "../clock.ts";
import type { Operation } from "./operations.ts";

/** Headers of an answer, their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** RingCentral gives no number where it gives no `Retry-After`; its penalty lasts a minute. */
const defaultPenalty = 60;

/**
 * When the next request may go out. Asynchronous, so that it can be kept where several processes see it.
 */
export interface Quota {
  /**
   * Milliseconds since the epoch from which the operation may be sent. Where that is not in the future,
   * its place is taken: send it now.
   */
  reserve(operation: Operation): Promise<number>;
  /**
   * Learns from an answer. After a 429 it returns the seconds of silence that RingCentral asks for;
   * every request during them would start them anew.
   */
  observe(
    operation: Operation,
    status: number,
    headers: AnswerHeaders,
  ): Promise<number | undefined>;
}

interface GroupState {
  /** Requests left in the window; undefined where nothing is known. */
  remaining: number | undefined;
  windowEndsAt: number;
  silentUntil: number;
}

/** The quota of one user and app at one server, as far as this process has seen it. */
export function createQuota(clock: Pick<Clock, "now">): Quota {
  const states = new Map<string, GroupState>();
  /** Apps may have plans of their own: the group that the server named last for an operation. */
  const groups = new Map<string, string>();
  let allSilentUntil = 0;

  function stateOf(group: string): GroupState {
    const state = states.get(group) ?? { remaining: undefined, windowEndsAt: 0, silentUntil: 0 };
    states.set(group, state);
    return state;
  }

  return {
    async reserve(operation) {
      const now = clock.now();
      const state = stateOf(groups.get(operation.name) ?? operation.group);
      const readyAt = Math.max(
        allSilentUntil,
        state.silentUntil,
        state.remaining === 0 ? state.windowEndsAt : 0,
      );
      if (readyAt <= now && state.remaining !== undefined) state.remaining -= 1;
      return readyAt;
    },

    async observe(operation, status, headers) {
      const now = clock.now();
      const named = headers["x-rate-limit-group"]?.trim().toLowerCase();
      if (named) groups.set(operation.name, named);
      const state = stateOf(groups.get(operation.name) ?? operation.group);

      const remaining = wholeNumber(headers["x-rate-limit-remaining"]);
      if (remaining !== undefined) {
        state.remaining = remaining;
        state.windowEndsAt =
          now + (wholeNumber(headers["x-rate-limit-window"]) ?? defaultPenalty) * 1000;
      }
      if (status !== 429) return undefined;

      const seconds = retryAfterSeconds(headers, now) ?? defaultPenalty;
      const silentUntil = now + seconds * 1000;
      // The silence is the server's last word: the window that an earlier answer announced does not prolong it.
      state.remaining = undefined;
      if (isUsagePlan(headers)) state.silentUntil = Math.max(state.silentUntil, silentUntil);
      else allSilentUntil = Math.max(allSilentUntil, silentUntil);
      return seconds;
    },
  };
}

/**
 * `Retry-After` as seconds, rounded up: a number, or an HTTP date, which is measured against the
 * server's own `Date`, because the two clocks may differ. Undefined where it is absent or unreadable.
 */
export function retryAfterSeconds(headers: AnswerHeaders, now: number): number | undefined {
  const value = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}(?:\.\d+)?$/.test(value)) return Math.max(1, Math.ceil(Number(value)));
  if (!/[a-z]/i.test(value)) return undefined;
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(headers["date"] ?? "");
  const from = Number.isNaN(serverNow) ? now : serverNow;
  return Math.max(1, Math.ceil((until - from) / 1000));
}

/** Without these headers another limiter speaks, one for the account or the network address. */
function isUsagePlan(headers: AnswerHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith("x-rate-limit-"));
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}
