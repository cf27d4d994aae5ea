import type { EventHandlers, ReceivedDelivery, RingCentralEvent } from "./events.ts";

export interface ReceiverOptions {
  /** When set, deliveries that do not carry it, or one of them, are reported and dropped. None may be empty. */
  readonly verificationToken?: string | readonly string[] | undefined;
  /** Called for events of one filter each, by its alias; `"*"` for those that no other one is for. */
  readonly on?: EventHandlers;
  /** Called for every event. */
  readonly onEvent?: (event: RingCentralEvent, delivery: ReceivedDelivery) => unknown;
  /**
   * A delivery was answered and dropped; the reason is a sentence without its full stop. Unless given, the
   * reason goes to the console.
   */
  readonly onRejected?: (reason: string, kind: RejectionKind) => unknown;
  /** A handler threw, long after the answer. Unless given, the error goes to the console. */
  readonly onError?: (error: unknown, event?: RingCentralEvent) => unknown;
  /** The platform has asked whether this is a webhook that wants events. */
  readonly onHandshake?: () => unknown;
  /**
   * Requests to any other path are answered 404; a slash at the end makes no difference. Every path is taken
   * unless given.
   */
  readonly path?: string | undefined;
  /** Bytes; a body larger than this is dropped. 1 MiB unless given, 64 MiB at most. */
  readonly maximumBytes?: number;
  /** Events that handlers may be busy with at one time; what comes above that is dropped. 10,000 unless given. */
  readonly maximumPending?: number;
  /**
   * How a wrong verification token is answered. 200 unless given, because any other answer counts towards
   * a blacklisting: who has mixed up two tokens would lose the subscription as well.
   */
  readonly rejectStatus?: number;
}

export type RejectionKind =
  | "verification-token"
  | "validation-token"
  | "too-large"
  | "broken-off"
  | "not-json"
  | "no-event"
  | "too-many";

/** What a runtime gives next to a request, such as Cloudflare's execution context. */
export interface ReceiverContext {
  /** Keeps the runtime awake until the handlers are done. */
  waitUntil?(work: Promise<unknown>): void;
}
