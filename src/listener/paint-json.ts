import type { Style } from "../io/io.ts";
import { oneLine } from "../io/text.ts";

/** A payload in colour, indented by two spaces and free of control characters. */
export function paintJson(value: unknown, text: string, style: Style): string {
  const indented = JSON.stringify(value, undefined, 2) ?? text;
  return indented
    .split("\n")
    .map((line) => `  ${paintLine(oneLine(line), style)}`)
    .join("\n");
}

/** Paints one line of indented JSON: it holds one member. */
function paintLine(line: string, { cyan, dim, green, yellow }: Style): string {
  const [, blanks = "", key = "", value = "", end = ""] =
    /^( *)("(?:[^"\\]|\\.)*": )?(.*?)(,?)$/.exec(line) ?? [];
  const name = key === "" ? "" : `${cyan(key.slice(0, -2))}: `;
  if (value.startsWith('"')) return `${blanks}${name}${green(value)}${end}`;
  if (/^[[\]{}]+$/.test(value)) return `${blanks}${name}${dim(value)}${end}`;
  return `${blanks}${name}${yellow(value)}${end}`;
}
