import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { createBreaks } from "../machine/breaks.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { readInput } from "../machine/read-input.ts";

/** Reads the text of a file, or of standard input for `-`. Throws UsageError that names `flag`, or what has none. */
export async function readText(
  path: string,
  flag: string,
  { io, signal }: Pick<CommandContext, "io" | "signal">,
): Promise<string> {
  if (path === "-") return readInput(io.stdin, { name: "standard input", signal });
  const hint = "Give the path of a file, or - for standard input.";
  if (path === "") throw new UsageError(`${flag}: the path is empty.`, hint);
  const name = flag.startsWith("-") ? `${path} (${flag})` : path;
  try {
    return await readInput(path, { name, signal });
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    throw new UsageError(`${flag}: cannot read ${path}: ${reasonOf(cause)}.`, hint, { cause });
  }
}

/** A line of text, without its line feed. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined if the line is too long. */
  readonly text: string | undefined;
}

/**
 * Splits text that arrives in chunks into lines. Never holds more than one line.
 *
 * @param longest the maximum length of a line, characters
 */
export async function* readLines(
  chunks: AsyncIterable<string | Uint8Array>,
  longest = 65_536,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let number = 1;
  let pending = "";
  let isTooLong = false;
  const takeBreak = createBreaks();
  for await (const chunk of chunks) {
    const pieces = (
      typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true })
    ).split("\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      const line = pending + piece;
      await takeBreak();
      yield { number, text: isTooLong || line.length > longest ? undefined : line };
      number += 1;
      pending = "";
      isTooLong = false;
    }
    pending += last;
    if (pending.length > longest) [pending, isTooLong] = ["", true];
  }
  if (isTooLong || pending !== "") yield { number, text: isTooLong ? undefined : pending };
}

/** Reads the number of one of the emulator's users. Throws UsageError. */
export function parseUser(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError(
    `Invalid --user value ${JSON.stringify(value)}: must be a whole number from 1.`,
    "User 1 has the JWT user-1, user 2 the JWT user-2, and so on.",
  );
}
