import { UsageError } from "../errors.ts";

/** What comes before a value. */
const beginning = /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/y;

/** What may follow a value in quotes: the rest of the line, with a comment at most. */
const end = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;

/** A blank line, a comment, or a name alone (which Docker takes from its own environment). */
const ignorable = /[ \t]*(?:export[ \t]+)?(?:[A-Za-z_][\w.-]*[ \t]*)?(?:#[^\n]*)?(?:\n|$)/y;

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * The variables of a `.env` file. Accepts `KEY=value`, `KEY = 'value'`, `export KEY="va\"lue"`,
 * comments, values over several lines in quotes, a byte order mark and Windows line ends. Nothing is
 * expanded; the last of several values of a name is used. Throws UsageError with the number of a line that
 * is not an assignment, never with its text, which may be a secret.
 */
export function parseEnvFile(text: string, path: string): ReadonlyMap<string, string> {
  const lines = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const variables = new Map<string, string>();
  let position = 0;
  while (position < lines.length) {
    const next = endOf(ignorable, lines, position);
    if (next !== undefined) {
      position = next;
      continue;
    }
    beginning.lastIndex = position;
    const [, name = ""] = beginning.exec(lines) ?? [];
    const found = name === "" ? undefined : readValue(lines, beginning.lastIndex);
    if (!found) {
      const line = lines.slice(0, position).split("\n").length;
      throw new UsageError(
        `Line ${line} of ${path} is not an assignment.`,
        "Write it as KEY='value', or put a # before it.",
      );
    }
    variables.set(name, found.value);
    position = found.end;
  }
  return variables;
}

/** Where a match that begins at `start` ends; undefined if there is none. */
function endOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

interface Value {
  readonly value: string;
  /** Where the next line begins. */
  readonly end: number;
}

/** The value that begins at `start`; undefined for quotes that do not end, or that something follows. */
function readValue(text: string, start: number): Value | undefined {
  const quote = text.charAt(start);
  if (quote !== "'" && quote !== '"') return readBare(text, start);
  const close = quote === "'" ? text.indexOf(quote, start + 1) : closingQuote(text, start);
  const next = close < 0 ? undefined : endOf(end, text, close + 1);
  if (next === undefined) return undefined;
  const inner = text.slice(start + 1, close);
  return { value: quote === "'" ? inner : unescaped(inner), end: next };
}

/** The index of the double quote that ends the value; -1 if none does. */
function closingQuote(text: string, start: number): number {
  const mark = /\\[\s\S]|"/g;
  mark.lastIndex = start + 1;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === '"') return found.index;
  }
  return -1;
}

/** A value without quotes: up to the end of the line. */
function readBare(text: string, start: number): Value | undefined {
  const feed = text.indexOf("\n", start);
  const line = text.slice(start, feed < 0 ? text.length : feed);
  const next = start + line.length + 1;
  // As in a shell, a `#` starts a comment only after a space.
  if (line.startsWith("#") && text[start - 1] !== "=") return { value: "", end: next };
  if (/^\s/.test(line)) return undefined;
  const comment = line.search(/[ \t]#/);
  return { value: (comment < 0 ? line : line.slice(0, comment)).trim(), end: next };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([nrt"\\$`])/g, (_, letter: string) => escapes[letter] ?? letter);
}
