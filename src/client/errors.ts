import { ApiError, DeadlineError } from "../api/errors.ts";
import { CliError, ExitCode, Interruption } from "../errors.ts";
import { OptionError } from "./checked-options.ts";
import type { SubscriptionResult } from "./results.ts";

/** What `RcwhError` tells. */
export interface ErrorFacts {
  readonly message: string;
  /** RingCentral's code, such as `SUB-522`, or a word of rcwh's own, such as `NETWORK`, `LOCKED` or `DUPLICATE`. */
  readonly code: string;
  /**
   * Whether trying again later is pointless: it takes a change of the request, the credentials, the endpoint or the app.
   * False for what passes by itself: a network fault, a rate limit, a server in trouble, a lock, a deadline.
   */
  readonly permanent: boolean;
  /** The HTTP status of RingCentral's refusal. */
  readonly status?: number;
  /** `RCRequestId`, which RingCentral's support asks for. */
  readonly requestId?: string;
  /** Seconds to wait before trying again. */
  readonly retryAfter?: number;
}

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

/** What is known of a failure. `clean` takes the secrets out. */
export function factsOf(error: unknown, clean: (text: string) => string): ErrorFacts {
  if (error instanceof OptionError) {
    return { message: clean(error.message), code: "USAGE", permanent: true };
  }
  if (!(error instanceof CliError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { message: clean(message), code: "BUG", permanent: true };
  }
  const { message, code, exitCode } = error;
  const origin = originOf(error);
  const status = origin instanceof ApiError ? origin.status : undefined;
  const requestId = origin instanceof ApiError ? origin.requestId : undefined;
  const retryAfter = origin?.retryAfter;
  return {
    message: clean(message),
    code,
    permanent: exitCode !== ExitCode.unavailable && !(error instanceof Interruption),
    ...(status !== undefined && { status }),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** The answer, or the missing one, that an error is about; errors that say more name it as their cause. */
function originOf(error: unknown): ApiError | DeadlineError | undefined {
  if (error instanceof ApiError || error instanceof DeadlineError) return error;
  return error instanceof CliError ? originOf(error.cause) : undefined;
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
