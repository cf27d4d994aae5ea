import type { Environment } from "../machine/environment.ts";
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

/** Not where the locale has another charset, or the terminal can do little. No locale at all says nothing. */
export function drawsUnicode(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "UTF-8";
  return /utf-?8/i.test(locale) && env["TERM"] !== "dumb";
}
