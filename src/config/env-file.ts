import { UsageError } from "../errors.ts";

/** A name, then a value up to the closing quote or the end of the line, and at most a comment after it. */
const assignment =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|((?:[^'"\s#]|(?<==)#)[^\n]*)?)[ \t]*(?:#[^\n]*)?(?:\n|$)/y;

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
    ignorable.lastIndex = position;
    assignment.lastIndex = position;
    if (ignorable.test(lines)) {
      position = ignorable.lastIndex;
      continue;
    }
    const found = assignment.exec(lines);
    if (!found) {
      const line = lines.slice(0, position).split("\n").length;
      throw new UsageError(
        `Line ${line} of ${path} is not an assignment.`,
        "Write it as KEY='value', or put a # before it.",
      );
    }
    const [, name = "", literal, escaped, bare = ""] = found;
    variables.set(name, literal ?? unescaped(escaped) ?? withoutComment(bare));
    position = assignment.lastIndex;
  }
  return variables;
}

function unescaped(text: string | undefined): string | undefined {
  return text?.replaceAll(/\\([nrt"\\$`])/g, (_, letter: string) => escapes[letter] ?? letter);
}

/** As in a shell, a `#` starts a comment only after a space. */
function withoutComment(text: string): string {
  return text.replace(/[ \t]#.*$/, "").trim();
}
