import { CliError } from "../../errors.ts";
import { combinedExitCode, type ResultError, toResultError } from "../../lifecycle/results.ts";
import type { Lines } from "../../one-line.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";
import { listProblems } from "./list-problems.ts";

/**
 * Ends a run over many accounts. Returns if all succeeded, else throws one error with the combined exit code.
 *
 * @param succeeded number of accounts that did not fail
 * @param done what was to be done with each account, such as "listed"
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
    hint: hints.length > 1 ? "See what to do about each with `--json`." : hints[0]?.split("\n"),
  });
}

/** A failure as programs get it. */
export interface AccountFailureObject {
  readonly profile: string;
  readonly error: ResultError;
}

/** The failures as programs get them, beside the records of the accounts that succeeded. */
export function toFailureObjects(
  failures: readonly AccountFailure[],
): readonly AccountFailureObject[] {
  return byProfile(failures).map(({ profile, error }) => ({
    profile,
    error: toResultError(error),
  }));
}

function describeFailures(
  failures: readonly AccountFailure[],
  succeeded: number,
  done: string,
): Lines {
  const lines = byProfile(failures).map(({ profile, error: { message } }) =>
    message.includes(profile) ? message : `${profile}: ${message}`,
  );
  const [only] = lines;
  const total = failures.length + succeeded;
  if (only !== undefined && total === 1) return only;
  const verb = failures.length === 1 ? "was" : "were";
  return listProblems(`${failures.length} of ${total} accounts ${verb} not ${done}`, lines);
}

function byProfile(failures: readonly AccountFailure[]): readonly AccountFailure[] {
  // `localeCompare` with a locale would look that up for each of the pairs.
  const { compare } = new Intl.Collator("en", { numeric: true });
  return failures.toSorted((a, b) => compare(a.profile, b.profile));
}
