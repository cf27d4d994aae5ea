import type { EndpointAnswer } from "./endpoint-call.ts";
import { maximumAnswerBytes } from "./limits.ts";

/** An answer, and whether its connection stays open. */
export interface PlainAnswer {
  readonly answer: EndpointAnswer;
  readonly keepsOpen: boolean;
}

/**
 * Reads the answer that nearly every endpoint gives: HTTP/1.1 with a head that came at once, no header twice, and a length or
 * chunks. `more` means that its body is incomplete, and `other` that Node's parser has to decide, also about what is invalid.
 *
 * @param text everything received, one character for each byte
 */
export function readPlainAnswer(text: string): PlainAnswer | "more" | "other" {
  const [head, status, statusText = "", lines = ""] = plainHead.exec(text) ?? [];
  if (head === undefined || text.length > maximumAnswerBytes) return "other";
  const headers: Record<string, string> = {};
  for (const line of lines.split("\r\n").slice(0, -1)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (name in headers || name === "set-cookie") return "other";
    headers[name] = withoutBlanks(line.slice(colon + 1));
  }
  const end = bodyEnd(text, head.length, headers);
  if (end === "more" || end === "other") return end;
  if (end < text.length) return "other";
  const body = bodyOf(text, head.length, headers);
  const answer = { kind: "answer", status: Number(status), statusText, headers, body } as const;
  return { answer, keepsOpen: keepsOpen(headers) };
}

type Headers = Readonly<Record<string, string>>;

/** Neither 1xx, which another answer follows, nor 204 and 304, which have no body. */
const plainHead =
  /^HTTP\/1\.1 ((?!204|304)[2-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n/;

/** Not `trim`, which takes more than HTTP does. */
function withoutBlanks(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t";
  let [start, end] = [0, text.length];
  while (isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}

function bodyEnd(text: string, start: number, headers: Headers): number | "more" | "other" {
  const { "content-length": length, "transfer-encoding": coding } = headers;
  if (coding !== undefined) {
    return coding === "chunked" && length === undefined ? chunksEnd(text, start) : "other";
  }
  if (length === undefined || !/^\d{1,4}$/.test(length)) return "other";
  const end = start + Number(length);
  return end > text.length ? "more" : end;
}

/** Of a complete answer. */
function bodyOf(text: string, start: number, headers: Headers): string {
  if (headers["transfer-encoding"] === undefined) return text.slice(start);
  let body = "";
  for (let at = start; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (size === 0) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

/** Chunks without extensions and trailers. */
function chunksEnd(text: string, start: number): number | "more" | "other" {
  for (let at = start; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return "more";
    const size = text.slice(at, lineEnd);
    if (!/^[\da-f]{1,3}$/i.test(size)) return "other";
    const end = lineEnd + 2 + Number.parseInt(size, 16);
    if (text.length < end + 2) return "more";
    if (!text.startsWith("\r\n", end)) return "other";
    at = end + 2;
    if (/^0+$/.test(size)) return at;
  }
}

function keepsOpen({ connection = "keep-alive", "keep-alive": hint = "" }: Headers): boolean {
  // One that is closed within the second could be closed just when it is used again.
  return connection.toLowerCase() === "keep-alive" && !/timeout=[01]\b/i.test(hint);
}
