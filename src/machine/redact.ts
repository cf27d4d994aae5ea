import { stripEscapeSequences } from "../one-line.ts";

const placeholder = "[redacted]";

/** Members and form fields whose values are always secret. */
const secretName =
  /^(?:access_?token|refresh_?token|id_?token|ws_?access_?token|token|assertion|jwt|client_?secret|verification_?token|validation_?token|password|authorization|encryption_?key|secret_?key)$/i;

/** Removes secrets from traces and from messages of a server. */
export interface Redactor {
  /** From now on these are taken out wherever they occur, also percent-encoded or escaped for JSON. */
  add(...secrets: readonly (string | undefined)[]): void;
  /** One line of prose, its URLs as `redactAddress` shows them. */
  text(text: string): string;
  /** A JSON, form or text body, as one line. */
  body(text: string): string;
  /** JSON from outside, with the secrets taken out and whole URLs and everything else as they are. */
  json(value: unknown): unknown;
}

export function createRedactor(): Redactor {
  let known: readonly string[] = [];

  return {
    add(...secrets) {
      const longEnough = secrets.filter((secret) => secret !== undefined && secret.length >= 4);
      const all = new Set([...known, ...longEnough.flatMap((secret) => spellings(secret ?? ""))]);
      // The longest first, so that a secret that contains another leaves nothing behind.
      known = [...all].sort((one, other) => other.length - one.length);
    },
    text: (text) => redactText(text, known),
    body: (text) => redactBody(text, known),
    json: (value) => redactValue(value, (text) => redactMember(text, known)),
  };
}

/**
 * An address as people may see it: a query string, a fragment and a user's name and password often
 * carry a secret, so each becomes `…` unless `show` is set (`--show-secrets`).
 */
export function redactAddress(address: string, show = false): string {
  if (show) return address;
  // A URL inside JSON may have escaped slashes.
  const parts = /^([a-z][a-z0-9+.-]*:(?:\\?\/){2})?([^/?#]*@)?([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(
    address,
  );
  if (!parts) return "…";
  const [, scheme = "", user = "", rest = "", query = "", fragment = ""] = parts;
  return `${scheme}${user && "…@"}${rest}${elide(query)}${elide(fragment)}`;
}

function elide(part: string): string {
  return part.length > 1 ? `${part.charAt(0)}…` : part;
}

/** The same for each URL in a text. */
export function redactAddressesIn(text: string): string {
  return text.replace(/\b(?:http|ws)s?:(?:\\?\/){2}[^\s"'<>]*/gi, (url) => redactAddress(url));
}

/** The text without line breaks, escape sequences and invisible characters, which could fake a terminal's output. */
export function singleLine(text: string): string {
  return stripEscapeSequences(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

/** At most `length` characters, with `…` where something is missing. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function spellings(secret: string): readonly string[] {
  const percentEncoded = encodeURIComponent(wellFormed(secret));
  return [
    secret,
    singleLine(secret),
    percentEncoded,
    percentEncoded.replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
  ].filter((spelling) => spelling.length >= 4);
}

/** Half a surrogate pair cannot be percent-encoded. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function redactText(text: string, known: readonly string[]): string {
  // The known ones go first and over the whole text: a cut through the middle of one would hide it from this search,
  // and so would an escape sequence that takes its first letter along. Others are whole only without the sequences.
  const visible = hideSecrets(shorten(hide(singleLine(hide(text, known)), known), 50_000), known);
  return redactAddressesIn(visible);
}

/** Known secrets, and what looks like one. */
function hideSecrets(text: string, known: readonly string[]): string {
  return hide(text, known)
    .replace(/\b(Bearer|Basic)\s+[\w+/=.~-]{16,}/gi, `$1 ${placeholder}`)
    .replace(/\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?/g, placeholder)
    .replace(
      /(access_token|refresh_token|assertion|client_?secret|verification_?token|encryption_?key|secret_?key)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s&,;}"']+)/gi,
      `$1$2${placeholder}`,
    );
}

function hide(text: string, known: readonly string[]): string {
  return known.reduce((rest, secret) => rest.replaceAll(secret, placeholder), text);
}

function redactBody(text: string, known: readonly string[]): string {
  if (/^\s*[[{"]/.test(text) && text.length < 200_000) {
    try {
      return JSON.stringify(redactValue(JSON.parse(text), (each) => redactTraced(each, known)));
    } catch {
      // Not JSON, or nested too deeply: then it is text.
    }
  }
  if (/^[\w.~%+*-]+=[^\s<>]*$/.test(text)) return redactForm(text, known);
  return redactText(text, known);
}

/** A URL as a whole value may hold spaces and quotes. */
function redactTraced(text: string, known: readonly string[]): string {
  return redactText(/^https?:/i.test(text) ? redactAddress(text) : text, known);
}

function redactMember(text: string, known: readonly string[]): string {
  const visible = hideSecrets(text, known);
  return /^https?:\S*$/i.test(visible) ? visible : redactAddressesIn(visible);
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redact(name),
      secretName.test(name) && member !== null ? placeholder : redactValue(member, redact),
    ]),
  );
}

function redactForm(text: string, known: readonly string[]): string {
  return text
    .split("&")
    .map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      return `${name}=${secretName.test(name) ? placeholder : redactText(value, known)}`;
    })
    .join("&");
}
