import { stripEscapeSequences } from "../machine/escape-sequences.ts";

/** Widths are counted in terminal columns by whoever knows how; one per character is right for ASCII. */
export type Measure = (text: string) => number;

/** Control characters, invisible format characters (bidirectional overrides among them) and line separators. */
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text that may stand anywhere in a line: nothing in it moves the cursor, hides text or breaks a row. */
export function oneLine(text: string): string {
  // Almost all text, and spares Node the compilation of what follows.
  if (/^[ -~]*$/.test(text)) return text;
  return stripEscapeSequences(text).replace(controls, " ");
}

/** The same for text that may have several lines: line feeds stay. */
export function stripControls(text: string): string {
  return stripEscapeSequences(text).replace(/\r\n/g, "\n").split("\n").map(oneLine).join("\n");
}

/** At most `width` columns, with `…` in place of the middle, so that both ends of an address can be told. */
export function truncateMiddle(text: string, width: number, measure: Measure = countCharacters) {
  if (measure(text) <= width) return text;
  if (width < 1) return "";
  const characters = splitCharacters(text);
  let left = "";
  let right = "";
  let room = width - 1;
  // The two ends grow in turn, the left one first.
  for (let start = 0, end = characters.length - 1; start <= end; ) {
    const fromLeft = measure(left) <= measure(right);
    const next = characters[fromLeft ? start : end] ?? "";
    room -= measure(next);
    if (room < 0) break;
    if (fromLeft) {
      left += next;
      start += 1;
    } else {
      right = next + right;
      end -= 1;
    }
  }
  return `${left}…${right}`;
}

/**
 * Lines of at most `width` columns that joined give `text` again, but for spaces at a break. Breaks
 * where a URL or a list may be broken (after `/`, `,`, `&`, a space; before `?`), else anywhere.
 */
export function wrap(text: string, width: number, measure: Measure = countCharacters): string[] {
  if (measure(text) <= width) return [text];
  const lines: string[] = [];
  let line: string[] = [];
  let taken = 0;
  for (const character of splitCharacters(text)) {
    const needed = measure(character);
    if (line.length > 0 && taken + needed > width) {
      const at = findBreak(line, character);
      lines.push(line.slice(0, at).join("").trim());
      line = line.slice(at);
      taken = measure(line.join(""));
    }
    line.push(character);
    taken += needed;
  }
  lines.push(line.join("").trim());
  return lines.filter((each) => each !== "");
}

/** Where a full line that goes on with `next` is best cut. A break in its first half would waste too much. */
function findBreak(line: readonly string[], next: string): number {
  for (let at = line.length; at > line.length / 2; at--) {
    const before = line[at - 1] ?? "";
    const after = line[at] ?? next;
    if (/[/,&\s]/.test(before) || /[?\s]/.test(after)) return at;
  }
  return line.length;
}

/** Characters as people count them: an emoji of several code points is one. */
function splitCharacters(text: string): string[] {
  if (/^[ -~]*$/.test(text)) return [...text];
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

function countCharacters(text: string): number {
  return splitCharacters(text).length;
}

/** How a line goes on below itself. */
interface Continuation {
  /** Stands before all lines but the first; by default as far in as the line's text. */
  readonly indent?: string;
  /** Whether the line is a shell command: words in quotes stay together, and ` \` ends all lines but the last. */
  readonly isCommand?: boolean;
}

/**
 * A line in lines of at most `width` columns, broken at spaces only: a longer word, such as a URL, stays
 * whole, and so does a command in backticks that fits one line.
 */
export function wrapLine(
  line: string,
  width: number,
  { indent = indentOf(line, width), isCommand = false }: Continuation = {},
): string[] {
  if (countColumns(line) <= width) return [line];
  const end = isCommand ? " \\" : "";
  const lines: string[] = [];
  let current = "";
  for (const word of splitWords(line, isCommand, width - indent.length)) {
    if (current !== "" && countColumns(current + word + end) > width) {
      lines.push(current + end);
      current = indent + word.trimStart();
    } else current += word;
  }
  return [...lines, current];
}

/** Words with the spaces before them. */
function splitWords(line: string, isCommand: boolean, room: number): readonly string[] {
  if (isCommand) return line.match(/ *(?:'[^']*'|"[^"]*"|[^ ])+/g) ?? [];
  return (line.match(/ *(?:`[^`]*`|[^ ])+/g) ?? []).flatMap((word) =>
    countColumns(word.trimStart()) > room ? (word.match(/ *[^ ]+/g) ?? []) : [word],
  );
}

/** Up to the text: past blanks, the mark of a list and the first of two columns, where that leaves room. */
function indentOf(line: string, width: number): string {
  const [blanks = ""] = /^ */.exec(line) ?? [];
  const [column = ""] = /^ *(?:[-#→] |\S+(?: \S+)* {2,}(?=\S))/.exec(line) ?? [];
  return " ".repeat(
    column.length > blanks.length && column.length <= width / 2 ? column.length : blanks.length,
  );
}

/** Columns on a terminal: escape sequences take none, wide characters two. */
function countColumns(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return splitCharacters(stripEscapeSequences(text)).reduce(
    (sum, character) =>
      sum +
      (/^[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\uff01-\uff60]/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  );
}
