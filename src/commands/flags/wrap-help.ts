import type { IO } from "../../io/io.ts";
import { wrapLine } from "../../io/text.ts";

/** As in a format of two columns: an indented term, and its text behind it. */
const item = /^ {2}\S+(?: \S+)* {2,}(?=\S)/;

/** The fewest columns for the texts of a list: with less room, they begin below their terms. */
const narrowestText = 20;

/**
 * Fits help and topics, which are laid out for 80 columns, into fewer. On a terminal no line is longer, and examples can
 * still be pasted.
 */
export function wrapHelp(text: string, { width, textWidth }: Pick<IO, "width" | "textWidth">) {
  const laidOut = width < 80 ? reflow(text.split("\n"), width) : text.split("\n");
  const isComment = (line: string | undefined) => line?.startsWith("  # ") ?? false;
  const wrapComment = (line: string, room: number) => wrapLine(line, room, { indent: "  # " });
  if (textWidth === Number.POSITIVE_INFINITY) {
    const isNarrow = width < 80;
    return laidOut
      .flatMap((line) => (isNarrow && isComment(line) ? wrapComment(line, width) : line))
      .join("\n");
  }
  const room = Math.min(textWidth, 80);
  return laidOut
    .flatMap((line, index, lines) => {
      if (isComment(line)) return wrapComment(line, room);
      if (isComment(lines[index - 1]))
        return wrapLine(line, room, { indent: "    ", isCommand: true });
      return line.startsWith("  {")
        ? wrapLine(line, room, { indent: "    " })
        : wrapLine(line, room);
    })
    .join("\n");
}

/** Joins the lines of each paragraph and of each item of a list, and breaks them again. */
function reflow(lines: readonly string[], width: number): readonly string[] {
  const whole: string[] = [];
  /** Where the last line continues in the next. */
  let column: number | undefined;
  for (const line of lines) {
    const isContinued = line.search(/\S/) === column && !item.test(line);
    if (isContinued) whole.push(`${whole.pop()} ${line.trim()}`);
    else {
      whole.push(line);
      column = startOf(line)?.length;
    }
  }
  return whole.flatMap((line) => breakLine(line, width));
}

/** What precedes the text that may be broken: an item's term, or the margin. Undefined for what is left as it is. */
function startOf(line: string): string | undefined {
  const isNames = /^ {2}-h, /.test(line); // of the global flags
  return item.exec(line)?.[0] ?? /^(?=\S)/.exec(line)?.[0] ?? (isNames ? "  " : undefined);
}

function breakLine(line: string, width: number): readonly string[] {
  const start = startOf(line);
  if (start === undefined) return [line];
  const text = line.slice(start.length);
  const isBelow = width - start.length < narrowestText;
  if (line.length <= width && !isBelow) return [line];
  const indent = isBelow ? "      " : " ".repeat(start.length);
  const lines = wrapLine(text, width - indent.length).map((part) => indent + part);
  if (isBelow) return [start.trimEnd(), ...lines];
  const [first = "", ...rest] = lines;
  return [start + first.slice(indent.length), ...rest];
}
