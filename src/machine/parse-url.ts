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
