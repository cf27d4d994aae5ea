/** Several strings are several lines. Within one, everything that would begin another line becomes a space. */
export type Lines = string | readonly string[];

const escapeSequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)/g;

/** The text without terminal escape sequences; other control characters stay. */
export function stripEscapeSequences(text: string): string {
  return text.replace(escapeSequences, "");
}

/** Control characters, invisible format characters (bidirectional overrides among them) and line separators. */
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Makes text safe within a line: it cannot move the cursor, hide text or break the line. */
export function oneLine(text: string): string {
  // A fast path for almost all text, which spares Node compiling the rest.
  if (/^[ -~]*$/.test(text)) return text;
  return stripEscapeSequences(text).replace(controls, " ");
}

/** Like `oneLine`, with one space for each stretch of blanks, and none at the ends. */
export function singleLine(text: string): string {
  return stripEscapeSequences(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

/** Text with line feeds, each line of which is safe. */
export function joinLines(lines: Lines): string {
  return typeof lines === "string" ? oneLine(lines) : lines.map(oneLine).join("\n");
}

/** Like `oneLine`, but keeps line feeds. */
export function stripControls(text: string): string {
  return joinLines(stripEscapeSequences(text).replace(/\r\n/g, "\n").split("\n"));
}

/**
 * What may be printed of rcwh's own output: text, line feeds, tabs, and the colors of `Style`. Everything else that a
 * terminal acts on becomes a space. The last border: values are made safe where they enter a line.
 */
export function printable(text: string): string {
  if (/^[\t\n -~]*$/.test(text)) return text;
  return text.replace(actedOn, (found, own) => (own === undefined ? " " : found));
}

/** What a terminal acts on; the group has what rcwh prints itself. */
const actedOn =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /(\u001b\[(?:[0-24]|2[2-4]|3[0-79])m|[\t\n])|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
