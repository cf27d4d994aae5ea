import { exitCodeFor } from "../api/exit-code-for.ts";
import type { ExitCode } from "../errors.ts";
import type { Explanation } from "../explanations/explanation.ts";
import { findExplanations } from "../explanations/find.ts";
import { toTsv } from "../io/formats.ts";
import type { Column } from "../io/table.ts";
import { stripControls } from "../one-line.ts";

export interface Explained extends Explanation {
  readonly exitCode: ExitCode;
}

/** RingCentral's code decides what rcwh ends with, as anywhere else. OAuth's words are those of a sign-in. */
export function withExitCode({ code, kind, status, ...rest }: Explanation): Explained {
  const operation = { namesSubscription: true, signsIn: kind === "oauth" };
  const { exitCode = exitCodeFor(operation, status ?? 400, code), ...others } = rest;
  return { code, kind, ...(status !== undefined && { status }), exitCode, ...others };
}

export const listColumns: readonly Column<Explained>[] = [
  { title: "code", value: ({ code }) => code },
  { title: "status", value: ({ status }) => String(status ?? "-") },
  { title: "meaning", value: ({ meaning }) => meaning, shrink: "wrap" },
];

/** For programs that want no JSON. */
export const columnsInFull: readonly Column<Explained>[] = [
  ...listColumns,
  { title: "kind", value: ({ kind }) => kind },
  { title: "exitCode", value: ({ exitCode }) => String(exitCode) },
  { title: "causes", value: ({ causes }) => causes.join(" ") },
  { title: "remedies", value: ({ remedies }) => remedies.join(" ") },
  { title: "open", value: ({ open = "" }) => open },
];

/** What `rcwh explain` prints in a pipe; empty if it cannot explain all of the words. */
export function explanationsAsTsv(words: readonly string[]): string {
  const { explanations, unknown } = findExplanations(stripControls(words.join(" ")).trim());
  return unknown.length > 0 ? "" : toTsv(columnsInFull, explanations.map(withExitCode));
}
