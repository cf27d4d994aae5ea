import { type Answering, createAnswering } from "./answering.ts";
import { checkOptions } from "./checked-options.ts";
import type { EventHandlers, RingCentralEvent } from "./events.ts";
import { createWebHandler, type ReceiverContext } from "./web-handler.ts";

export type { EventBodies } from "./event-bodies.ts";
export type { EventHandlers, EventName, RingCentralEvent } from "./events.ts";
export { isEvent, nameOfEvent } from "./events.ts";
export { type ExpressRequest, toExpressHandler } from "./express-handler.ts";
export { type FastifyScope, toFastifyPlugin } from "./fastify-plugin.ts";
export { type NodeRequest, type NodeResponse, toNodeHandler } from "./node-handler.ts";
export type { ReceiverContext };

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

/** A delivery as it came, to forward or to record. */
export interface ReceivedDelivery {
  /** All of them, and so the verification token as well. */
  readonly headers: Headers;
  /** Name, value, name, value, in the case in which they were written; undefined where there is no node:http. */
  readonly rawHeaders?: readonly string[] | undefined;
  readonly body: string;
}

export type RejectionKind =
  | "verification-token"
  | "validation-token"
  | "too-large"
  | "broken-off"
  | "not-json"
  | "no-event"
  | "too-many";

export interface Receiver {
  (request: Request, context?: ReceiverContext): Promise<Response>;
  /** What the adapters are made of; not for use by others. */
  readonly answering: Answering;
}

/**
 * Answers RingCentral's deliveries: first the validation handshake, then one event per POST. A POST is
 * answered 200 whatever it holds, because any other answer counts towards a blacklisting, and it is answered
 * before any handler runs. Throws TypeError for options that cannot be meant.
 */
export function createReceiver(options: ReceiverOptions = {}): Receiver {
  checkOptions(options);
  const answering = createAnswering(options);
  return Object.assign(createWebHandler(answering), { answering });
}
