import { isTooDeep } from "../machine/json.ts";

/** A number as it is written, where JavaScript would show another: beyond 2^53, or with more digits. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown;

/** The value of JSON text with its numbers as they are written, where the browser tells. Undefined for anything else. */
export function parseExact(text: string): { readonly value: unknown } | undefined {
  if (isTooDeep(text)) return undefined;
  const keepNumber: Reviver = (_key, value, context) =>
    typeof value === "number" && context?.source !== undefined && context.source !== String(value)
      ? new ExactNumber(context.source)
      : value;
  try {
    return { value: JSON.parse(text, keepNumber as (key: string, value: unknown) => unknown) };
  } catch {
    return undefined;
  }
}

/** A value of `parseExact` as text of several lines, or of one. */
export function formatExact(value: unknown, indent = "  ", before = "\n"): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = indent === "" ? "" : before + indent;
  const outer = indent === "" ? "" : before;
  const colon = indent === "" ? ":" : ": ";
  const format = (each: unknown) => formatExact(each, indent, before + indent);
  const parts = Array.isArray(value)
    ? value.map(format)
    : Object.entries(value).map(([key, each]) => JSON.stringify(key) + colon + format(each));
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return parts.length === 0
    ? `${open}${close}`
    : `${open}${inner}${parts.join(`,${inner}`)}${outer}${close}`;
}

/** JSON text in several lines, with every name, text and number as it is written; as it is if it is nested too deep. */
export function reindent(text: string): string {
  if (isTooDeep(text)) return text;
  const parts: string[] = [];
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(tokens)) {
    if (token === "{" || token === "[") {
      depth += 1;
      parts.push(token, line());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      parts.push(line(), token);
    } else if (token === ",") parts.push(token, line());
    else if (token === ":") parts.push(": ");
    else parts.push(/^[{[]/.test(token) ? token.replace(/\s/g, "") : token);
  }
  return parts.join("");
}

/** Texts, empty pairs of brackets, signs, and words. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|\{\s*\}|\[\s*\]|[{}[\],:]|[^\s"{}[\],:]+/g;
