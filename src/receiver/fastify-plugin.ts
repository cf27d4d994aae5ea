import type { Receiver } from "./answering.ts";
import { type NodeRequest, type NodeResponse, toNodeHandler } from "./node-handler.ts";

/** As much of a Fastify instance as is needed. */
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
}

interface FastifyReply {
  readonly raw: NodeResponse;
  hijack(): unknown;
}

/**
 * A plugin for Fastify, for `app.register(toFastifyPlugin(receiver), { prefix: "/webhook" })`. It is one because
 * Fastify's own parser refuses the handshake, which says it is JSON and is empty, with 400.
 */
export function toFastifyPlugin(receiver: Receiver): (fastify: FastifyScope) => Promise<void> {
  const handle = toNodeHandler(receiver);
  return async (fastify) => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser("*", (_request, _payload, done) => done(null));
    fastify.all("/", (request, reply) => {
      reply.hijack();
      handle(request.raw, reply.raw);
    });
  };
}
