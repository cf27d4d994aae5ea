import { CliError, ExitCode } from "../errors.ts";
import type { IO } from "../io/io.ts";
import type { OwnedSubscription } from "./inventory.ts";
import { type Result, toResultError } from "./results.ts";

export interface BulkOutcome {
  readonly results: readonly Result[];
  /** What made it senseless to go on: the results after that say “not-tried”. */
  readonly stoppedBy: unknown;
}

export interface BulkOptions {
  readonly io: Pick<IO, "progress" | "endProgress">;
  /** For the progress line, such as “Renewing”. */
  readonly doing: string;
  /** Whether one means a request; the others are not counted. */
  readonly takesTime?: (subscription: OwnedSubscription) => boolean;
}

/**
 * Works on subscriptions in order and stops for nothing but an interruption, a deadline or dead
 * credentials, which would meet all that follow too.
 */
export async function inBulk(
  chosen: readonly OwnedSubscription[],
  work: (subscription: OwnedSubscription) => Promise<Result>,
  { io, doing, takesTime = () => true }: BulkOptions,
): Promise<BulkOutcome> {
  const results: Result[] = [];
  const total = chosen.filter(takesTime).length;
  let begun = 0;
  let stoppedBy: unknown;
  for (const subscription of chosen) {
    const { id, profile } = subscription;
    if (stoppedBy !== undefined) {
      results.push({ id, profile, outcome: "not-tried", subscription });
      continue;
    }
    if (takesTime(subscription)) {
      begun += 1;
      io.progress(`${doing} ${begun} of ${total}`);
    }
    try {
      results.push(await work(subscription));
    } catch (error) {
      const { result, ends } = resultOfError({ id, profile, subscription }, error);
      results.push(result);
      if (ends) stoppedBy = error;
    }
  }
  io.endProgress();
  return { results, stoppedBy };
}

/** What became of the one that an error was about, and whether the error ends the run. */
export function resultOfError(
  about: Omit<Result, "outcome">,
  error: unknown,
): { readonly result: Result; readonly ends: boolean } {
  const told = error instanceof CliError && { error: toResultError(error) };
  return { result: { ...about, outcome: outcomeOf(error), ...told }, ends: endsTheRun(error) };
}

/** Whether an error would meet everything that follows, too. */
export function endsTheRun(error: unknown): boolean {
  if (!(error instanceof CliError)) return true;
  if (error.code === "INTERRUPTED" || error.code === "DEADLINE") return true;
  // A scope or a permission that is missing may be about one subscription's filters only.
  return error.exitCode === ExitCode.auth && !/^(?:CMN-|SUB-|HTTP_403$)/.test(error.code);
}

/** Permanent failures are told apart from passing ones. */
function outcomeOf(error: unknown): string {
  if (!(error instanceof CliError)) return "failed";
  if (error.code === "INTERRUPTED") return "interrupted";
  if (error.exitCode === ExitCode.notFound) return "gone";
  return error.exitCode === ExitCode.unavailable ? "try-later" : "refused";
}
