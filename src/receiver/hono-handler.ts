import { answeringOf, type Receiver } from "./answering.ts";
import type { ReceiverContext } from "./options.ts";
import { answerWeb } from "./web-handler.ts";

/** The parts of Hono's context that the handler uses. */
export interface HonoContext {
  readonly req: { readonly raw: Request; text(): Promise<string> };
  /** Throws where the platform has none. */
  readonly executionCtx: ReceiverContext;
}

/**
 * A handler for Hono: `app.all("/webhook", toHonoHandler(receiver))`. Works with and without middleware that has read
 * the body before it, and keeps Workers awake until handlers are done.
 */
export function toHonoHandler(receiver: Receiver): (context: HonoContext) => Promise<Response> {
  const answering = answeringOf(receiver, "toHonoHandler");
  return (context) =>
    answerWeb(answering, {
      request: context.req.raw,
      context: executionContextOf(context),
      readText: () => context.req.text(),
    });
}

function executionContextOf(context: HonoContext): ReceiverContext | undefined {
  try {
    return context.executionCtx;
  } catch {
    return undefined;
  }
}
