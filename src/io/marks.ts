import type { IO } from "./io.ts";

type CheckStatus = "pass" | "warn" | "fail" | "skip";

/** The mark before a check's row, by its status. */
export const statusMarks: Readonly<Record<CheckStatus, string>> = {
  pass: "✓",
  warn: "!",
  fail: "✗",
  skip: "-",
};

/** The color of a check's row, by its status. */
export function statusColors({
  green,
  yellow,
  red,
  dim,
}: IO["style"]): Readonly<Record<CheckStatus, (text: string) => string>> {
  return { pass: green, warn: yellow, fail: red, skip: dim };
}
