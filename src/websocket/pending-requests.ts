import { randomUUID } from "node:crypto";
import { NetworkError } from "../api/errors.ts";
import { type Deferred, deferred } from "../machine/promises.ts";
import type { GatewayFrame } from "./frames.ts";

/** Requests on their way over one connection, each with a time limit. */
export interface PendingRequests {
  /**
   * Calls `send` with a new message id and resolves to the frame that answers it. Throws `NetworkError`
   * where none arrives in time.
   */
  start(attempt: string, send: (messageId: string) => void): Promise<GatewayFrame>;
  /** Hands a frame to the request that it answers; false if there is none. */
  settle(frame: GatewayFrame): boolean;
  /** Fails all requests: no answer can arrive. */
  failAll(reason: string): void;
}

/** @param timeout milliseconds for each request */
export function createPendingRequests(timeout: number): PendingRequests {
  const pending = new Map<string, Deferred<GatewayFrame> & { readonly attempt: string }>();
  return {
    async start(attempt, send) {
      const messageId = randomUUID();
      const answer = deferred<GatewayFrame>();
      pending.set(messageId, { attempt, ...answer });
      const timer = setTimeout(() => {
        const reason = `the gateway did not answer within ${timeout / 1000} s`;
        answer.reject(new NetworkError(attempt, reason, { code: "TIMEOUT", maybeProcessed: true }));
      }, timeout);
      try {
        send(messageId);
        return await answer.promise;
      } finally {
        clearTimeout(timer);
        pending.delete(messageId);
      }
    },
    settle(frame) {
      const request = frame.messageId === undefined ? undefined : pending.get(frame.messageId);
      request?.resolve(frame);
      return request !== undefined;
    },
    failAll(reason) {
      for (const { attempt, reject } of pending.values()) {
        reject(new NetworkError(attempt, reason, { maybeProcessed: true }));
      }
    },
  };
}
