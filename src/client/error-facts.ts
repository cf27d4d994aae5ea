import { ApiError, DeadlineError } from "../api/errors.ts";
import { CliError, ExitCode, Interruption } from "../errors.ts";
import { OptionError } from "./checked-options.ts";

/** What `RcwhError` tells. */
export interface ErrorFacts {
  readonly message: string;
  /** RingCentral's code, such as `SUB-522`, or a word of rcwh's own, such as `NETWORK`, `LOCKED` or `DUPLICATE`. */
  readonly code: string;
  /**
   * Whether trying again later is pointless: it takes a change of the request, the credentials, the endpoint or the app.
   * False for what passes by itself: a network fault, a rate limit, a server in trouble, a lock, a deadline, an endpoint that
   * cannot be reached (`SUB-521`).
   */
  readonly permanent: boolean;
  /** The HTTP status of RingCentral's refusal. */
  readonly status?: number;
  /** `RCRequestId`, which RingCentral's support asks for. */
  readonly requestId?: string;
  /** Seconds to wait before trying again. */
  readonly retryAfter?: number;
}

/** Refusals that pass by themselves: the endpoint may be starting again. */
export const passes: ReadonlySet<string> = new Set(["SUB-521"]);

/** What is known of a failure. `clean` takes the secrets out. */
export function factsOf(error: unknown, clean: (text: string) => string): ErrorFacts {
  if (error instanceof OptionError) {
    return { message: clean(error.message), code: "USAGE", permanent: true };
  }
  if (!(error instanceof CliError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { message: clean(message), code: "UNEXPECTED", permanent: true };
  }
  const { message, code, exitCode } = error;
  const origin = originOf(error);
  const status = origin instanceof ApiError ? origin.status : undefined;
  const requestId = origin instanceof ApiError ? origin.requestId : undefined;
  const retryAfter = origin?.retryAfter;
  return {
    message: clean(message),
    code,
    permanent:
      !passes.has(code) && exitCode !== ExitCode.unavailable && !(error instanceof Interruption),
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
