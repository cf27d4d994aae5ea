import type { CliError } from "../errors.ts";
import { resultOfError } from "../lifecycle/bulk.ts";
import type { Result } from "../lifecycle/results.ts";

/** A webhook whose extensions are not known now: it keeps the filters that it has. */
export interface HeldWebhook {
  readonly name: string;
  readonly error: CliError;
  /** The error and what to do about it, on one line. */
  readonly remark: string;
}

export function describeHeld({ message, hint = "" }: CliError): string {
  return `${message} ${hint}`.replaceAll("\n", " ").trim();
}

/** What became of it, beside the results of its subscriptions. */
export function resultOfHeld({ name, error }: HeldWebhook, profile: string): Result {
  const { result } = resultOfError({ id: "", profile, webhook: name }, error);
  return error.code === "HELD_BACK" ? { ...result, outcome: "skipped" } : result;
}
