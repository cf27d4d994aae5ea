import type { Body } from "./answering.ts";

/** A body that something else has read, as text again, from the best of what it left. */
export function parsedBody(parsed: readonly unknown[], contentLength: string | undefined): Body {
  if (contentLength === "0") return { text: "" };
  const [best] = parsed.filter((body) => body !== undefined && body !== null);
  // Express 4 leaves {} where no parser has taken the body.
  if (best === undefined || (isEmpty(best) && contentLength !== "2")) return "already-read";
  return { text: textOf(best) };
}

function isEmpty(body: unknown): boolean {
  return typeof body === "object" && Object.keys(Object(body)).length === 0;
}

/** Empty for a body that is nested too deep. */
function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  try {
    return JSON.stringify(body) ?? "";
  } catch {
    return "";
  }
}
