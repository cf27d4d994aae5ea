import { UsageError } from "../errors.ts";

/** A name, then a value up to the closing quote or the end of the line, and nothing but a comment behind it. */
const assignment =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|((?:[^'"\s#]|(?<==)#)[^\n]*)?)[ \t]*(?:#[^\n]*)?(?:\n|$)/y;

/** What says nothing: a blank line, a comment, a name alone (which Docker takes from its own environment). */
const silence = /[ \t]*(?:export[ \t]+)?(?:[A-Za-z_][\w.-]*[ \t]*)?(?:#[^\n]*)?(?:\n|$)/y;

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * The variables of a `.env` file. Accepts `KEY=value`, `KEY = 'value'`, `export KEY="va\"lue"`,
 * comments, values over several lines in quotes, a byte order mark and Windows line ends. Nothing is
 * expanded; of a name given twice the last one holds. Throws UsageError with the line of what it
 * cannot read, and never with its text, which may be a secret.
 */
export function parseEnvFile(text: string, path: string): ReadonlyMap<string, string> {
  const lines = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const variables = new Map<string, string>();
  let position = 0;
  while (position < lines.length) {
    silence.lastIndex = position;
    assignment.lastIndex = position;
    if (silence.test(lines)) {
      position = silence.lastIndex;
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
