import { UsageError } from "../errors.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { redactAddress } from "../machine/redact.ts";

/** The beginning of URLs: a host, with or without a path. */
export interface AddressPrefix {
  /** As it was given, for messages. */
  readonly text: string;
  /** Scheme, host in lower case, and port unless it is the scheme's own: `https://example.com`. */
  readonly origin: string;
  /** Empty for a whole host. With a slash at its end it begins longer paths only. */
  readonly path: string;
}

/** Reads a prefix of http or https URLs. Throws UsageError that names `flag`. */
export function parseAddressPrefix(text: string, flag: string): AddressPrefix {
  const refuse = (problem: string) =>
    new UsageError(
      `Invalid ${flag} value "${redactAddress(text)}": ${problem}.`,
      `Use a scheme and a host, with or without a path, such as ${flag} https://example.com/hooks.`,
    );
  const parts = partsOf(text);
  if (!parts) throw refuse("must be the beginning of a URL");
  if (parts.user !== "") throw refuse("it has a user name");
  if (/[?#]/.test(text)) throw refuse("it has a query or a fragment");
  return { text, origin: parts.origin, path: parts.path === "/" ? "" : parts.path };
}

/** Whether two prefixes begin the same URLs. */
export function samePrefix(one: AddressPrefix, other: AddressPrefix): boolean {
  return one.origin === other.origin && withoutSlash(one.path) === withoutSlash(other.path);
}

/**
 * Whether a URL begins with the prefix: the same scheme, host and port, and the same path or one below it.
 * `https://example.com/x` does not match `https://example.com/xy`.
 */
export function beginsWith(address: string, prefix: AddressPrefix): boolean {
  return restBelow(partsOf(address), prefix) !== undefined;
}

/**
 * The URL with `to` in place of `from`, and the rest, query included, as it is. Undefined for one that does not begin with
 * `from`, or begins with `to` where that lies below `from`: it has been moved.
 */
export function movedAddress(
  address: string,
  from: AddressPrefix,
  to: AddressPrefix,
): string | undefined {
  const parts = partsOf(address);
  const rest = restBelow(parts, from);
  if (!parts || rest === undefined) return undefined;
  const isBelow = restBelow({ ...parts, origin: to.origin, path: to.path }, from) !== undefined;
  if (isBelow && restBelow(parts, to) !== undefined) return undefined;
  const [scheme = "", host = ""] = to.origin.split("://");
  const path = rest === "" ? to.path : withoutSlash(to.path) + rest;
  return `${scheme}://${parts.user}${host}${path}${parts.end}`;
}

interface Parts {
  readonly origin: string;
  /** With its `@`; empty without one. */
  readonly user: string;
  /** Empty where the URL has none. */
  readonly path: string;
  /** Query and fragment, unchanged. */
  readonly end: string;
}

function partsOf(address: string): Parts | undefined {
  // The URL parser repairs or ignores them, each in its own way.
  if (/[\s\p{Cc}\\]/u.test(address)) return undefined;
  const written = /^https?:\/\/([^/?#]*@)?[^/?#]+([^?#]*)(.*)$/is.exec(address);
  const url = parseUrl(address);
  if (!written || !url || url.host === "") return undefined;
  const [, user = "", path = "", end = ""] = written;
  // `..` is resolved before anything is called.
  const origin = `${url.protocol}//${url.host}`;
  return { origin, user, path: path === "" ? "" : url.pathname, end };
}

/** What follows the prefix in the path; undefined where the prefix is another. */
function restBelow(parts: Parts | undefined, prefix: AddressPrefix): string | undefined {
  if (parts?.origin !== prefix.origin) return undefined;
  const { path } = parts;
  const begin = withoutSlash(prefix.path);
  if (path === begin && !prefix.path.endsWith("/")) return "";
  return path.startsWith(`${begin}/`) ? path.slice(begin.length) : undefined;
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
