import type { Problem } from "./problems.ts";

/** JSON with the media type that RingCentral gives it. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) {
  const text = JSON.stringify(value);
  return new Response(text, {
    status,
    headers: {
      "Content-Type": "application/json; charset=UTF-8",
      "Content-Length": String(Buffer.byteLength(text)),
      ...headers,
    },
  });
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}

export function answerProblem({ status, body, headers }: Problem): Response {
  return json(body, status, headers);
}
