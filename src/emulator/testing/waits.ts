import { inspect } from "node:util";
import { pause } from "../../machine/real-time.ts";
import type { EventBodies } from "../../receiver/event-bodies.ts";
import type { EventName } from "../../receiver/events.ts";
import type { Delivery } from "../backend.ts";
import type { LoggedRequest } from "../request-log.ts";
import { anything, check, isShape, rule } from "../rules.ts";
import type { EmulatorState, SubscriptionState } from "../state.ts";
import { millisecondsOf } from "../time.ts";
import {
  type DeliveryMatch,
  type Matcher,
  type RequestMatch,
  readDeliveryMatch,
  readRequestMatch,
  readSubscriptionMatch,
  type SubscriptionMatch,
  type Wanted,
} from "./matching.ts";

/** How long to wait. */
export interface WaitOptions {
  /**
   * Real time, in milliseconds or such as `"3s"`: fake timers do not stop it. By default the emulator's `waitTimeout`,
   * 1.5 s, which is less than test runners give a test. 0 looks once.
   */
  readonly timeout?: number | string | undefined;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait, and for which entries of a log. */
export interface LogWaitOptions<Entry> extends WaitOptions {
  /**
   * An entry of the log, such as the result of an earlier wait: only those after it count. By default all count, since
   * the start, the last `reset` or the last `clearLog`.
   */
  readonly after?: Entry | undefined;
}

/** Waiting for something that an app does. */
export interface Waits {
  /**
   * Resolves with the first request that matches, at once if it has been answered already. A request matches by
   * fields, such as `{ method: "POST", path: "*\/renew" }`, or by a function. Rejects with an error that lists the
   * requests that came.
   */
  waitForRequest(
    match?: Wanted<LoggedRequest, RequestMatch>,
    options?: LogWaitOptions<LoggedRequest>,
  ): Promise<LoggedRequest>;
  /**
   * Resolves with the first completed delivery that matches, at once if there has been one already. A delivery matches
   * by fields, such as `{ event: "sms", delivered: true }`, or by a function. Rejects with an error that lists the
   * deliveries that were made.
   */
  waitForDelivery<Event extends EventName>(
    match: DeliveryMatch & { readonly event: Event },
    options?: LogWaitOptions<Delivery>,
  ): Promise<Delivery<EventBodies[Event]>>;
  waitForDelivery(
    match?: Wanted<Delivery, DeliveryMatch>,
    options?: LogWaitOptions<Delivery>,
  ): Promise<Delivery>;
  /**
   * Resolves with the oldest subscription that matches, at once if there is one already. A subscription matches by
   * fields, such as `{ status: "Active" }`, or by a function, such as one that compares its `expirationTime`. Rejects
   * with an error that lists the subscriptions there are.
   */
  waitForSubscription(
    match?: Wanted<SubscriptionState, SubscriptionMatch>,
    options?: WaitOptions,
  ): Promise<SubscriptionState>;
}

/** Milliseconds. Less than mocha's 2 s, and than the 5 s of Jest and Vitest, so that our error is the one to be read. */
export const defaultWaitTimeout = 1500;

/** The emulator that is waited on. */
export interface Watched {
  /** For messages. */
  readonly url: string;
  /** By default, in milliseconds. */
  readonly timeout: number;
  /** Aborts, with an Error as its reason, when nothing more can come. */
  readonly closed: AbortSignal;
  /** Resolves when something may have changed, or when the signal aborts. */
  change(signal: AbortSignal): Promise<void>;
  requests(): readonly LoggedRequest[] | Promise<readonly LoggedRequest[]>;
  deliveries(): readonly Delivery[] | Promise<readonly Delivery[]>;
  subscriptions(): EmulatorState["subscriptions"] | Promise<EmulatorState["subscriptions"]>;
}

export function createWaits(emulator: Watched): Waits {
  const waits: Waits = {
    async waitForRequest(match = {}, options = {}) {
      const stack = stackOf(waits.waitForRequest);
      checkOptions(options, ["after"]);
      return wait(readRequestMatch(match), match, {
        ...{ emulator, options, stack, title: "request" },
        read: async () => since(await emulator.requests(), options.after, isSameRequest),
        describe: describeRequest,
        nothing: async () => `No request has arrived; the emulator listens at ${emulator.url}.`,
      });
    },
    async waitForDelivery(
      match: Wanted<Delivery, DeliveryMatch> = {},
      options: LogWaitOptions<Delivery> = {},
    ): Promise<Delivery<never>> {
      const stack = stackOf(waits.waitForDelivery);
      checkOptions(options, ["after"]);
      const found = await wait(readDeliveryMatch(match), match, {
        ...{ emulator, options, stack, title: "delivery" },
        read: async () => since(await emulator.deliveries(), options.after, isSameDelivery),
        describe: describeDelivery,
        nothing: async () => {
          const subscriptions = await emulator.subscriptions();
          const list = subscriptions.map((one) => `\n  ${describeSubscription(one)}`);
          return `No delivery was made. ${list.length === 0 ? "Nobody has subscribed." : `The subscriptions are:${list.join("")}`}`;
        },
      });
      // The body is of the type that the event names.
      return found as Delivery<never>;
    },
    async waitForSubscription(match = {}, options = {}) {
      const stack = stackOf(waits.waitForSubscription);
      checkOptions(options);
      return wait(readSubscriptionMatch(match), match, {
        ...{ emulator, options, stack, title: "subscription" },
        read: async () => emulator.subscriptions(),
        describe: describeSubscription,
        nothing: async () => {
          const requests = await emulator.requests();
          const found =
            requests.length === 0
              ? `No request has arrived either. The emulator listens at ${emulator.url}.`
              : `The requests were:${list(requests, describeRequest)}`;
          return `There is no subscription. ${found}`;
        },
      });
    },
  };
  return waits;
}

interface Search<Entry> {
  readonly emulator: Watched;
  readonly options: WaitOptions;
  /** The lines of the stack where it was called. */
  readonly stack: string;
  /** Such as "request". */
  readonly title: string;
  read(): Promise<readonly Entry[]>;
  describe(entry: Entry): string;
  /** What to say if there are no entries at all. */
  nothing(): Promise<string>;
}

async function wait<Entry>(
  matcher: Matcher<Entry>,
  match: unknown,
  { emulator, options, stack, title, read, describe, nothing }: Search<Entry>,
): Promise<Entry> {
  const { signal } = options;
  const timeout = toTimeout(options.timeout) ?? emulator.timeout;
  const ended = new AbortController();
  const end = () => ended.abort();
  signal?.addEventListener("abort", end);
  emulator.closed.addEventListener("abort", end);
  void pause(timeout, ended.signal).then(end);
  try {
    for (;;) {
      signal?.throwIfAborted();
      emulator.closed.throwIfAborted();
      // Before reading, so that no change is missed.
      const change = emulator.change(ended.signal);
      const entries = await read();
      const found = entries.find((entry) => matcher(entry).length === 0);
      if (found) return found;
      if (ended.signal.aborted) {
        signal?.throwIfAborted();
        emulator.closed.throwIfAborted();
        const wanted = describeMatch(match);
        const came =
          entries.length === 0
            ? await nothing()
            : `None of these matches:${list(entries, (entry) => `${describe(entry)}${difference(matcher(entry))}`)}`;
        throw new WaitTimeoutError(`No ${title}${wanted} within ${timeout} ms. ${came}`, stack);
      }
      await change;
    }
  } finally {
    signal?.removeEventListener("abort", end);
    emulator.closed.removeEventListener("abort", end);
    end();
  }
}

/** The lines of the stack from where `called` was called: a timer would show none of the test. */
function stackOf(called: (...given: never[]) => unknown): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, called);
  return (trace.stack ?? "").replace(/^.*\n/, "");
}

/** What was waited for did not come. */
class WaitTimeoutError extends Error {
  override readonly name = "TimeoutError";

  constructor(message: string, stack: string) {
    super(message);
    this.stack = `${this.name}: ${message}\n${stack}`;
  }
}

function checkOptions(options: unknown, more: readonly string[] = []): void {
  const fields = ["timeout", "signal", ...more].map((name) => [name, known[name] ?? anything]);
  check(
    isShape(Object.fromEntries(fields), { allowed: 'an object such as { timeout: "5s" }' }),
    options,
    "options",
  );
}

export const isTimeout = rule(
  'milliseconds, or a duration such as "5s"',
  (value) => toTimeout(value) !== undefined,
);

const known: Readonly<Record<string, typeof anything>> = {
  timeout: isTimeout,
  signal: rule("an AbortSignal", (value) => value instanceof Object && "aborted" in value),
  after: rule("an entry of the log", (value) => typeof value === "object"),
};

/** Milliseconds; undefined for anything that is not a duration. */
export function toTimeout(timeout: unknown): number | undefined {
  const milliseconds = typeof timeout === "string" ? millisecondsOf(timeout) : timeout;
  const fits = typeof milliseconds === "number" && milliseconds >= 0 && milliseconds < 2 ** 31;
  return fits ? milliseconds : undefined;
}

function since<Entry>(
  entries: readonly Entry[],
  after: Entry | undefined,
  isSame: (one: Entry, other: Entry) => boolean,
): readonly Entry[] {
  if (after === undefined) return entries;
  return entries.slice(entries.findLastIndex((entry) => isSame(entry, after)) + 1);
}

function isSameRequest(one: LoggedRequest, other: LoggedRequest): boolean {
  return one.requestId === other.requestId;
}

function isSameDelivery(one: Delivery, other: Delivery): boolean {
  return one.uuid === other.uuid && one.attempt === other.attempt;
}

function describeMatch(match: unknown): string {
  if (typeof match === "function") return ` that ${match.name || "the given function"} accepts`;
  if (Object.keys(Object(match)).length === 0) return "";
  return ` that matches ${inspect(match, { breakLength: Number.POSITIVE_INFINITY, depth: 5 })}`;
}

function difference(fields: readonly string[]): string {
  // Of a function it is only known that it does not accept the entry.
  return fields.includes("it") ? "" : ` – other ${fields.join(", ")}`;
}

/** The latest entries, each on a line of its own. */
export function list<Entry>(entries: readonly Entry[], describe: (entry: Entry) => string): string {
  const left = entries.length - longestList;
  return [
    ...(left > 0 ? [`\n  (${left} earlier)`] : []),
    ...entries.slice(-longestList).map((entry) => `\n  ${describe(entry)}`),
  ].join("");
}

const longestList = 15;

export function describeRequest({ method, path, status, code, user }: LoggedRequest): string {
  const answer = status === 0 ? "no answer" : [status, code].filter(Boolean).join(" ");
  return `${method} ${path}: ${answer}${user === undefined ? "" : `, user ${user}`}`;
}

function describeDelivery({ event, address, delivered, status, reason, user }: Delivery): string {
  const outcome = delivered ? `delivered${status === undefined ? "" : `, ${status}`}` : reason;
  return `${event} to ${address ?? "a WebSocket"} (user ${user}): ${outcome}`;
}

function describeSubscription({
  id,
  user,
  status,
  eventFilters,
  address,
  expirationTime,
}: SubscriptionState): string {
  const to = address ?? "a WebSocket";
  return `${id} (user ${user}): ${status} until ${expirationTime}, ${eventFilters.join(", ")} to ${to}`;
}
