import { answeringOf, type Receiver } from "./answering.ts";
import { answerNode, type NodeRequest, type NodeResponse } from "./node-handler.ts";

/** The parts of Koa's context that the middleware uses. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  readonly originalUrl?: string;
  /** `body` and `rawBody` are what a body parser left. */
  readonly request: { readonly body?: unknown; readonly rawBody?: unknown };
}

/**
 * Middleware for Koa: `router.all("/webhook", toKoaMiddleware(receiver))`, or `app.use` with the option `path`, which
 * passes requests for other paths on. Works with and without a body parser before it.
 */
export function toKoaMiddleware(
  receiver: Receiver,
): (context: KoaContext, next: () => unknown) => Promise<void> {
  const answering = answeringOf(receiver, "toKoaMiddleware");
  return async ({ req, res, originalUrl, request }, next) =>
    answerNode(answering, {
      request: req,
      response: res,
      next,
      originalUrl,
      parsed: [request.rawBody, request.body, req.rawBody, req.body],
    });
}
