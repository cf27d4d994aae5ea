import type { Receiver } from "./answering.ts";
import { createNodeHandler, type NodeHandler, type NodeRequest } from "./node-handler.ts";

/** The parts of a request of Express or connect that the handler uses. */
export type ExpressRequest = NodeRequest;

/**
 * A handler for Express: `app.all("/webhook", toExpressHandler(receiver))`, or the same with `app.use`. Works with and
 * without a body parser such as `express.json()` before it.
 */
export function toExpressHandler(receiver: Receiver): NodeHandler {
  return createNodeHandler(receiver, "toExpressHandler");
}
