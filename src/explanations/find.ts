import { difference } from "../filters/edit-distance.ts";
import { stripEscapeSequences } from "../one-line.ts";
import { type BlacklistReason, blacklistReasons } from "./blacklist-reasons.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Codes, Explanation, Kind } from "./explanation.ts";
import { gatewayCodes } from "./gateway-codes.ts";
import { generalCodes, unexplainedCodes } from "./general-codes.ts";
import { handshakeCodes } from "./handshake-codes.ts";
import { httpStatuses } from "./http-statuses.ts";
import { codeOfMessage } from "./messages.ts";
import { ownCodes } from "./own-codes.ts";
import { oauthWords, signInCodes } from "./sign-in-codes.ts";
import { subscriptionCodes } from "./subscription-codes.ts";

/** Every explanation: codes of RingCentral and OAuth, reasons for blacklisting, HTTP statuses, rcwh's codes and exit codes. */
export const explanations: readonly Explanation[] = [
  ...listed("ringcentral", {
    ...subscriptionCodes,
    ...handshakeCodes,
    ...generalCodes,
    ...signInCodes,
    ...gatewayCodes,
    ...unexplainedCodes,
  }).toSorted(bySeries),
  ...listed("oauth", oauthWords),
  ...blacklistReasons.map(withoutPattern),
  ...listed("http", httpStatuses),
  ...listed("rcwh", { ...ownCodes, ...exitCodes }),
];

function listed(kind: Kind, codes: Codes): Explanation[] {
  return Object.entries(codes).map(([code, explanation]) => ({ code, kind, ...explanation }));
}

/** SUB first, because rcwh is about subscriptions; words after codes. */
function bySeries(a: Explanation, b: Explanation): number {
  const series = ({ code }: Explanation) => {
    const at = ["SUB-", "CMN-", "OAU-", "AGW-", "WSG-"].findIndex((prefix) =>
      code.startsWith(prefix),
    );
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  const difference = series(a) - series(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  // Not `localeCompare`, which takes longer to load than the rest of a run.
  return a.code < b.code ? -1 : 1;
}

function withoutPattern({ pattern: _, ...explanation }: BlacklistReason): Explanation {
  return explanation;
}

/** The explanations for a text. */
interface Found {
  readonly explanations: readonly Explanation[];
  /** Codes in the text that have no explanation. */
  readonly unknown: readonly string[];
}

/**
 * Finds explanations for a text: one or more codes in any spelling (`SUB-525`, `sub525`, `525`), a reason for
 * blacklisting, an exit code, or what a run printed: each of its lines may have one of these, or be a known message.
 * Each is explained once. Ignores terminal colors.
 */
export function findExplanations(text: string): Found {
  const trimmed = stripEscapeSequences(text).trim();
  const whole = byName(trimmed);
  if (whole.length > 0) return { explanations: whole, unknown: [] };

  const words = trimmed.split(/[\s,;]+/).filter((word) => word !== "");
  const areCodes = words.every((word) => codeShape.test(word) || byName(word).length > 0);
  const quoted = areCodes ? words : (trimmed.match(quotedCodes) ?? []);
  const unknown = [...new Set(quoted.filter((code) => byName(code).length === 0))];
  const found = areCodes ? quoted.flatMap(byName) : trimmed.split("\n").flatMap(inLine);
  return { explanations: [...new Set(found)], unknown };
}

/** What a line of text names: the most specific kind decides. */
function inLine(line: string): readonly Explanation[] {
  const named = [...(line.match(quotedCodes) ?? []), ...(line.match(ownNames) ?? [])];
  for (const [, code = ""] of line.matchAll(codesInJson)) named.push(code);
  for (const [, code = ""] of line.matchAll(statedExits)) named.push(`exit-${code}`);
  const explained = named.flatMap(byName);
  if (explained.length > 0) return explained;
  const reason = blacklistReasons.find(({ pattern }) => pattern.test(line.trim()));
  if (reason) return byName(reason.code);
  return byName(codeOfMessage(line) ?? (/\bblack-?listed\b/i.test(line) ? "blacklisted" : ""));
}

const codeShape = /^[A-Z]{2,5}-\d{1,4}$/i;
const ownNames = /\b[A-Z]+(?:_[A-Z]+)+\b/g;
/** `"code": "NETWORK"`; RingCentral's own envelope says `errorCode`. */
const codesInJson = /"code":\s*"([A-Z_]+)"/g;
/** `exit 8`, `exited with code 8`, `exits with 8`. */
const statedExits = /\bexit(?:s|ed)?(?: with)?(?: code| status)?[ :=]+(\d{1,3})\b/gi;
const quotedCodes = /\b(?:SUB|CMN|OAU|AGW|WSG)-\d{3,4}\b/gi;

function byName(text: string): readonly Explanation[] {
  const name = spelling(text);
  if (name === "") return [];
  const same = bySpelling().get(name) ?? [];
  if (same.length > 0 || !/^\d{1,3}$/.test(name)) return same;
  return explanations.filter(({ code }) => code.endsWith(`-${name}`) || code === `HTTP_${name}`);
}

let spelled: Map<string, Explanation[]> | undefined;

/** Explanations by the spellings of their codes: a text may name a hundred thousand. */
function bySpelling(): ReadonlyMap<string, readonly Explanation[]> {
  if (spelled) return spelled;
  spelled = new Map();
  for (const explanation of explanations) {
    const name = spelling(explanation.code);
    spelled.set(name, [...(spelled.get(name) ?? []), explanation]);
  }
  return spelled;
}

/** A name in lower case, without spaces, hyphens and underscores. */
function spelling(text: string): string {
  return /^[\w\s-]*$/.test(text) ? text.replace(/[\s_-]/g, "").toLowerCase() : "";
}

/** Up to three codes similar to the text, nearest first. */
export function nearestCodes(text: string): readonly string[] {
  const wanted = spelling(text);
  const numberOf = (name: string) => Number(/\d{1,9}$/.exec(name)?.[0] ?? 0);
  return explanations
    .map(({ code }) => ({
      code,
      distance: difference(wanted, spelling(code)),
      apart: Math.abs(numberOf(wanted) - numberOf(code)),
    }))
    .filter(({ distance }) => distance <= 0.5)
    .toSorted((a, b) => a.distance - b.distance || a.apart - b.apart)
    .slice(0, 3)
    .map(({ code }) => code);
}
