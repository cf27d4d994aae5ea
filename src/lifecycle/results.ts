import { checksOf } from "../api/errors.ts";
import { CliError, ExitCode } from "../errors.ts";
import { naming } from "../subscriptions/name.ts";
import type { OwnedSubscription, RecordedSubscription } from "./inventory.ts";

/**
 * What became of a subscription. `refused` is permanent, `try-later` passes. Those that begin with
 * `would-` come from a dry run.
 */
export type Outcome =
  | "created"
  | "adopted"
  | "updated"
  | "replaced"
  | "renewed"
  | "not-due"
  | "unchanged"
  | "degraded"
  | "disabled-filters"
  | "blacklisted"
  | "shortened"
  | "recovered"
  | "recreated"
  | "deleted"
  | "duplicate"
  | "forgotten"
  | "gone"
  | "malformed"
  | "skipped"
  | "unfinished"
  | "refused"
  | "try-later"
  | "not-tried"
  | "interrupted"
  | "failed"
  | "would-create"
  | "would-renew"
  | "would-recover"
  | "would-recreate"
  | "would-update"
  | "would-replace"
  | "would-delete"
  | "would-forget";

/** What became of one subscription of several. */
export interface Result {
  readonly id: string;
  readonly profile: string;
  readonly outcome: Outcome;
  /** The webhook of a manifest that it is. */
  readonly webhook?: string;
  /** As it is now. */
  readonly subscription?: OwnedSubscription;
  /** What rcwh has on record of one that the server no longer has. */
  readonly recorded?: RecordedSubscription;
  /** The id of its replacement. */
  readonly newId?: string;
  /** Of one that is moved: the URL to deliver to. */
  readonly newAddress?: string | undefined;
  readonly gap?: Gap;
  readonly error?: ResultError;
}

/**
 * When a subscription that was replaced was blacklisted: the events of this time are lost. RFC 3339, by the server's clock;
 * `from` is absent where the server does not say.
 */
export interface Gap {
  readonly from?: string;
  readonly to: string;
}

export interface ResultError {
  /** RingCentral's code, or a word of our own such as `EXPIRED`. */
  readonly code: string;
  readonly message: string;
  /** What to do, with a command. */
  readonly hint?: string | undefined;
  readonly exitCode: ExitCode;
  /** For a refused endpoint: what a look at it from here found. */
  readonly checks?: readonly object[];
}

/** What became of one that exists afterwards. */
export interface ExistingResult extends Result {
  readonly subscription: OwnedSubscription;
}

/** A failure as part of the results. Rethrows anything but a CliError: that is a bug. */
export function toResultError(error: unknown): ResultError {
  if (!(error instanceof CliError)) throw error;
  const { code, message, hint, exitCode } = error;
  const checks = checksOf(error);
  const reported: ResultError = {
    code,
    message,
    exitCode,
    ...(hint !== undefined && { hint }),
    ...(checks && { checks }),
  };
  failures.set(reported, error);
  return reported;
}

const failures = new WeakMap<ResultError, CliError>();

/** The failure that a result tells of, for those who want to know more; undefined where nothing failed. */
export function failureOf(error: ResultError): CliError | undefined {
  return failures.get(error);
}

/** A message about a result that names its subscription, as far as it is known. */
export function nameResult(message: string, { id, subscription, recorded }: Result): string {
  return naming(message, { ...(subscription ?? recorded), id });
}

/**
 * The exit code of several outcomes: all failed alike, that code; some failed, or in different ways, 7;
 * otherwise 8 if anything needs attention, and 0 if nothing does.
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
