import { singleLine } from "../one-line.ts";
import { createKnownSecrets, placeholder, type Reach, reach } from "./known-secrets.ts";
import { decoded, parseUrl } from "./parse-url.ts";

/** Members and form fields whose values are always secret. */
const secretName =
  /^(?:access_?token|refresh_?token|id_?token|ws_?access_?token|token|assertion|jwt|client_?secret|verification_?token|validation_?token|password|authorization|encryption_?key|secret_?key)$/i;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Keeps the secrets of a run out of everything that the run writes. There is one for each run, whatever its accounts. */
export interface Redactor {
  /** From now on these are taken out wherever they occur, in every spelling. */
  add(...secrets: readonly (string | undefined)[]): void;
  /** The same for what an address has of secrets, except in data: programs need whole addresses. */
  addAddress(address: string | undefined): void;
  /** rcwh shows this one itself, once: it is taken out of what others say. */
  addAnnounced(secret: string | undefined): void;
  /** Text from outside as one line of prose, its URLs as `redactAddress` shows them. */
  text(text: string): string;
  /** Text from outside with its lines and control characters. */
  quoted(text: string): string;
  /** A JSON, form or text body from outside, as one line. */
  body(text: string): string;
  /** JSON from outside, with the secrets taken out and whole URLs and everything else as they are. */
  json(value: unknown): unknown;
  /** A message of ours, whatever it quotes. Its lines stay. */
  message(text: string): string;
  /** What a program reads, whatever it quotes. */
  data(text: string): string;
  /** The same redactor, which forgets what it is given once very many secrets have followed: for thousands of accounts. */
  readonly passing: Redactor;
}

/** Thousands of accounts have more secrets than a search should know. These are of some hundred. */
const mostPassing = 2000;

/** `showAddresses` is for `--show-secrets`. */
export function createRedactor({ showAddresses = false } = {}): Redactor {
  const lasting = createKnownSecrets();
  let passing = createKnownSecrets();
  let passed = createKnownSecrets();
  let forPassing: Redactor | undefined;
  const announced = new Set<string>();
  const hideFrom =
    (least: Reach, isQuoted = false): Hide =>
    (text) =>
      [passed, passing].reduce(
        (rest, known) => known.hide(rest, least, isQuoted),
        lasting.hide(text, least, isQuoted),
      );
  const hide = hideFrom(reach.quotes, true);
  const shared = {
    addAnnounced(secret: string | undefined) {
      if (secret === undefined) return;
      announced.add(secret);
      lasting.add(secret, reach.quotes);
    },
    text: (text: string) => redactText(text, hide),
    quoted: (text: string) => hideSecrets(hide(text)),
    body: (text: string) => redactBody(text, hide),
    json: (value: unknown) => redactValue(value, (text) => redactMember(text, hide)),
    message: hideFrom(reach.messages),
    data: hideFrom(reach.everything),
  };

  function redactorFor(remember: (secret: string, far: Reach) => void): Redactor {
    const add = (secret: string, far: Reach) => {
      if (!announced.has(secret)) remember(secret, far);
    };
    return {
      ...shared,
      add(...secrets) {
        for (const secret of secrets) {
          if (secret) add(secret, isRecognizable(secret) ? reach.everything : reach.quotes);
        }
      },
      addAddress(address) {
        if (address === undefined || showAddresses || !/[?#@]/.test(address)) return;
        // An address must not be able to remove words from our own messages.
        for (const secret of secretsIn(address)) {
          add(secret, isMadeOfWords(secret) ? reach.quotes : reach.messages);
        }
      },
      get passing() {
        forPassing ??= redactorFor((secret, far) => {
          if (passing.size >= mostPassing) [passed, passing] = [passing, createKnownSecrets()];
          passing.add(secret, far);
        });
        return forPassing;
      },
    };
  }

  return redactorFor(lasting.add);
}

/** Takes out what is known. */
type Hide = (text: string) => string;

/** Whether a text is certainly this secret wherever it occurs: words and short ones also occur in messages of ours. */
function isRecognizable(secret: string): boolean {
  return secret.length >= 8 && (secret.length >= 16 || !/^(?:[a-z]+|\d+)$/i.test(secret));
}

/** Whether a text is nothing but words and short numbers, as names, paths and keys are. */
function isMadeOfWords(text: string): boolean {
  return text
    .split(/[^A-Za-z\d]+/)
    .every((part) => /^(?:v?\d{0,3}|[A-Z]*|[A-Z]?[a-z]+(?:[A-Z][a-z]{2,}|Id)*)$/.test(part));
}

/** The password of an address, and the parts of its query that look like secrets. */
function secretsIn(address: string): readonly string[] {
  const url = parseUrl(address);
  if (!url) return [];
  const { search, hash, username, password, searchParams } = url;
  const values = [...searchParams].flatMap(([name, value]) =>
    looksSecret(value, name) ? [value] : [],
  );
  const parts = [search, hash].map((part) => part.slice(1)).filter((part) => looksSecret(part));
  return [
    ...parts,
    ...values,
    ...[decoded(password), decoded(username)].filter((part) => part.length >= 8),
  ];
}

function looksSecret(value: string, name = ""): boolean {
  if (/key|token|secret|sig|code|auth|pass|hash/i.test(name)) return value.length >= 6;
  return value.length >= 12 || (value.length >= 8 && !/^(?:[a-z]+|\d+)$/i.test(value));
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

/** The same for each URL in a text. Closing brackets and punctuation after it are left as they are. */
export function redactAddressesIn(text: string): string {
  return text.replace(/\b(?:http|ws)s?:(?:\\?\/){2}[^\s"'<>]*/gi, (found) => {
    let length = found.length;
    while (length > 0 && ")]},.;:!".includes(found.charAt(length - 1))) length -= 1;
    return redactAddress(found.slice(0, length)) + found.slice(length);
  });
}

/** At most `length` characters, with `…` where something is missing. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Characters of what is shown of a text. Nobody reads as much, and there may be many megabytes. */
const longestText = 50_000;

function redactText(text: string, hide: Hide): string {
  // The known ones go first and over the whole text: a cut through the middle of one would hide it from this search,
  // and so would an escape sequence that takes its first letter along. Others are whole only without the sequences.
  const line = singleLine(shorten(hide(text), 4 * longestText));
  const visible = hideSecrets(shorten(hide(line), longestText));
  return redactAddressesIn(visible);
}

/** What looks like a secret. */
function hideSecrets(text: string): string {
  return (
    text
      .replace(/\b(Bearer|Basic)\s+[\w+/=.~-]{16,}/gi, `$1 ${placeholder}`)
      // A word that turns out not to be a token is skipped whole, so that no part of it is tried again.
      .replace(/\beyJ[\w-]{6,}(\.[\w-]+(?:\.[\w-]*)?)?/g, (found, rest) =>
        rest === undefined ? found : placeholder,
      )
      .replace(
        /(access_token|refresh_token|assertion|client_?secret|verification_?token|encryption_?key|secret_?key)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s&,;}"']+)/gi,
        `$1$2${placeholder}`,
      )
  );
}

function redactBody(text: string, hide: Hide): string {
  if (/^\s*[[{"]/.test(text) && text.length < 200_000) {
    try {
      return JSON.stringify(redactValue(JSON.parse(text), (each) => redactTraced(each, hide)));
    } catch {
      // Not JSON, or nested too deeply: then it is text.
    }
  }
  if (/^[\w.~%+*-]+=[^\s<>]*$/.test(text)) return redactForm(text, hide);
  return redactText(text, hide);
}

/** A URL as a whole value may hold spaces and quotes. */
function redactTraced(text: string, hide: Hide): string {
  return redactText(/^https?:/i.test(text) ? redactAddress(text) : text, hide);
}

function redactMember(text: string, hide: Hide): string {
  const visible = hideSecrets(hide(text));
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

function redactForm(text: string, hide: Hide): string {
  return shorten(hide(text), longestText)
    .split("&")
    .map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      const hidden = secretName.test(decoded(name));
      return `${redactText(name, hide)}=${hidden ? placeholder : redactText(value, hide)}`;
    })
    .join("&");
}
