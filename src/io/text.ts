import { stripEscapeSequences } from "../one-line.ts";

/** Counts terminal columns. */
export type Measure = (text: string) => number;

/** Shortens to `width` columns by replacing the middle with `…`, so that both ends of an address stay. */
export function truncateMiddle(text: string, width: number, measure: Measure = countCharacters) {
  if (measure(text) <= width) return text;
  if (width < 1) return "";
  const characters = splitCharacters(text);
  let left = "";
  let right = "";
  let room = width - 1;
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
 * Breaks text into lines of at most `width` columns, without spaces at the breaks. Prefers breaks that suit URLs
 * and lists (after `/`, `,`, `&` or a space; before `?`), else breaks anywhere, but for ids that fit on a line: they can
 * be copied.
 */
export function wrap(text: string, width: number, measure: Measure = countCharacters): string[] {
  if (measure(text) <= width) return [text];
  const lines: string[] = [];
  let line: string[] = [];
  let taken = 0;
  const characters = splitCharacters(text);
  for (const [index, character] of characters.entries()) {
    const needed = measure(character);
    if (line.length > 0 && taken + needed > width) {
      const at = findBreak(line, characters.slice(index, index + idLength));
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

/** The best break in the second half of a full line, or before an id at its end; `next` is what follows. */
function findBreak(line: readonly string[], next: readonly string[]): number {
  for (let at = line.length; at > line.length / 2; at--) {
    const before = line[at - 1] ?? "";
    const after = line[at] ?? next[0] ?? "";
    if (/[/,&\s]/.test(before) || /[?\s]/.test(after)) return at;
  }
  const start = line.lastIndexOf(" ") + 1;
  const isId = /^\W*[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/.test(
    [...line.slice(start), ...next].join(""),
  );
  return isId && start > 0 ? start : line.length;
}

const idLength = "00000000-0000-0000-0000-000000000000".length;

/** Characters as people count them: an emoji of several code points is one. */
function splitCharacters(text: string): string[] {
  if (/^[ -~]*$/.test(text)) return [...text];
  const segmenter = new Intl.Segmenter();
  const characters: string[] = [];
  // By pieces, because the segmenter takes quadratic time.
  for (let at = 0; at < text.length; ) {
    const found = [...segmenter.segment(text.slice(at, at + 512))].map(({ segment }) => segment);
    // The last one may go on behind the piece.
    if (found.length > 1 && at + 512 < text.length) found.pop();
    for (const character of found) {
      characters.push(character);
      at += character.length;
    }
  }
  return characters;
}

function countCharacters(text: string): number {
  return splitCharacters(text).length;
}

interface Continuation {
  /** Precedes all lines but the first; by default aligned with the line's text. */
  readonly indent?: string;
  /** A shell command: quoted words stay together, and all lines but the last end in ` \`. */
  readonly isCommand?: boolean;
}

/**
 * Breaks a line at spaces into lines of at most `width` columns. Longer words, such as URLs, stay whole, and so do
 * commands in backticks that fit on a line.
 */
export function wrapLine(
  line: string,
  width: number,
  { indent = indentOf(line, width), isCommand = false }: Continuation = {},
): string[] {
  // No character is wider than two columns: most lines need no counting, which takes 15 ms where it is not ASCII.
  if (2 * line.length <= width || countColumns(line) <= width) return [line];
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
  // Spaces at the end are no word: without a look behind, each of them would be the beginning of another try.
  if (isCommand) return line.match(/(?<! ) *(?:'[^']*'|"[^"]*"|[^ ])+/g) ?? [];
  return (line.match(/(?<! ) *(?:`[^`]*`|[^ ])+/g) ?? []).flatMap((word) =>
    countColumns(word.trimStart()) > room ? (word.match(/(?<! ) *[^ ]+/g) ?? []) : [word],
  );
}

/** Indents past blanks, a list mark, and the first of two columns if that leaves room. */
function indentOf(line: string, width: number): string {
  const [blanks = ""] = /^ */.exec(line) ?? [];
  const [column = ""] = /^ *(?:(?:[-#→]|\d+\.) |\S+(?: \S+)* {2,}(?=\S))/.exec(line) ?? [];
  return " ".repeat(
    column.length > blanks.length && column.length <= width / 2 ? column.length : blanks.length,
  );
}

/** Shortens to `width` columns by replacing the end with `…`. */
export function truncateEnd(text: string, width: number): string {
  if (countColumns(text) <= width) return text;
  let kept = "";
  let room = width - 1;
  for (const character of splitCharacters(text)) {
    room -= countColumns(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Terminal columns: escape sequences take none, wide characters two. */
export function countColumns(text: string): number {
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
