import type { Receiver } from "./answering.ts";
import { createAnswering } from "./answering.ts";
import { checkOptions } from "./checked-options.ts";
import type { ReceivedDelivery } from "./events.ts";
import type { ReceiverContext, ReceiverOptions, RejectionKind } from "./options.ts";
import { createWebHandler } from "./web-handler.ts";

export {
  type CallEnded,
  type CallEndedOptions,
  createCallEnded,
  type EndedCall,
} from "./call-ended.ts";
export type { DedupeOptions } from "./dedupe.ts";
export type { EventBodies } from "./event-bodies.ts";
export type { EventHandlers, EventName, RingCentralEvent } from "./events.ts";
export { nameOfEvent } from "./events.ts";
export { type ExpressRequest, toExpressHandler } from "./express-handler.ts";
export { type FastifyScope, toFastifyPlugin } from "./fastify-plugin.ts";
export { type HonoContext, toHonoHandler } from "./hono-handler.ts";
export { isEvent } from "./is-event.ts";
export { type KoaContext, toKoaMiddleware } from "./koa-middleware.ts";
export { type LambdaEvent, type LambdaResult, toLambdaHandler } from "./lambda-handler.ts";
export {
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  toNodeHandler,
} from "./node-handler.ts";
export type { ReceivedDelivery, Receiver, ReceiverContext, ReceiverOptions, RejectionKind };

/**
 * Creates a receiver of RingCentral's webhook deliveries: the validation handshake, then one event per POST. It answers
 * every POST with 200, because any other status counts towards blacklisting, and before any handler runs.
 * Throws TypeError for invalid options.
 */
export function createReceiver(options: ReceiverOptions = {}): Receiver {
  checkOptions(options);
  const answering = createAnswering(options);
  return Object.assign(createWebHandler(answering), { answering, idle: answering.idle });
}
