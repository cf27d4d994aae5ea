import { placeholder } from "../../machine/known-secrets.ts";
import {
  createRedactor,
  isSecretName,
  type Redactor,
  redactAddress,
} from "../../machine/redact.ts";
import { singleLine } from "../../one-line.ts";
import { hintForTools } from "./hint-for-tools.ts";

/** What says whether there is a token, and is none itself. */
const aboutTokens = /^(?:set|none|unknown|new|…)$/;

/** Members with words of others, and with words of ours that may quote them. */
const ofOthers = /^(?:reason|body|headers|value)$/;
const quoting = /^(?:message|hint|measured|warnings|problem|text|malformed)$/;

/** How far what stands in a text may be ours. */
type Origin = "ours" | "quoting" | "others";

/**
 * What a command printed, for somebody who must not learn secrets, and must not be led astray: URLs without their
 * queries, texts on one line, without what is invisible or turns the direction of writing. Whoever chose a query has no
 * say in the rest: what it holds is taken out of the words of others, and never out of keys and our own words.
 */
export function safeResult(value: unknown, redactor: Redactor): unknown {
  const echoes = createRedactor();
  learnAddresses(value, echoes);
  const redact: Readonly<Record<Origin, (text: string) => string>> = {
    ours: (text) => safeText(text, redactor),
    quoting: (text) => safeText(echoes.message(text), redactor),
    others: (text) => harmless(redactor.text(echoes.text(text))),
  };
  return safe(value, redact, "ours");
}

/** A query may stand elsewhere, too, such as in a reason. */
function learnAddresses(value: unknown, redactor: Redactor): void {
  if (typeof value === "string") {
    if (isAddress(value)) redactor.addAddress(value);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) learnAddresses(member, redactor);
  }
}

function isAddress(text: string): boolean {
  return /^(?:http|ws)s?:/i.test(text);
}

function safe(
  value: unknown,
  redact: Readonly<Record<Origin, (text: string) => string>>,
  origin: Origin,
): unknown {
  if (typeof value === "string") {
    // A URL as a whole value may hold spaces and quotes.
    const isWhole = origin === "ours" && isAddress(value);
    return redact[origin](isWhole ? redactAddress(value) : value);
  }
  if (Array.isArray(value)) return value.map((item) => safe(item, redact, origin));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      harmless(name),
      isSecret(name, member)
        ? placeholder
        : safe(translated(name, member), redact, originOf(name, member, origin)),
    ]),
  );
}

function translated(name: string, member: unknown): unknown {
  return name === "hint" && typeof member === "string" ? hintForTools(member) : member;
}

/** The body of a request holds URIs and filters, which are no prose. */
function originOf(name: string, member: unknown, origin: Origin): Origin {
  if (origin === "others") return origin;
  if (name === "body" && typeof member !== "string") return origin;
  if (ofOthers.test(name)) return "others";
  return quoting.test(name) ? "quoting" : "ours";
}

function isSecret(name: string, member: unknown): boolean {
  return typeof member === "string" && isSecretName(name) && !aboutTokens.test(member);
}

const withoutKnown = createRedactor();

/** A text of ours, whatever it quotes. */
export function safeText(text: string, redactor: Pick<Redactor, "data">): string {
  return harmless(withoutKnown.text(redactor.data(text)));
}

/** Selectors of how the character before them looks: nobody sees them, and a text can hide in them. */
const variations = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

function harmless(text: string): string {
  return singleLine(text).replace(variations, "");
}
