import { CliError, reworded } from "../errors.ts";
import { StoreError, StoreRefusal } from "./store-error.ts";

interface Fault {
  /** Tested on `<code> <message>`, or on the message where there is no code. */
  readonly pattern: RegExp;
  /** Whether it lasts until somebody changes the URL, the user's rights or the server. */
  readonly isRefusal?: true;
  /** Instead of the message. */
  readonly reason?: string;
  readonly hint?: string;
  /** Whether the store's server answered that it is starting. */
  readonly isStarting?: true;
}

const login =
  "Check the user, the password and the database in the store's URL, and the user's rights.";
const primary = "Use the URL of the primary server, or wait until this one becomes the primary.";

/**
 * The faults of all stores, for the commands and for `rcwh/client`; the first that fits counts, and what fits none
 * passes. Codes of five characters are PostgreSQL's (its documentation, appendix A), the words in capitals before a
 * message are those of Redis, and the other codes are Node's.
 */
const faults: readonly Fault[] = [
  { pattern: /^ECONNREFUSED/, reason: "connection refused" },
  { pattern: /^(?:ENOTFOUND|EAI_AGAIN)/, reason: "its host name cannot be resolved" },
  { pattern: /^(?:EHOSTUNREACH|ENETUNREACH)/, reason: "no route to host" },
  { pattern: /^(?:ECONNRESET|EPIPE)/, reason: "the connection was cut" },
  { pattern: /^ETIMEDOUT|timeout expired|Query read timeout/, reason: "it did not answer in time" },
  {
    pattern: /^(?:\w*CERT|UNABLE_TO_)/,
    hint: "Name its certificate authority with NODE_EXTRA_CA_CERTS, or for PostgreSQL with sslrootcert in the URL.",
  },
  {
    pattern: /does not support SSL/,
    isRefusal: true,
    hint: "Set ssl to on in postgresql.conf, or leave out sslmode.",
  },
  {
    pattern: /client password must be/,
    isRefusal: true,
    reason: "it asks for a password",
    hint: login,
  },
  { pattern: /^(?:28|3D000|42501)|^SASL|no PostgreSQL user name/, isRefusal: true, hint: login },
  // Of the poolers PgBouncer and Supavisor, under codes that also stand for what passes.
  {
    pattern: /password authentication failed|no such database|tenant.* not found/i,
    isRefusal: true,
    hint: login,
  },
  {
    pattern:
      /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR DB index|ERR The user executing|ERR Protocol error: unauthenticated)/,
    isRefusal: true,
    hint: login,
  },
  {
    pattern: /^MOVED/,
    isRefusal: true,
    hint: "Use a Redis server that is not part of a cluster, or the client of a cluster.",
  },
  // Of node-redis, which connects only when it is told to.
  { pattern: /^The client is closed/, reason: "the client is closed; call its connect() first" },
  { pattern: /^(?:25006|READONLY|MASTERDOWN)/, hint: primary },
  {
    pattern: /^(?:57P0[1-3]|LOADING)/,
    isStarting: true,
    hint: "Wait until its server has started, then try again.",
  },
  {
    pattern: /^(?:53300|ERR max number of clients)|max clients reached/i,
    hint: "Run fewer processes at a time, or allow the store more connections, then try again.",
  },
  {
    pattern: /^(?:53[12]00|OOM|MISCONF)/,
    hint: "Give the store's server more disk space or memory, then try again.",
  },
  // Connections, transactions, conflicts, resources, the operator and the system below pass.
  { pattern: /^(?!08|25|40|5[3578])\d[\dA-Z]{4}\b/, isRefusal: true },
  { pattern: /^(?:ERR (?!max )|WRONGTYPE|NOSCRIPT|DENIED)/, isRefusal: true },
];

/** What a store threw, explained: a StoreError passes, a StoreRefusal lasts, and a bug is as it was. */
export type StoreFault =
  | {
      readonly isPassing: true;
      readonly error: CliError;
      /** Whether the store's server answered that it is starting. */
      readonly isStarting: boolean;
    }
  | { readonly isPassing: false; readonly error: unknown };

/**
 * Explains what a store threw. Quotes its client without passwords.
 *
 * @param name of the store, if it is known, without its password
 * @param quote takes further secrets out of a text of others
 */
export function explainFault(
  error: unknown,
  name?: string,
  quote: (text: string) => string = String,
): StoreFault {
  const known = explained(error);
  if (known?.code === "STORE") return { isPassing: true, error: known, isStarting: false };
  if (known || error instanceof RangeError || isBug(error)) {
    return { isPassing: false, error: known ?? error };
  }
  const { code, message } = sourceOf(error);
  const said = firstSentence(message);
  const text = [code, said].filter(Boolean).join(" ");
  const fault: Partial<Fault> = faults.find(({ pattern }) => pattern.test(text)) ?? {};
  const quoted = quote(withoutPasswords(said));
  const reason = fault.reason ?? (quoted || code || "it gives no reason");
  const failure = `Cannot use the store${name === undefined ? "" : ` ${name}`}: ${reason}.`;
  const options = { cause: Object.assign(new Error(reason), { code }) };
  if (fault.isRefusal) {
    const { hint = "Check the store and its URL, then try again." } = fault;
    return { isPassing: false, error: new StoreRefusal(failure, hint, options) };
  }
  const { hint = "Start its server, or correct its URL, then try again." } = fault;
  return {
    isPassing: true,
    error: new StoreError(failure, hint, options),
    isStarting: fault.isStarting === true,
  };
}

/** What is explained already, also by `rcwh/client/file-store`, which has classes of its own where it is another bundle. */
function explained(error: unknown): CliError | undefined {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error) || !("exitCode" in error)) return undefined;
  return reworded(error as CliError, error.message.split("\n"));
}

/** Of these, only those of `fetch` are no bugs. */
function isBug(error: unknown): boolean {
  const isTypical = error instanceof TypeError || error instanceof ReferenceError;
  return isTypical && !/fetch|network|request|connect/i.test(error.message);
}

/**
 * The error that tells most: the cause with a code, such as the driver's below a query builder's, or one of those for each
 * address of a name, of which an AggregateError's own message says nothing.
 */
function sourceOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message, cause, errors } = Object(error) as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly cause?: unknown;
    readonly errors?: readonly unknown[];
  };
  const own = {
    code: typeof code === "string" ? code : "",
    message: typeof message === "string" ? message : String(error),
  };
  const inner = errors?.[0] ?? cause;
  if ((own.code !== "" && own.message !== "") || inner === undefined) return own;
  const source = sourceOf(inner);
  return source.code !== "" || own.message === "" ? source : own;
}

/** Without what may follow: advice, or the statement or command itself, which may hold secrets. */
function firstSentence(message: string): string {
  const [first = ""] = message
    // What a script met, in Redis up to 6.
    .replace(/^ERR Error running script .*: -?(?=[A-Z]+ )/, "")
    .split(/[.?!]\s|\n| script: \w+, on @|, command was: /, 1);
  return first.replace(/(?<![.?!])[.?!]+$/, "");
}

/** A user's name and password in an address, which may hold any character. */
function withoutPasswords(text: string): string {
  return text
    .replace(/:\/\/[^\s"'<>]+/g, (rest) => rest.replace(/^:\/\/.*@/, "://…@"))
    .replace(/([?&;\s]password=)[^&;\s"']*/gi, "$1…");
}
