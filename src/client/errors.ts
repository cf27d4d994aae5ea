import { CliError, Interruption, reworded } from "../errors.ts";
import { oneLine } from "../one-line.ts";
import { type ErrorFacts, factsOf } from "./error-facts.ts";
import type { SubscriptionResult } from "./results.ts";

/**
 * The only error that a client's methods reject with, and that `createClient` and the stores throw for invalid options.
 * Messages hold no secrets. Errors of `import` and of `require` are instances of either's class.
 */
export class RcwhError extends Error implements ErrorFacts {
  static {
    // What minifies us renames the class, and a program may have it twice.
    Object.defineProperty(RcwhError, "name", { value: "RcwhError" });
    Object.defineProperty(RcwhError, Symbol.hasInstance, {
      value(this: unknown, value: unknown) {
        if (this !== RcwhError) return Function.prototype[Symbol.hasInstance].call(this, value);
        return value instanceof Error && value.name === "RcwhError";
      },
    });
  }

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

/** Throws what `create` throws as a method would reject with it. */
export function withUsageErrors<Created>(create: () => Created): Created {
  try {
    return create();
  } catch (error) {
    const isHinted = error instanceof CliError && error.hint !== undefined;
    throw toRcwhError(
      isHinted ? reworded(error, `${error.message} ${error.hint}`) : error,
      oneLine,
    );
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
