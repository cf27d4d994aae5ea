import { CliError } from "../../errors.ts";
import { combinedExitCode, type ResultError, toResultError } from "../../lifecycle/results.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";

/** A fleet whose server is down fails ten thousand times alike. */
const mostLines = 20;

/**
 * Ends a run over many accounts. Returns where all is well, else throws one error with the exit code
 * that they come to together.
 *
 * @param succeeded how many accounts did not fail
 * @param done what was to become of each account, such as “listed”
 */
export function concludeAccounts(
  failures: readonly AccountFailure[],
  succeeded: number,
  done: string,
): void {
  if (failures.length === 0) return;
  const codes = [...new Set(failures.map(({ error }) => error.code))];
  const hints = [...new Set(failures.flatMap(({ error }) => error.hint ?? []))];
  const exitCodes = failures.map(({ error }) => error.exitCode);
  throw new CliError(describeFailures(failures, succeeded, done), {
    exitCode: combinedExitCode(succeeded > 0 ? [...exitCodes, 0] : exitCodes),
    code: codes.length === 1 ? codes[0] : "PARTIAL",
    hint: hints.length > 1 ? "See what to do about each with `--json`." : hints[0],
  });
}

/** The failures as programs get them, beside the records of the accounts that went well. */
export function toFailureObjects(
  failures: readonly AccountFailure[],
): readonly { readonly profile: string; readonly error: ResultError }[] {
  return inOrder(failures).map(({ profile, error }) => ({ profile, error: toResultError(error) }));
}

function describeFailures(
  failures: readonly AccountFailure[],
  succeeded: number,
  done: string,
): string {
  const lines = inOrder(failures).map(({ profile, error: { message } }) =>
    message.includes(profile) ? message : `${profile}: ${message}`,
  );
  const [only] = lines;
  const total = failures.length + succeeded;
  if (only !== undefined && total === 1) return only;
  const rest = lines.length - mostLines;
  return [
    `${failures.length} of ${total} accounts ${failures.length === 1 ? "was" : "were"} not ${done}:`,
    ...lines.slice(0, mostLines).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join("\n");
}

/** They come in the order in which they happened, which is another one each time. */
function inOrder(failures: readonly AccountFailure[]): readonly AccountFailure[] {
  return failures.toSorted((a, b) => a.profile.localeCompare(b.profile, "en", { numeric: true }));
}
