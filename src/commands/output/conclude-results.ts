import { CliError, ExitCode } from "../../errors.ts";
import { combinedExitCode, type Result } from "../../lifecycle/results.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";

/** More than one account can have; of ten thousand accounts nobody reads all lines. */
const mostLines = 60;

/** Counts what became of subscriptions, and forgets each at once: a fleet has very many. */
export interface ResultTally {
  /** How many subscriptions. */
  readonly total: number;
  add(results: readonly Result[]): void;
  /** An account was worked on to its end. */
  completeAccount(): void;
  addFailures(failures: readonly AccountFailure[]): void;
  /** How many came to what, as a sentence. */
  summarize(): string;
  /**
   * Returns where all is well, else throws one error with the exit code that everything comes to
   * together. `done` is what was to become of each, such as “deleted”.
   */
  conclude(done: string): void;
}

/** @param isMany whether the results are of many accounts, so that lines name theirs */
export function createTally(isMany = false): ResultTally {
  const outcomes = new Map<string, number>();
  const exitCodes = new Set<ExitCode>();
  const codes = new Set<string>();
  const hints = new Set<string>();
  const lines: string[] = [];
  const failedAccounts: string[] = [];
  let total = 0;
  let attentions = 0;
  let refusals = 0;
  let accounts = 0;

  function keep(line: string, { code, hint }: Pick<CliError, "code" | "hint">): void {
    codes.add(code);
    // Two are told apart from one, and no more.
    if (hint !== undefined && hints.size < 2) hints.add(hint);
    if (lines.length < mostLines) lines.push(line);
  }

  function describe(exitCode: ExitCode, done: string): string {
    const bad = attentions + refusals;
    if (bad === 1 && total === 1 && failedAccounts.length === 0) return lines[0] ?? "";
    const heading =
      exitCode === ExitCode.attention
        ? `${attentions} of ${total} ${attentions === 1 ? "wants" : "want"} attention`
        : `${refusals} of ${total} ${refusals === 1 ? "was" : "were"} not ${done}${attentions > 0 ? `, ${attentions} more ${attentions === 1 ? "wants" : "want"} attention` : ""}`;
    const failed = failedAccounts.length;
    const all = accounts + failed;
    const accountHeading = `${failed} of ${all} accounts failed`;
    const headings = [...(bad > 0 ? [heading] : []), ...(failed > 0 ? [accountHeading] : [])];
    const shown = [...lines, ...failedAccounts.toSorted()];
    const rest = bad + failed - Math.min(shown.length, mostLines);
    return [
      `${headings.join("; ")}:`,
      ...shown.slice(0, mostLines).map((line) => `  ${line}`),
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ].join("\n");
  }

  return {
    get total() {
      return total;
    },
    add(results) {
      // An account that has none is as well as one whose subscriptions all are.
      if (results.length === 0) exitCodes.add(ExitCode.ok);
      for (const { id, profile, outcome, error } of results) {
        total += 1;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        exitCodes.add(error?.exitCode ?? ExitCode.ok);
        if (!error) continue;
        if (error.exitCode === ExitCode.attention) attentions += 1;
        else refusals += 1;
        const line = error.message.includes(id) ? error.message : `${id}: ${error.message}`;
        keep(isMany ? `${profile}: ${line}` : line, { ...error, hint: error.hint });
      }
    },
    completeAccount() {
      accounts += 1;
    },
    addFailures(failures) {
      for (const { profile, error } of failures) {
        exitCodes.add(error.exitCode);
        codes.add(error.code);
        if (error.hint !== undefined && hints.size < 2) hints.add(error.hint);
        const { message } = error;
        failedAccounts.push(message.includes(profile) ? message : `${profile}: ${message}`);
      }
    },
    summarize() {
      const parts = [...outcomes].map(
        ([outcome, count]) => `${count} ${phrases.get(outcome) ?? outcome.replaceAll("-", " ")}`,
      );
      const all = accounts + failedAccounts.length;
      const prefix = isMany ? `${all} ${all === 1 ? "account" : "accounts"}: ` : "";
      return `${prefix}${parts.join(", ") || "no subscriptions"}.`;
    },
    conclude(done) {
      const exitCode = combinedExitCode([...exitCodes]);
      if (exitCode === ExitCode.ok) return;
      const [hint] = hints;
      const look = isMany
        ? "See what to do about each with `--json`."
        : "Look at each with `rcwh show <id>`.";
      throw new CliError(describe(exitCode, done), {
        exitCode,
        code: codes.size === 1 ? [...codes][0] : "PARTIAL",
        hint: hints.size > 1 ? look : hint,
      });
    },
  };
}

/**
 * Ends a run over several subscriptions. Returns where all is well, else throws one error with the exit
 * code that they come to together.
 *
 * @param done what was to become of each, such as “deleted”
 */
export function concludeResults(results: readonly Result[], done: string): void {
  const tally = createTally();
  tally.add(results);
  tally.conclude(done);
}

const phrases: ReadonlyMap<string, string> = new Map([
  ["would-renew", "would be renewed"],
  ["would-recover", "would be recovered"],
  ["would-recreate", "would be made anew"],
  ["disabled-filters", "renewed with disabled filters"],
  ["recreated", "made anew"],
  ["try-later", "to try later"],
]);
