import type { Receiver } from "./answering.ts";
import {
  headOf,
  type NodeRequest,
  type NodeResponse,
  send,
  toNodeHandler,
} from "./node-handler.ts";

/** The parts of a request of Express or Connect that the handler uses. */
export interface ExpressRequest extends NodeRequest {
  readonly body?: unknown;
  /** Whether the body was already read. */
  readonly readableDidRead?: boolean;
}

/**
 * A handler for Express: `app.all("/webhook", toExpressHandler(receiver))`, or the same with `app.use`. Works with and
 * without a body parser such as `express.json()` before it.
 */
export function toExpressHandler(
  receiver: Receiver,
): (request: ExpressRequest, response: NodeResponse) => void {
  const { answering } = receiver;
  const handle = toNodeHandler(receiver);
  return (request, response) => {
    if (!request.readableDidRead) return handle(request, response);
    const head = headOf(request);
    const answer =
      answering.answerHead(head) ?? answering.answerBody(head, { text: textOf(request.body) });
    send(answer, response);
  };
}

/** The parsed body, as text again; empty for one that is nested too deep. */
function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  try {
    return JSON.stringify(body) ?? "";
  } catch {
    return "";
  }
}
