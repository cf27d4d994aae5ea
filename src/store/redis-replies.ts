/** What a server answers, in RESP2. */
export type Reply = string | number | null | RedisReplyError | readonly Reply[];

/** The server's refusal, such as `WRONGPASS invalid username-password pair`. */
export class RedisReplyError extends Error {
  override readonly name = "RedisReplyError";
}

/** Longest answer that is read, bytes: what is kept of one account is far shorter. */
const longestReply = 64 * 1024 * 1024;

const unfinished = Symbol("unfinished");

/** Takes a server's bytes as they come, and calls `onReply` with each whole answer. Throws for what is not RESP. */
export function createReplyReader(onReply: (reply: Reply) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes that `rest` must have before it is worth another look. */
  let needed = 0;

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (rest.length > longestReply) throw new Error("the answer is too long");
    if (rest.length < needed) return;
    needed = 0;
    let at = 0;
    while (at < rest.length) {
      const parsed = parse(rest, at);
      if (parsed.reply === unfinished) {
        needed = parsed.end - at;
        break;
      }
      at = parsed.end;
      onReply(parsed.reply);
    }
    rest = rest.subarray(at);
  };
}

interface Parsed {
  readonly reply: Reply | typeof unfinished;
  /** Where the answer ends, or has to end at least. */
  readonly end: number;
}

function parse(bytes: Buffer, start: number): Parsed {
  const lineEnd = bytes.indexOf("\r\n", start, "latin1");
  if (lineEnd < 0) return { reply: unfinished, end: bytes.length + 1 };
  const text = bytes.toString("utf8", start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case "+":
      return { reply: text, end };
    case "-":
      return { reply: new RedisReplyError(text), end };
    case ":":
      return { reply: numberIn(text), end };
    case "$":
      return parseText(bytes, end, numberIn(text));
    case "*":
      return parseList(bytes, end, numberIn(text));
    default:
      throw new Error("it does not speak the Redis protocol");
  }
}

function parseText(bytes: Buffer, start: number, length: number): Parsed {
  if (length < 0) return { reply: null, end: start };
  const end = start + length + 2;
  if (end > bytes.length) return { reply: unfinished, end };
  return { reply: bytes.toString("utf8", start, start + length), end };
}

function parseList(bytes: Buffer, start: number, length: number): Parsed {
  if (length < 0) return { reply: null, end: start };
  const list: Reply[] = [];
  let end = start;
  while (list.length < length) {
    if (end >= bytes.length) return { reply: unfinished, end: bytes.length + 1 };
    const parsed = parse(bytes, end);
    if (parsed.reply === unfinished) return parsed;
    list.push(parsed.reply);
    end = parsed.end;
  }
  return { reply: list, end };
}

function numberIn(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new Error("it does not speak the Redis protocol");
}
