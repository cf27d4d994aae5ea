import { answeringOf, type Receiver } from "./answering.ts";
import { answerNode, type NodeRequest, type NodeResponse } from "./node-handler.ts";

/** The parts of a Fastify instance that the plugin uses. */
export interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown;
  all(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => unknown): unknown;
}

interface FastifyRequest {
  readonly raw: NodeRequest;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

interface FastifyReply {
  readonly raw: NodeResponse;
  hijack(): unknown;
}

/**
 * A plugin for Fastify: `app.register(toFastifyPlugin(receiver), { prefix: "/webhook" })`. It replaces Fastify's body
 * parser, which answers 400 to the handshake, an empty body that is declared as JSON.
 */
export function toFastifyPlugin(receiver: Receiver): (fastify: FastifyScope) => Promise<void> {
  const answering = answeringOf(receiver, "toFastifyPlugin");
  return async (fastify) => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser("*", (_request, _payload, done) => done(null));
    fastify.all("/", async (request, reply) => {
      reply.hijack();
      const { raw, rawBody, body } = request;
      const parsed = [rawBody, body, raw.rawBody, raw.body];
      await answerNode(answering, { request: raw, response: reply.raw, parsed });
    });
  };
}
