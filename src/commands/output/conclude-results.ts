import { CliError, ExitCode } from "../../errors.ts";
import { combinedExitCode, nameResult, type Result } from "../../lifecycle/results.ts";
import { addTallies, emptyTally, tallyResults } from "../../lifecycle/tally.ts";
import type { Lines } from "../../one-line.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";
import { pluralize } from "../../phrases.ts";
import { type Hinted, hintsByKind } from "./hints.ts";
import { listProblems, needAttention } from "./list-problems.ts";

/** More than one account can have, and few enough to read for ten thousand accounts. */
const maximumLines = 60;

/** Sums up results for the summary line and the final error. Keeps no results: a fleet has very many. */
export interface ResultSummary {
  /** Number of subscriptions. */
  readonly total: number;
  /** Adds the results of one account. */
  add(results: readonly Result[]): void;
  /** Counts an account that did not fail. */
  completeAccount(): void;
  addFailures(failures: readonly AccountFailure[]): void;
  /** Says how many subscriptions had which outcome. */
  summarize(): string;
  /**
   * Returns if everything succeeded, else throws one error with the combined exit code. `done` says what
   * was to be done with each subscription, such as "deleted".
   */
  conclude(done: string): void;
}

/** @param isMany whether there are several accounts, so that each line names its own */
export function createResultSummary(isMany = false): ResultSummary {
  const failureCodes = new Set<ExitCode>();
  const codes = new Set<string>();
  const hinted: Hinted[] = [];
  const lines: string[] = [];
  const failedAccounts: string[] = [];
  let tally = emptyTally;
  let completed = 0;

  function keepError(
    id: string,
    { code, hint }: { readonly code: string; readonly hint?: string | undefined },
  ) {
    codes.add(code);
    if (hinted.length < maximumLines) hinted.push({ id, hint });
  }

  function describe(exitCode: ExitCode, done: string): Lines {
    const { total, attention, failed } = tally;
    const errors = attention + failed;
    if (errors === 1 && total === 1 && failedAccounts.length === 0) return lines[0] ?? "";
    const others =
      attention === 0 ? "" : `, ${attention} more need${attention === 1 ? "s" : ""} attention`;
    const heading =
      exitCode === ExitCode.attention
        ? needAttention(attention, total)
        : `${failed} of ${total} ${failed === 1 ? "was" : "were"} not ${done}${others}`;
    const accounts = completed + failedAccounts.length;
    const accountHeading =
      accounts === 1
        ? "The only account failed"
        : `${failedAccounts.length} of ${accounts} accounts failed`;
    const headings = [
      ...(errors > 0 ? [heading] : []),
      ...(failedAccounts.length > 0 ? [accountHeading] : []),
    ];
    return listProblems(
      headings.join("; "),
      [...lines, ...failedAccounts.toSorted()],
      maximumLines,
      errors + failedAccounts.length,
    );
  }

  return {
    get total() {
      return tally.total;
    },
    add(results) {
      tally = addTallies(tally, tallyResults(results));
      for (const result of results) {
        const { id, profile, error } = result;
        if (!error) continue;
        keepError(id, error);
        if (lines.length >= maximumLines) continue;
        const line = nameResult(error.message, result);
        lines.push(isMany ? `${profile}: ${line}` : line);
      }
    },
    completeAccount() {
      completed += 1;
    },
    addFailures(failures) {
      for (const { profile, error } of failures) {
        failureCodes.add(error.exitCode);
        keepError(profile, error);
        const { message } = error;
        failedAccounts.push(message.includes(profile) ? message : `${profile}: ${message}`);
      }
    },
    summarize() {
      const parts = Object.entries(tally.outcomes).map(
        ([outcome, count]) => `${count} ${phrases.get(outcome) ?? outcome.replaceAll("-", " ")}`,
      );
      const accounts = completed + failedAccounts.length;
      const prefix = isMany ? `${pluralize(accounts, "account")}: ` : "";
      return `${prefix}${parts.join(", ") || "no subscriptions"}.`;
    },
    conclude(done) {
      const exitCode = combinedExitCode([...new Set([...tally.exitCodes, ...failureCodes])]);
      if (exitCode === ExitCode.ok) return;
      const hint = hintsByKind(hinted);
      // Of several accounts, a command would be about one of them only.
      const isMixed = isMany && new Set(hinted.map((each) => each.hint)).size > 1;
      throw new CliError(describe(exitCode, done), {
        exitCode,
        code: codes.size === 1 ? [...codes][0] : "PARTIAL",
        hint: isMixed ? "See what to do about each with `--json`." : hint,
      });
    },
  };
}

/** Ends a command that worked on several subscriptions of one account; see `ResultSummary.conclude`. */
export function concludeResults(results: readonly Result[], done: string): void {
  const summary = createResultSummary();
  summary.add(results);
  summary.conclude(done);
}

const phrases: ReadonlyMap<string, string> = new Map([
  ["would-create", "would be created"],
  ["would-update", "would be updated"],
  ["would-replace", "would be replaced"],
  ["would-delete", "would be deleted"],
  ["would-renew", "would be renewed"],
  ["would-recover", "would be recovered"],
  ["would-recreate", "would be re-created"],
  ["disabled-filters", "renewed with disabled filters"],
  ["recreated", "re-created"],
  ["try-later", "to retry later"],
]);
