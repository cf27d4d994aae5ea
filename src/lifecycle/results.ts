import { checksOf } from "../api/errors.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { OwnedSubscription } from "./inventory.ts";

/** What became of one of several subscriptions. */
export interface Result {
  readonly id: string;
  readonly profile: string;
  readonly outcome: string;
  /** As it is now. */
  readonly subscription?: OwnedSubscription;
  /** The id of its replacement. */
  readonly newId?: string;
  /** The events of this time are lost: it was blacklisted. RFC 3339; `from` is absent where the server does not say. */
  readonly gap?: { readonly from?: string; readonly to: string };
  readonly error?: ResultError;
}

export interface ResultError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: ExitCode;
  /** What was found, from here, about an endpoint that is refused. */
  readonly checks?: readonly object[];
}

/** A failure as part of the results. Anything we cannot explain goes on as the bug that it is. */
export function toResultError(error: unknown): ResultError {
  if (!(error instanceof CliError)) throw error;
  const { code, message, hint, exitCode } = error;
  const checks = checksOf(error);
  return {
    code,
    message,
    exitCode,
    ...(hint !== undefined && { hint }),
    ...(checks && { checks }),
  };
}

/**
 * The exit code of several outcomes: all failed alike, that code; some failed or in different ways, 7;
 * else 8 if anything wants attention; else 0.
 */
export function combinedExitCode(exitCodes: readonly ExitCode[]): ExitCode {
  const failures = exitCodes.filter((code) => code !== ExitCode.ok && code !== ExitCode.attention);
  const [first] = failures;
  if (first === undefined) {
    return exitCodes.includes(ExitCode.attention) ? ExitCode.attention : ExitCode.ok;
  }
  const alike = failures.length === exitCodes.length && failures.every((code) => code === first);
  return alike ? first : ExitCode.partial;
}
