import type { IncomingMessage, ServerResponse } from "node:http";
import { isJsonType } from "../endpoint/http-exchange.ts";

/** Headers of every answer: nothing of it is kept, shown inside another page, or read by one. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** An answer without a body. Whatever the request still has is not read. */
export function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, Connection: "close", "Content-Length": "0" }).end();
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(text) }).end(text);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const type = { "Content-Type": "application/json; charset=utf-8" };
  sendText(response, status, JSON.stringify(value), type);
}

/** Bytes of a request: the largest event that a listener takes, with each character escaped. */
const mostBytes = 8 * 1024 * 1024;

/**
 * The body of a request. Undefined, and the request refused, where it is too large, and where it is not JSON by its
 * Content-Type: that one no page may send to another server without asking that server first.
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Buffer | undefined> {
  const { "content-type": type, "content-length": length = "0" } = request.headers;
  if (!isJsonType(type)) return void refuse(response, 415);
  if (Number(length) > mostBytes) return void refuse(response, 413);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop would cut the connection before the answer.
    if (size <= mostBytes) chunks.push(chunk);
    else if (size > 2 * mostBytes) break;
  }
  if (size > mostBytes) return void refuse(response, 413);
  return Buffer.concat(chunks);
}
