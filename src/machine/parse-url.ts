/**
 * The URL, or undefined if `text` is not one. Not `URL.canParse`: once V8 has optimized its caller, Node 20
 * takes Latin-1 for UTF-8 there and rejects `https://exämple.com`.
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** Percent-decodes a text; returns malformed text unchanged. */
export function decoded(text: string): string {
  if (!text.includes("%")) return text;
  // An exception takes far longer, and there may be thousands of them.
  if (/%(?![0-9a-f]{2})/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
