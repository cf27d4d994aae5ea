import { UsageError } from "../errors.ts";
import { parseEventFilter } from "../filters/parse.ts";
import { splitFilterList } from "../filters/split-list.ts";
import { type ChangeLimit, createChangeLimit } from "../lifecycle/change-limit.ts";
import type { WantedChange } from "../lifecycle/change-subscription.ts";
import { type Lifetime, parseDuration, parseLifetime } from "../subscriptions/lifetime.ts";
import { checkMembersOf, refusal } from "./checked-options.ts";
import type { SubscriptionChanges, SubscriptionRequest } from "./options.ts";

/** What methods are asked for, checked and parsed. Everything throws `OptionError` or UsageError. */

export function wishOf(changes: SubscriptionChanges): WantedChange {
  const { filters, addFilters = [], removeFilters = [], expiresIn, allowShorter } = changes;
  const allowUnknown = changes.allowUnknownFilter ?? false;
  const parse = (texts: readonly string[], options = { allowUnknown }) =>
    texts.flatMap(splitFilterList).map((text) => parseEventFilter(text, options));
  return {
    whole: filters && parse(filters).map(({ eventFilter }) => eventFilter),
    added: parse(addFilters).map(({ eventFilter }) => eventFilter),
    removed: parse(removeFilters, { allowUnknown: true }),
    lifetime: lifetimeOf(expiresIn),
    allowShorter: allowShorter ?? false,
  };
}

/** For one that is named: its URL must not stand for several. */
export const oneAtMost: ChangeLimit = {
  reserve(count) {
    if (count <= 1) return;
    throw new UsageError(`${count} subscriptions have this URL. Nothing was changed: give an id.`);
  },
};

export function limitOf(maxChanges: number | undefined): ChangeLimit {
  if (maxChanges === undefined) return createChangeLimit(undefined);
  if (!Number.isSafeInteger(maxChanges) || maxChanges < 0) {
    throw refusal("maxChanges must be a whole number");
  }
  return {
    reserve(count) {
      if (count <= maxChanges) return;
      throw new UsageError(
        `This would change ${count} subscriptions, and maxChanges allows ${maxChanges}. Nothing was changed.`,
      );
    },
  };
}

export function spanOf(text: string | undefined, name: string): number | undefined {
  return text === undefined ? undefined : parseDuration(text, name, "h");
}

export function lifetimeOf(wanted: string | number | undefined): Lifetime | undefined {
  const text = lifetimeText(wanted);
  return text === undefined ? undefined : parseLifetime(text, "expiresIn");
}

/** A number is seconds, as for RingCentral. */
export function lifetimeText(wanted: string | number | undefined): string | undefined {
  return typeof wanted === "number" ? `${wanted}s` : wanted;
}

/** Throws OptionError for names that would select nothing, or everything. */
export function checkNames(named: unknown, method: string): void {
  const names: readonly unknown[] = Array.isArray(named) ? named : [named];
  if (names.length > 0 && names.every((each) => typeof each === "string" && each !== "")) return;
  throw refusal(`${method} takes an id, a prefix of one or a URL, or several in an array`);
}

export function checkRequest(request: SubscriptionRequest): SubscriptionRequest {
  const names = ["filters", "url", "expiresIn", "remind", "verificationToken"];
  checkMembersOf(request, "a subscription", [...names, "allowUnknownFilter"]);
  const { filters, url } = request;
  const isList = Array.isArray(filters) && filters.length > 0;
  if (!isList || !filters.every((each) => typeof each === "string")) {
    throw refusal("filters must be an array of strings, such as ['sms']");
  }
  if (typeof url !== "string") throw refusal("url must be the https URL of your endpoint");
  return request;
}

/** The token is sent as an HTTP header: visible ASCII. */
export function checkToken(token: string | undefined): string | undefined {
  if (token === undefined || (typeof token === "string" && /^[!-~]+$/.test(token))) return token;
  throw refusal("verificationToken must be visible ASCII without spaces, and not empty");
}

export function generateToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_");
}
