import type { Problem } from "./problems.ts";

/** JSON with the media type that RingCentral gives it. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) {
  return jsonText(JSON.stringify(value), status, headers);
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** A long text from the request is shortened in the answer. */
export function answerProblem({ status, body, headers }: Problem): Response {
  return jsonText(JSON.stringify(body, shorten), status, headers);
}

/** What the answers made here hold: to read it from them takes streams. */
const texts = new WeakMap<Response, string>();

/** The whole body of an answer; undefined for one that was not made here. */
export function textOf(response: Response): string | undefined {
  return response.bodyUsed ? undefined : texts.get(response);
}

function jsonText(text: string, status: number, headers: Readonly<Record<string, string>>) {
  const response = new Response(text, {
    status,
    headers: {
      "Content-Type": "application/json; charset=UTF-8",
      "Content-Length": String(Buffer.byteLength(text)),
      ...headers,
    },
  });
  texts.set(response, text);
  return response;
}

function shorten(_name: string, value: unknown): unknown {
  if (typeof value !== "string" || value.length <= longestText) return value;
  return `${value.slice(0, longestText)}…`;
}

const longestText = 10_000;
