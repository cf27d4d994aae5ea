/** What a stranger may write on a terminal with, each with a name. */
const kinds: Readonly<Record<string, string>> = {
  title: "\u001b]0;forged\u0007",
  "title, other end": "\u001b]2;forged\u001b\\",
  clipboard: "\u001b]52;c;Zm9yZ2Vk\u0007",
  link: "\u001b]8;;https://forged.example\u001b\\text\u001b]8;;\u001b\\",
  notification: "\u001b]9;forged\u0007",
  "color of the terminal": "\u001b]11;#ff0000\u0007",
  "clear the screen": "\u001b[2J\u001b[H",
  "erase the line": "\u001b[2K\r",
  "move up": "\u001b[3A",
  "alternate screen": "\u001b[?1049h",
  "hide the cursor": "\u001b[?25l",
  "mouse reports": "\u001b[?1000h",
  "bracketed paste": "\u001b[?2004h",
  "scroll region": "\u001b[1;3r",
  conceal: "\u001b[8m",
  "colors that stay": "\u001b[41;97;5m",
  "report position": "\u001b[6n",
  "report attributes": "\u001b[>c",
  reset: "\u001bc",
  charset: "\u001b(0",
  "save the cursor": "\u001b7",
  "reverse index": "\u001bM",
  "device control": "\u001bP1$r0m\u001b\\",
  "application command": "\u001b_Gf=100;AAAA\u001b\\",
  "privacy message": "\u001b^forged\u001b\\",
  "start of string": "\u001bXforged\u001b\\",
  "unfinished sequence": "\u001b[",
  "unfinished command": "\u001b]0;",
  "lone escape": "\u001b",
  "C1 sequence": "\u009b2J",
  "C1 command": "\u009d0;forged\u009c",
  "C1 device control": "\u0090q\u009c",
  "C1 next line": "\u0085error: forged",
  "C1 reverse index": "\u008d",
  "line feed": "\nerror: forged",
  "two lines": "x\r\nhint: forged\n",
  "carriage return": "\rerror: forged",
  backspaces: "\b\b\b\b\b\b\b\bforged",
  delete: "\u007f\u007f\u007f",
  bell: "\u0007",
  nul: "\u0000",
  "vertical tab": "\u000berror: forged",
  "form feed": "\ferror: forged",
  "shift out": "\u000e",
  "file separator": "\u001cerror: forged",
  "line separator": "\u2028error: forged",
  "paragraph separator": "\u2029error: forged",
  "right-to-left override": "\u202egro.elpmaxe",
  isolate: "\u2066forged\u2069",
  "Arabic letter mark": "\u061c",
  "zero-width space": "pay\u200bpal",
  "zero-width joiner": "pay\u200dpal",
  "word joiner": "pay\u2060pal",
  "byte order mark": "\ufefftext",
  "soft hyphen": "pay\u00adpal",
  "tag characters": "text\u{e0041}\u{e0042}",
  "interlinear annotation": "\ufff9text\ufffb",
  "half a pair": "text\ud800",
  "other half": "\udc00text",
  tab: "a\tb",
};

/** 240 payloads: each kind alone, inside of an id, inside of a URL, and hidden in a color. */
export const payloads: readonly (readonly [name: string, text: string])[] = Object.entries(
  kinds,
).flatMap(([name, text]) => [
  [name, text] as const,
  [`${name} in an id`, `01234567-${text}-89ab`] as const,
  [`${name} in a URL`, `https://example.com/hook?a=${text}&b=c`] as const,
  [`${name} in a color`, `\u001b[31m${text}\u001b[0m`] as const,
]);

/**
 * What is wrong with text that was printed on a terminal: whatever is neither text nor a color of ours, a color that
 * stays, or a line that only a stranger can have begun. Undefined if nothing is.
 */
export function findForgery(printed: string): string | undefined {
  // Progress is drawn over, without wrapping.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  const text = printed.replace(/\r?\u001b\[K|\r\u001b\[J|\u001b\[\?7[lh]/g, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  const colors = text.match(/\u001b\[\d+m/g) ?? [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  const plain = text.replace(/\u001b\[(?:[0-24]|2[2-4]|3[0-79])m/g, "");
  const control = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.exec(plain);
  if (control) {
    const around = plain.slice(Math.max(0, control.index - 60), control.index + 60);
    return `the character ${JSON.stringify(control[0])} in ${JSON.stringify(around)}`;
  }
  const forged = /^(?:error|hint|warning|attention): forged.*$/m.exec(plain);
  if (forged) return `the line ${JSON.stringify(forged[0])}`;
  const open = colors.filter((color) => !/\[(?:0|2[2-4]|39)m/.test(color)).length;
  if (open !== colors.length - open) return "a color that stays";
  return undefined;
}
