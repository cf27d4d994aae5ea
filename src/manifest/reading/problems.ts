import { UsageError } from "../../errors.ts";
import type { Place } from "../manifest.ts";

/** A mistake in a file: what is wrong, and what to write instead. */
export interface Problem extends Place {
  /** A sentence. */
  readonly message: string;
  /** Another one, or several. */
  readonly hint?: string | undefined;
}

/** Lines of an error that somebody may read. */
const mostLines = 100;

/** All problems of a file as one error. */
export function manifestError(problems: readonly Problem[]): UsageError {
  const [first, ...others] = problems;
  if (first && others.length === 0) return withProblems(new UsageError(lineOf(first), first.hint));
  const lines = problems.slice(0, mostLines).map((each) => `  ${lineOf(each)} ${each.hint ?? ""}`);
  const more = problems.length - lines.length;
  return withProblems(
    new UsageError([
      `${problems.length} problems in ${first?.file}.`,
      ...lines.map((line) => line.trimEnd()),
      ...(more > 0 ? [`  … and ${more} more.`] : []),
    ]),
  );

  function withProblems(error: UsageError): UsageError {
    return Object.assign(error, { problems });
  }
}

/** `rcwh.yaml:3:5: …`, which editors and terminals make a link of. */
function lineOf({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}
