import type { DedupeOptions } from "./dedupe.ts";
import type { EventHandlers, ReceivedDelivery, RingCentralEvent } from "./events.ts";

export interface ReceiverOptions {
  /** Deliveries without this token, or one of these, are dropped and reported. A token must not be empty. */
  readonly verificationToken?: string | readonly string[] | undefined;
  /** Handlers by the alias of an event filter. `"*"` handles events without a handler of their own. */
  readonly on?: EventHandlers;
  /** Called for every event. */
  readonly onEvent?: (event: RingCentralEvent, delivery: ReceivedDelivery) => unknown;
  /** Called when a delivery was dropped. The reason is a sentence without a full stop. Default: logs it to the console. */
  readonly onRejected?: (reason: string, kind: RejectionKind) => unknown;
  /** Called when a handler throws, after the answer was sent. Default: logs the error to the console. */
  readonly onError?: (error: unknown, event?: RingCentralEvent) => unknown;
  /** Called when RingCentral validates the endpoint with a handshake. */
  readonly onHandshake?: () => unknown;
  /**
   * Requests for other paths are answered 404, or go on to the next middleware. As received, or without the path of a
   * mount, or before a proxy removed its `X-Forwarded-Prefix`; a trailing slash makes no difference. Default: any path.
   */
  readonly path?: string | undefined;
  /** Larger bodies are dropped, in bytes. Default: 1 MiB. At most 64 MiB. */
  readonly maximumBytes?: number;
  /** Events being handled at one time; further events are dropped. Default: 10,000. */
  readonly maximumPending?: number;
  /**
   * Handles an event once that is delivered several times: true, or how much to remember. An event whose handler failed
   * is handled again. Default: false.
   */
  readonly dedupe?: boolean | DedupeOptions;
  /**
   * The status for a wrong verification token. Default: 200, because any other status counts towards blacklisting, and
   * a misconfigured token would cost you the subscription.
   */
  readonly rejectStatus?: number;
  /**
   * Keeps the runtime awake until handlers are done, such as `after` of Next.js or `waitUntil` of @vercel/functions. A
   * `waitUntil` of the receiver's second argument is used in place of it.
   */
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

export type RejectionKind =
  | "verification-token"
  | "validation-token"
  | "too-large"
  | "broken-off"
  | "already-read"
  | "not-json"
  | "no-event"
  | "too-many"
  | "duplicate";

/** A runtime's context of a request, such as Cloudflare's execution context. */
export interface ReceiverContext {
  /** Keeps the runtime awake until the handlers are done. */
  waitUntil?(work: Promise<unknown>): void;
}
