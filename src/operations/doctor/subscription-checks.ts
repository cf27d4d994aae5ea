import { missingScopes, scopesOf } from "../../api/describe-user.ts";
import { type Check, rule } from "../../check/check.ts";
import type { CachedToken } from "../../config/credentials.ts";
import type { CommandContext } from "../../context.ts";
import { ExitCode } from "../../errors.ts";
import { matchPath } from "../../filters/match.ts";
import { splitUri } from "../../filters/uri.ts";
import { describeDuplicate, findDuplicates } from "../../lifecycle/duplicates.ts";
import { countOf, type Inventory, type OwnedSubscription } from "../../lifecycle/inventory.ts";
import { describeMalformed } from "../../lifecycle/malformed.ts";
import { describeMissing, type Missing, wayOut } from "../../lifecycle/missing.ts";
import type { UnderWay } from "../../lifecycle/replacement/under-way.ts";
import { dueBefore } from "../../subscriptions/due.ts";
import { blacklistReason, isHealthy } from "../../subscriptions/health.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { subscriptionLimit } from "../../subscriptions/limits.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import { relativeExpiry, relativeTime } from "../../subscriptions/time.ts";
import { commandOf, decisiveRun, readLastRun } from "../reporting/last-run.ts";

const nearlyAll = 27;

/** Milliseconds: a day, and two hours for a late run. */
const maximumAge = 26 * 3_600_000;

export const ofList = rule("subscriptions", `at most ${subscriptionLimit}`);
const ofForm = rule("form", "as RingCentral documents it");
const ofRecords = rule("records", "all of them at RingCentral");
const ofDuplicates = rule("duplicates", "one subscription for each event");
const ofReplacements = rule("replacements", "ended, or both deliver on purpose");
const ofScope = rule("scope", "SubscriptionWebhook");
const ofFilterScopes = rule("filter-scopes", "the scopes that filters need");
const ofStatus = rule("status", "Active, with every filter");
const ofExpiry = rule("expiry", "renewed in time");
const ofLastRun = rule("last-run", "a success within 26 h");

/** Checks that the token may create webhooks. How scopes are spelled in it is not documented, so this is at most a warning. */
export function checkScope(session: CachedToken): Check {
  if (session.scope.trim() === "") return ofScope.skip("the token names no scopes");
  const missing = missingScopes(session);
  if (missing.length === 0) return ofScope.pass("SubscriptionWebhook");
  return ofScope.warn(`the token lacks ${missing.join(", ")}`, {
    code: "SUB-528",
    hint: "Add the scope SubscriptionWebhook to the app in the Developer Console, then run `rcwh login` again.",
  });
}

/** Checks the number of subscriptions, their filters, their status, and whether they are renewed. */
export function checkSubscriptions(
  inventory: Inventory,
  missing: readonly Missing[],
  underWay: readonly UnderWay[],
  session: CachedToken,
  now: number,
): readonly Check[] {
  const { subscriptions, malformed, records } = inventory;
  const webhooks = webhooksOf(inventory);
  return [
    checkCount(countOf(inventory, "platform")),
    ...checkMalformed(malformed),
    ...checkRecords(missing),
    ...checkReplacements(underWay),
    ...checkDuplicates(inventory),
    ...checkFilterScopes(subscriptions, session),
    ...(webhooks.length === 0 ? [] : [checkStatus(webhooks), checkExpiry(webhooks, records, now)]),
  ];
}

/** The subscriptions that somebody means to keep: no listener's, no WebSocket's. */
export function webhooksOf({ subscriptions }: Inventory): readonly OwnedSubscription[] {
  return subscriptions.filter(
    (each) => each.deliveryMode.transportType !== "WebSocket" && !isOfListener(each),
  );
}

function checkCount(count: number): Check {
  const measured = `${count} of ${subscriptionLimit}`;
  if (count < nearlyAll) return ofList.pass(measured);
  return ofList.warn(measured, {
    code: "SUB-505",
    hint: "Delete some with `rcwh delete`, or combine filters with `rcwh update --add-filter`.",
  });
}

function checkMalformed(malformed: Inventory["malformed"]): readonly Check[] {
  const [first] = malformed;
  if (!first) return [];
  const others = malformed.length > 1 ? ` (and ${malformed.length - 1} more)` : "";
  const { message, hint } = describeMalformed(first);
  return [ofForm.warn(`${message}${others}`, { code: "MALFORMED", hint })];
}

/** Warns of what is on record and gone, until it is re-created or forgotten. */
function checkRecords(missing: readonly Missing[]): readonly Check[] {
  const gone = missing.filter(({ successor }) => !successor);
  const [first] = gone;
  if (!first) return [];
  const others =
    gone.length > 1 ? ` (and ${gone.length - 1} more; see \`rcwh list --recorded\`)` : "";
  return [ofRecords.warn(`${describeMissing(first)}${others}`, { hint: wayOut(first) })];
}

/** Warns of a replacement that a crash left, and tells of one whose overlap is not over. */
function checkReplacements(underWay: readonly UnderWay[]): readonly Check[] {
  const broken = underWay.filter(({ isKept }) => !isKept);
  const [first] = broken.length > 0 ? broken : underWay;
  if (!first) return [];
  const { length } = broken.length > 0 ? broken : underWay;
  const others = length > 1 ? ` (and ${length - 1} more)` : "";
  const measured = `${first.text}${others}`;
  return [broken.length > 0 ? ofReplacements.warn(measured) : ofReplacements.pass(measured)];
}

/** Warns of what two machines made of one subscription: every event arrives twice. */
function checkDuplicates(inventory: Inventory): readonly Check[] {
  const duplicates = findDuplicates(inventory);
  const [first] = duplicates;
  if (!first) return [];
  const others = duplicates.length > 1 ? ` (and ${duplicates.length - 1} more)` : "";
  const { code, message, hint } = describeDuplicate(first);
  return [ofDuplicates.warn(`${message}${others}`, { code, hint })];
}

/**
 * Passes only if the token names every scope that filters need. How scopes are spelled in it is not documented, so this
 * is at most a warning; that of SubscriptionWebhook is checked by `checkScope`.
 */
function checkFilterScopes(
  subscriptions: readonly OwnedSubscription[],
  session: CachedToken,
): readonly Check[] {
  const named = scopesOf(session);
  const needs = scopesForAll(subscriptions.flatMap((each) => allFilters(each)));
  if (named.size === 0 || needs.length === 0) return [];
  const missing = needs.filter((alternatives) =>
    alternatives.split(" or ").every((each) => !named.has(each.toLowerCase())),
  );
  if (missing.length === 0) return [ofFilterScopes.pass(needs.join(", "))];
  const ofDisabled = new Set(
    scopesForAll(
      subscriptions.flatMap(({ disabledFilters = [] }) =>
        disabledFilters.map(({ filter }) => filter),
      ),
    ),
  );
  const disabling = missing.filter((each) => ofDisabled.has(each));
  const lacks = `the token lacks ${missing.join(", ")}`;
  const measured =
    disabling.length === 0 ? lacks : `${lacks}; disabled filters need ${disabling.join(", ")}`;
  return [
    ofFilterScopes.warn(measured, {
      code: "CMN-401",
      hint: `Add ${missing.join(", ")} to the app in the Developer Console, then run \`rcwh login\` again.`,
    }),
  ];
}

function scopesForAll(filters: readonly string[]): readonly string[] {
  const scopes = new Set(filters.flatMap(scopesFor));
  scopes.delete("SubscriptionWebhook");
  return [...scopes].sort();
}

/** Where sources disagree about the scope of a filter, either one counts. */
function scopesFor(filter: string): readonly string[] {
  const scopes = matchPath(splitUri(filter).path).flatMap((entry) => [
    entry.permission,
    ...(entry.permissionDisputed ?? []),
  ]);
  return scopes.length === 0 ? [] : [[...new Set(scopes)].join(" or ")];
}

function checkStatus(subscriptions: readonly OwnedSubscription[]): Check {
  const unhealthy = subscriptions.filter((each) => !isHealthy(each));
  const partial = subscriptions.filter(
    (each) => isHealthy(each) && (each.disabledFilters?.length ?? 0) > 0,
  );
  if (unhealthy.length + partial.length === 0) {
    return ofStatus.pass(`${subscriptions.length} Active`);
  }
  const described = [
    ...unhealthy.map((each) => {
      const reason = blacklistReason(each);
      return `${nameOf(each)} is ${each.status}${reason && ` (${reason})`}`;
    }),
    ...partial.map((each) => `${nameOf(each)} has disabled filters`),
  ];
  const [first, ...others] = [...unhealthy, ...partial];
  const hint = others.length > 0 ? "See them with `rcwh list`." : `See \`rcwh show ${first?.id}\`.`;
  return ofStatus.warn(described.join("; "), { hint });
}

/** Warns of subscriptions that were not renewed in the first half of the time in which they are due. */
function checkExpiry(
  subscriptions: readonly OwnedSubscription[],
  records: Inventory["records"],
  now: number,
): Check {
  const late = subscriptions.filter((each) => {
    const due = dueBefore({ lifetime: records.get(each.id)?.expiresIn });
    return !(remainingSeconds(each, now) > due / 2);
  });
  const [next] = late.length > 0 ? late : subscriptions;
  if (!next) return ofExpiry.skip("nothing expires");
  const when = relativeExpiry(remainingSeconds(next, now) * 1000);
  if (late.length === 0) return ofExpiry.pass(`the next one expires ${when}`);
  const others = late.length > 1 ? `, and ${late.length - 1} more soon` : "";
  return ofExpiry.warn(`${nameOf(next)} expires ${when}${others}`, {
    hint: "Run `rcwh renew` now, and schedule it with `rcwh cron print`.",
  });
}

/** Checks how the last unattended run ended, according to its record. */
export async function checkLastRun(context: CommandContext): Promise<Check> {
  const recorded = await readLastRun(context);
  if (!recorded) {
    return ofLastRun.skip("no run is recorded", {
      hint: "Schedule `rcwh renew` with `rcwh cron print`.",
    });
  }
  const now = context.clock.now();
  const last = decisiveRun(recorded, now, maximumAge);
  const measured = `${last.command} ended ${relativeTime(Date.parse(last.endedAt) - now)} with exit code ${last.exitCode}`;
  // A failure that the next run may fix is not a problem while the last success is recent.
  if (last.exitCode !== ExitCode.ok && last.exitCode !== ExitCode.unavailable) {
    return ofLastRun.warn(`${measured}: ${last.message ?? "no reason is recorded"}`, {
      hint: `Try it with \`${commandOf(last)}\`.`,
    });
  }
  const age = now - Date.parse(last.lastSuccessAt ?? "");
  if (age <= maximumAge) return ofLastRun.pass(measured);
  const success =
    last.lastSuccessAt === undefined
      ? "no run has succeeded"
      : `the last success was ${relativeTime(-age)}`;
  return ofLastRun.warn(`${measured}; ${success}`, {
    hint: "Check the scheduler, and try its environment with `rcwh doctor --cron`.",
  });
}
