import type { QuotaStore } from "../config/quota-store.ts";
import type { Clock } from "../machine/clock.ts";
import type { AnswerHeaders } from "./http.ts";
import type { Operation } from "./operations.ts";
import {
  formatQuota,
  type GroupState,
  groupNow,
  isPaused,
  parsePause,
  parseQuota,
  type QuotaState,
  type RetryPause,
  readyAt,
  withAnnounced,
  withArrived,
  withoutSent,
  withPause,
  withSent,
  withServerAhead,
} from "./quota-state.ts";

/** Seconds to wait after a 429 without `Retry-After`: RingCentral's penalty. */
const defaultPenalty = 60;

/** Seconds. A limit, because the pause outlives the run. */
const longestPause = 24 * 60 * 60;

/** Decides when the next request may be sent. Asynchronous, because processes share the store. */
export interface Quota {
  /**
   * Returns the time from which the operation may be sent, milliseconds since the epoch. Unless that is in the
   * future, the request is counted: send it now.
   */
  reserve(operation: Operation): Promise<number>;
  /**
   * Learns from the answer to a request that was sent at `sentAt`. After a 429, returns the seconds to wait; any
   * request during that time restarts them.
   */
  observe(
    operation: Operation,
    sentAt: number,
    status: number,
    headers: AnswerHeaders,
  ): Promise<number | undefined>;
  /** Learns that a request got no answer. If it may have arrived, the server may have counted it as late as now. */
  miss(operation: Operation, sentAt: number, mayHaveArrived: boolean): Promise<void>;
}

export interface QuotaOptions {
  readonly clock: Pick<Clock, "now">;
  readonly store: QuotaStore;
  readonly server: string;
  /** One user of one app at that server. */
  readonly user: string;
}

/**
 * The quota of one user and app. Each request is counted in the store before it is sent, so that all processes
 * count together.
 */
export function createQuota({ clock, store, server, user }: QuotaOptions): Quota {
  const userName = `user ${user}`;
  /** For limits on the server or the network address, which affect all users. */
  const serverName = `server ${server}`;

  /** Applies `change` to the operation's group. `serverAhead` as in `QuotaState`, if an answer has shown it. */
  function editGroup<Result>(
    operation: Operation,
    named: string | undefined,
    change: (group: GroupState) => { readonly group: GroupState; readonly result: Result },
    serverAhead?: number,
  ) {
    return (text: string | undefined) => {
      const stored = parseQuota(text);
      const before = serverAhead === undefined ? stored : withServerAhead(stored, serverAhead);
      const name = named ?? before.renamed[operation.name] ?? operation.group;
      const current = groupNow(before, name, clock.now());
      const { group, result } = change(current);
      const renamed = withName(before.renamed, operation, name);
      if (group === current && renamed === stored.renamed && before === stored) {
        return { text, result };
      }
      const groups = { ...before.groups, [name]: group };
      return { text: formatQuota({ ...before, groups, renamed }), result };
    };
  }

  /** Most answers change nothing, so this reads before it writes. */
  async function learn(
    operation: Operation,
    named: string | undefined,
    change: (group: GroupState) => GroupState,
    serverAhead?: number,
  ): Promise<void> {
    const apply = (group: GroupState) => ({ group: change(group), result: undefined });
    const edit = editGroup(operation, named, apply, serverAhead);
    const text = await store.read(userName);
    if (edit(text).text !== text) await store.change(userName, edit);
  }

  return {
    async reserve(operation) {
      const pause = parsePause(await store.read(serverName));
      if (isPaused(pause, clock.now())) return pause.until;
      const takePlace = editGroup(operation, undefined, (group) => {
        const now = clock.now();
        const result = readyAt(group);
        // Requests are not counted if the server announces no limit.
        const counts =
          result <= now && (group.limit !== undefined || group.serverCount !== undefined);
        return { group: counts ? withSent(group, now) : group, result };
      });
      return store.change(userName, takePlace);
    },

    async observe(operation, sentAt, status, headers) {
      const now = clock.now();
      const named = headers["x-rate-limit-group"]?.trim().toLowerCase() || undefined;
      if (status === 429) return startPause(operation, named, headers);
      const remaining = wholeNumber(headers["x-rate-limit-remaining"]);
      const announces = remaining !== undefined || (status >= 200 && status < 300);
      const seconds = wholeNumber(headers["x-rate-limit-window"]);
      const announced = {
        remaining,
        limit: wholeNumber(headers["x-rate-limit-limit"]) || undefined,
        window: seconds ? seconds * 1000 : undefined,
      };
      const serverNow = Date.parse(headers["date"] ?? "");
      const change = (group: GroupState) => {
        const arrived = withArrived(group, sentAt, now);
        return announces ? withAnnounced(arrived, announced, sentAt, now) : arrived;
      };
      await learn(operation, named, change, Number.isNaN(serverNow) ? undefined : serverNow - now);
      return undefined;
    },

    async miss(operation, sentAt, mayHaveArrived) {
      await learn(operation, undefined, (group) =>
        mayHaveArrived ? withArrived(group, sentAt, clock.now()) : withoutSent(group, sentAt),
      );
    },
  };

  async function startPause(
    operation: Operation,
    named: string | undefined,
    headers: AnswerHeaders,
  ): Promise<number> {
    const now = clock.now();
    const seconds = retryAfterSeconds(headers, now) ?? defaultPenalty;
    const asked: RetryPause = { from: now, until: now + Math.min(seconds, longestPause) * 1000 };
    if (isUsagePlan(headers)) {
      await learn(operation, named, (group) => withPause(group, asked));
      return seconds;
    }
    await store.change(serverName, (text) => {
      const before = parsePause(text);
      const isLonger = isPaused(before, now) && before.until >= asked.until;
      return { text: isLonger ? text : JSON.stringify(asked), result: undefined };
    });
    return seconds;
  }
}

/**
 * `Retry-After` in seconds, rounded up. An HTTP date is compared with the server's own `Date`, because clocks may
 * differ. Undefined if absent or invalid.
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

/** Without these headers the answer comes from another limiter, one for the account or the network address. */
function isUsagePlan(headers: AnswerHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith("x-rate-limit-"));
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}

function withName(
  renamed: QuotaState["renamed"],
  operation: Operation,
  name: string,
): QuotaState["renamed"] {
  if ((renamed[operation.name] ?? operation.group) === name) return renamed;
  return { ...renamed, [operation.name]: name };
}
