import { CliError, ExitCode } from "../errors.ts";
import { combinedExitCode, type Result, type ResultError } from "../operations/results.ts";

/**
 * Ends a run over several subscriptions. Returns where all is well, else throws one error with the exit
 * code that they come to together.
 *
 * @param done what was to become of each, such as “deleted”
 */
export function concludeResults(results: readonly Result[], done: string): void {
  const exitCode = combinedExitCode(results.map(({ error }) => error?.exitCode ?? ExitCode.ok));
  if (exitCode === ExitCode.ok) return;
  const bad = results.flatMap(({ id, error }) => (error ? [{ id, error }] : []));
  const codes = [...new Set(bad.map(({ error }) => error.code))];
  const hints = [...new Set(bad.flatMap(({ error }) => error.hint ?? []))];
  throw new CliError(summarize(bad, results.length, exitCode, done), {
    exitCode,
    code: codes.length === 1 ? codes[0] : "PARTIAL",
    hint: hints.length > 1 ? "Look at each with `rcwh show <id>`." : hints[0],
  });
}

function summarize(
  bad: readonly { readonly id: string; readonly error: ResultError }[],
  total: number,
  exitCode: ExitCode,
  done: string,
): string {
  const sentences = bad.map(({ id, error: { message } }) =>
    message.includes(id) ? message : `${id}: ${message}`,
  );
  const [only] = sentences;
  if (only !== undefined && total === 1) return only;
  const failed = bad.filter(({ error }) => error.exitCode !== ExitCode.attention).length;
  const heading =
    exitCode === ExitCode.attention
      ? `${bad.length} of ${total} ${bad.length === 1 ? "wants" : "want"} attention:`
      : `${failed} of ${total} ${failed === 1 ? "was" : "were"} not ${done}${failed < bad.length ? `, ${bad.length - failed} more ${bad.length - failed === 1 ? "wants" : "want"} attention` : ""}:`;
  return [heading, ...sentences.map((sentence) => `  ${sentence}`)].join("\n");
}
