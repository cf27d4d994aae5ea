import type { Body } from "./answering.ts";

/** A body that something else has read, as text again, from the best of what it left. */
export function parsedBody(parsed: readonly unknown[], contentLength: string | undefined): Body {
  if (contentLength === "0") return { text: "" };
  const [best] = parsed.filter((body) => body !== undefined && body !== null);
  return best === undefined || isUseless(best, contentLength)
    ? "already-read"
    : { text: textOf(best) };
}

/** Express 4 leaves {} where no parser has taken the body, and a form parser takes JSON for the name of a field. */
function isUseless(body: unknown, contentLength: string | undefined): boolean {
  if (typeof body !== "object" || body instanceof Uint8Array) return false;
  const [name] = Object.keys(Object(body));
  return name === undefined ? contentLength !== "2" : name.startsWith("{");
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
