/** A line of a text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined where it is longer than any that makes sense. */
  readonly text: string | undefined;
}

/** The lines of a text that arrives in pieces, one after another; never more than one of them, of `longest` characters, is held. */
export async function* readLines(
  chunks: AsyncIterable<string | Uint8Array>,
  longest = 65_536,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let number = 1;
  let pending = "";
  let isTooLong = false;
  for await (const chunk of chunks) {
    const pieces = (
      typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true })
    ).split("\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      const text = pending + piece;
      yield { number, text: isTooLong || text.length > longest ? undefined : text };
      number += 1;
      pending = "";
      isTooLong = false;
    }
    pending += last;
    if (pending.length > longest) [pending, isTooLong] = ["", true];
  }
  if (isTooLong || pending !== "") yield { number, text: isTooLong ? undefined : pending };
}
