import { CliError, Interruption } from "../errors.ts";
import { type ErrorFacts, factsOf } from "./error-facts.ts";
import type { SubscriptionResult } from "./results.ts";

/** The only error that a client's methods reject with. Messages hold no secrets. */
export class RcwhError extends Error implements ErrorFacts {
  override readonly name = "RcwhError";
  readonly code: string;
  readonly permanent: boolean;
  declare readonly status?: number;
  declare readonly requestId?: string;
  declare readonly retryAfter?: number;
  /** What was done until then, where a method works on several subscriptions. */
  declare readonly results?: readonly SubscriptionResult[];

  constructor(
    { message, ...facts }: ErrorFacts,
    options: ErrorOptions & { readonly results?: readonly SubscriptionResult[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = facts.code;
    this.permanent = facts.permanent;
    const { results } = options;
    Object.assign(this, facts, results && { results });
  }
}

/** As methods reject with it. The cause of a bug is the error itself, with its stack. */
export function toRcwhError(
  error: unknown,
  clean: (text: string) => string,
  results?: readonly SubscriptionResult[],
): RcwhError {
  if (error instanceof RcwhError) return error;
  const cause = error instanceof Interruption || !(error instanceof CliError) ? causeOf(error) : {};
  return new RcwhError(factsOf(error, clean), { ...cause, ...(results && { results }) });
}

function causeOf(error: unknown): ErrorOptions {
  return { cause: error instanceof Interruption ? error.cause : error };
}
