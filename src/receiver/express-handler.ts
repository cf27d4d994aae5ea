import type { Receiver } from "./answering.ts";
import {
  headOf,
  type NodeRequest,
  type NodeResponse,
  send,
  toNodeHandler,
} from "./node-handler.ts";

/** As much of Express' request as is needed; Connect's is the same. */
export interface ExpressRequest extends NodeRequest {
  readonly body?: unknown;
  /** Whether somebody has read the body. */
  readonly readableDidRead?: boolean;
}

/**
 * A handler for Express, for `app.all("/webhook", …)` or `app.use("/webhook", …)`. `express.json()` and the other
 * parsers of bodies may have run before it, or not.
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

/** What a parser has made of the body, as text again. */
function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return JSON.stringify(body) ?? "";
}
