import { CliError, UsageError } from "../errors.ts";
import { StoreError } from "./store-error.ts";

/** A failed call of a store, explained; `isPassing` where it may work in a moment. */
export interface StoreFault {
  readonly error: CliError;
  readonly isPassing: boolean;
  /** Whether the store's server answered that it is starting. */
  readonly isStarting?: boolean;
}

/**
 * Explains what a store's client threw. A refusal of the credentials, or of the database, is a UsageError (exit 2): the
 * URL is wrong. Everything else is a StoreError (exit 5).
 *
 * @param name of the store, without its password
 * @param quote takes secrets out of a text of others
 */
export function explainFault(
  error: unknown,
  name: string,
  quote: (text: string) => string,
): StoreFault {
  if (error instanceof CliError) return { error, isPassing: error.code === "STORE" };
  // A bug of ours, such as a key that no store can keep.
  if (error instanceof RangeError || error instanceof TypeError) throw error;
  const [first = error] = error instanceof AggregateError ? error.errors : [];
  const { code = "" } = first as { readonly code?: unknown };
  const message = quote(first instanceof Error ? first.message : String(first)).replace(/\.$/, "");
  const fault = [[codes, String(code)] as const, [phrases, message] as const].flatMap(
    ([faults, text]) => faults.find(({ pattern }) => pattern.test(text)) ?? [],
  )[0];
  const options = { cause: error };
  const { kind = "unreachable", reason = message, hint = usualHint } = fault ?? {};
  switch (kind) {
    case "refused":
      return {
        error: new UsageError(
          `The store ${name} refused this run: ${reason.replace(/[.?!]?$/, ".")}`,
          hint,
          options,
        ),
        isPassing: false,
      };
    case "insecure":
      return {
        error: new StoreError(`Cannot trust the store ${name}: ${message}.`, hint, options),
        isPassing: false,
      };
    default: {
      const text = `Cannot use the store ${name}: ${reason}.`;
      return {
        error: new StoreError(text, hint, options),
        isPassing: true,
        isStarting: fault?.isStarting ?? false,
      };
    }
  }
}

interface Fault {
  readonly pattern: RegExp;
  readonly kind?: "refused" | "insecure";
  /** Instead of the message. */
  readonly reason?: string;
  readonly hint?: string;
  readonly isStarting?: true;
}

const usualHint = "Start its server, or correct its URL, then try again.";
const otherUrl = "Check the user, the password and the database of the URL in RCWH_STORE.";
const primary =
  "Name the primary server in RCWH_STORE, or wait until this one becomes the primary.";

/** By the system's codes, Node's, and PostgreSQL's (its documentation, appendix A). */
const codes: readonly Fault[] = [
  { pattern: /^ECONNREFUSED$/, reason: "connection refused" },
  { pattern: /^(?:ENOTFOUND|EAI_AGAIN)$/, reason: "its host name cannot be resolved" },
  { pattern: /^(?:EHOSTUNREACH|ENETUNREACH)$/, reason: "there is no route to it" },
  { pattern: /^(?:ECONNRESET|EPIPE)$/, reason: "the connection was cut" },
  { pattern: /^ETIMEDOUT$/, reason: "it did not answer in time" },
  { pattern: /^(?:28|3D000|42501)/, kind: "refused", hint: otherUrl },
  { pattern: /^25006$/, hint: primary },
  { pattern: /^57P0[1-3]$/, isStarting: true },
  { pattern: /^53[12]00$/, hint: "Give the database more disk space or memory, then try again." },
  {
    pattern: /CERT|^UNABLE_TO_|^ERR_(?:TLS|SSL)/,
    kind: "insecure",
    hint: "Name its certificate authority with NODE_EXTRA_CA_CERTS, or for PostgreSQL with sslrootcert in the URL.",
  },
];

/** By what Redis and the drivers say. */
const phrases: readonly Fault[] = [
  {
    pattern: /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR DB index)/,
    kind: "refused",
    hint: otherUrl,
  },
  {
    pattern: /client password must be/i,
    kind: "refused",
    reason: "it asks for a password",
    hint: otherUrl,
  },
  { pattern: /^SASL|no PostgreSQL user name/, kind: "refused", hint: otherUrl },
  { pattern: /^(?:READONLY|MASTERDOWN)/, hint: primary },
  { pattern: /^LOADING/, isStarting: true },
  { pattern: /^OOM/, hint: "Give Redis more memory, then try again." },
  { pattern: /^MOVED/, hint: "Use a Redis server that is not part of a cluster." },
  {
    pattern: /does not support SSL/i,
    kind: "insecure",
    hint: "Set ssl to on in postgresql.conf, or leave out sslmode.",
  },
  { pattern: /timeout expired|Query read timeout/, reason: "it did not answer in time" },
];
