import { placeholder } from "../../machine/known-secrets.ts";
import { isSecretName, type Redactor } from "../../machine/redact.ts";

/** What says whether there is a token, and is none itself. */
const aboutTokens = /^(?:set|none|unknown|new|…)$/;

/**
 * What a command printed, for somebody who must not learn secrets, and must not be led astray: URLs without their
 * queries, texts on one line, without what is invisible or turns the direction of writing.
 */
export function safeResult(value: unknown, redactor: Redactor): unknown {
  learnAddresses(value, redactor);
  return safe(value, redactor);
}

/** A query may stand elsewhere, too, such as in a reason. */
function learnAddresses(value: unknown, redactor: Redactor): void {
  if (typeof value === "string") {
    if (/^https?:/i.test(value)) redactor.addAddress(value);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) learnAddresses(member, redactor);
  }
}

function safe(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return safeText(value, redactor);
  if (Array.isArray(value)) return value.map((item) => safe(item, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      safeText(name, redactor),
      isSecret(name, member) ? placeholder : safe(member, redactor),
    ]),
  );
}

function isSecret(name: string, member: unknown): boolean {
  return typeof member === "string" && isSecretName(name) && !aboutTokens.test(member);
}

/** Selectors of how the character before them looks: nobody sees them, and a text can hide in them. */
const variations = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

export function safeText(text: string, redactor: Pick<Redactor, "text">): string {
  return redactor.text(text).replace(variations, "");
}
