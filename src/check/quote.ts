import type { Redactor } from "../machine/redact.ts";
import { oneLine } from "../one-line.ts";

/** Makes an endpoint's text safe to show: one line of at most `most` characters, without secrets. */
export type Quote = (text: string, most: number) => string;

interface Secrets {
  readonly redactor: Pick<Redactor, "quoted">;
  /** The query of its URL; undefined if it may be shown. */
  readonly query?: string | undefined;
}

/** An endpoint may echo what it received: the verification token, and the query of its URL, even of short values. */
export function createQuote({ redactor, query }: Secrets): Quote {
  const secrets = (query === undefined ? [] : secretsIn(query))
    .flatMap((secret) => (secret ? [secret, encodeURIComponent(secret)] : []))
    // One may be a part of another.
    .sort((one, other) => other.length - one.length);
  const pattern = secrets.map((secret) => secret.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const hidden = new RegExp(pattern || "(?!)", "gi");
  return (text, most) => oneLine(redactor.quoted(text).replace(hidden, "…")).slice(0, most);
}

/** The whole query, and each of its values that is long enough to be a secret. */
function secretsIn(query: string): readonly string[] {
  const values = [...new URLSearchParams(query).values()];
  return [query.replace(/^\?/, ""), ...values].filter(({ length }) => length > 3);
}
