import { difference } from "../filters/edit-distance.ts";
import { type BlacklistReason, blacklistReasons } from "./blacklist-reasons.ts";
import type { Codes, Explanation, Kind } from "./explanation.ts";
import { generalCodes, unexplainedCodes } from "./general-codes.ts";
import { handshakeCodes } from "./handshake-codes.ts";
import { httpStatuses } from "./http-statuses.ts";
import { ownCodes } from "./own-codes.ts";
import { oauthWords, signInCodes } from "./sign-in-codes.ts";
import { subscriptionCodes } from "./subscription-codes.ts";

/** Everything that can be explained: RingCentral's codes, OAuth's, reasons for blacklisting, HTTP statuses, rcwh's own. */
export const explanations: readonly Explanation[] = [
  ...listed("ringcentral", {
    ...subscriptionCodes,
    ...handshakeCodes,
    ...generalCodes,
    ...signInCodes,
    ...unexplainedCodes,
  }).toSorted(bySeries),
  ...listed("oauth", oauthWords),
  ...blacklistReasons.map(withoutPattern),
  ...listed("http", httpStatuses),
  ...listed("rcwh", ownCodes),
];

function listed(kind: Kind, codes: Codes): Explanation[] {
  return Object.entries(codes).map(([code, explanation]) => ({ code, kind, ...explanation }));
}

/** SUB first, because subscriptions are what rcwh is about, and words after codes. */
function bySeries(a: Explanation, b: Explanation): number {
  const series = ({ code }: Explanation) => {
    const at = ["SUB-", "CMN-", "OAU-", "AGW-"].findIndex((prefix) => code.startsWith(prefix));
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  const difference = series(a) - series(b);
  return Number.isNaN(difference) || difference === 0 ? a.code.localeCompare(b.code) : difference;
}

function withoutPattern({ pattern: _, ...explanation }: BlacklistReason): Explanation {
  return explanation;
}

/**
 * What a text is about: a code in any spelling (`SUB-525`, `sub525`, `525`), several of them, a reason for
 * blacklisting, or any message that quotes one of these. Empty where nothing is known.
 */
export function findExplanations(text: string): readonly Explanation[] {
  const trimmed = text.trim();
  const named = byName(trimmed);
  if (named.length > 0) return named;

  const reasons = blacklistReasons.filter(({ pattern }) => pattern.test(trimmed));
  if (reasons.length > 0) return reasons.map(withoutPattern);

  const quoted = trimmed.match(/\b(?:SUB|CMN|OAU|AGW)-\d{3}\b/gi) ?? [];
  const words = trimmed.split(/[\s,]+/).map(byName);
  if (words.every((each) => each.length > 0)) return [...new Set(words.flat())];
  const known = quoted.map(byName);
  return known.every((each) => each.length > 0) ? [...new Set(known.flat())] : [];
}

function byName(text: string): readonly Explanation[] {
  const name = spelling(text);
  if (name === "") return [];
  const same = explanations.filter(({ code }) => spelling(code) === name);
  if (same.length > 0 || !/^\d{3}$/.test(name)) return same;
  return explanations.filter(({ code }) => code.endsWith(`-${name}`) || code === `HTTP_${name}`);
}

/** A name without what people leave out or write in another way. */
function spelling(text: string): string {
  return /^[\w\s-]*$/.test(text) ? text.replace(/[\s_-]/g, "").toLowerCase() : "";
}

/** Up to three codes that are like the given text, nearest first. */
export function nearestCodes(text: string): readonly string[] {
  const wanted = spelling(text);
  const numberOf = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0);
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
