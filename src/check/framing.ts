import type { IncomingHttpHeaders } from "node:http";

/** How many bytes follow the end of an answer. `text` is everything received, one character per byte. */
export function bytesBehind(text: string, headers: IncomingHttpHeaders): number {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return 0;
  const body = text.slice(headEnd + 4);
  const end = /\bchunked\s*$/i.test(headers["transfer-encoding"] ?? "")
    ? chunksEnd(body)
    : Number(headers["content-length"] ?? body.length);
  return Math.max(0, body.length - end);
}

/** Where the last chunk and its trailers end. */
function chunksEnd(body: string): number {
  let at = 0;
  for (;;) {
    const line = /^([0-9a-f]{1,16})[^\r\n]*\r\n/i.exec(body.slice(at));
    if (!line) return body.length;
    const size = Number.parseInt(line[1] ?? "", 16);
    at += line[0].length;
    if (size > 0) at += size + 2;
    else break;
  }
  for (;;) {
    const lineEnd = body.indexOf("\r\n", at);
    if (lineEnd < 0) return body.length;
    const isLast = lineEnd === at;
    at = lineEnd + 2;
    if (isLast) return at;
  }
}
