import { type Check, rule } from "../../check/check.ts";
import type { CachedToken } from "../../config/credentials.ts";
import type { CommandContext } from "../../context.ts";
import { ExitCode } from "../../errors.ts";
import { matchPath } from "../../filters/match.ts";
import { splitUri } from "../../filters/uri.ts";
import type { Inventory, OwnedSubscription } from "../../lifecycle/inventory.ts";
import { dueBefore } from "../../subscriptions/due.ts";
import { blacklistReason, isHealthy } from "../../subscriptions/health.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { subscriptionLimit } from "../../subscriptions/limits.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import { allFilters } from "../../subscriptions/renewal.ts";
import { relativeExpiry, relativeTime } from "../../subscriptions/time.ts";
import { missingScopes } from "../describe-user.ts";
import { readLastRun } from "../reporting/last-run.ts";

const nearlyAll = 27;

/** Milliseconds: a day, and what a run may be late. */
const longestSilence = 26 * 3_600_000;

export const ofList = rule("subscriptions", `at most ${subscriptionLimit}`);
const ofScope = rule("scope", "SubscriptionWebhook");
const ofFilterScopes = rule("filter-scopes", "what each filter needs");
const ofStatus = rule("status", "Active, with every filter");
const ofExpiry = rule("expiry", "renewed in time");
const ofLastRun = rule("last-run", "one went well within 26 h");

/** Whether the token may make webhooks. How scopes are spelled in it is not documented, so that this can be a warning at most. */
export function checkScope(session: CachedToken): Check {
  if (session.scope.trim() === "") return ofScope.skip("the token does not tell its scopes");
  const missing = missingScopes(session);
  if (missing.length === 0) return ofScope.pass("SubscriptionWebhook");
  return ofScope.warn(`the token does not name ${missing.join(", ")}`, {
    code: "SUB-528",
    hint: "Add “Webhook Subscriptions” to the app in the Developer Console, then run `rcwh login` again.",
  });
}

/** What the list tells of: how many there are, how they are, and whether somebody renews them. */
export function checkSubscriptions(
  { subscriptions, records }: Inventory,
  session: CachedToken,
  now: number,
): readonly Check[] {
  const webhooks = subscriptions.filter(
    (each) => each.deliveryMode.transportType !== "WebSocket" && !isOfListener(each),
  );
  return [
    checkCount(subscriptions.filter(({ api }) => api === "platform").length),
    ...checkFilterScopes(subscriptions, session),
    ...(webhooks.length === 0 ? [] : [checkStatus(webhooks), checkExpiry(webhooks, records, now)]),
  ];
}

function checkCount(count: number): Check {
  const measured = `${count} of ${subscriptionLimit}`;
  if (count < nearlyAll) return ofList.pass(measured);
  return ofList.warn(measured, {
    code: "SUB-505",
    hint: "Delete some with `rcwh delete`, or have one deliver more with `rcwh update --add-filter`.",
  });
}

/**
 * A filter that the server has not disabled works, whatever its scope is called in the token; so only
 * the others are worth a warning.
 */
function checkFilterScopes(
  subscriptions: readonly OwnedSubscription[],
  { scope }: CachedToken,
): readonly Check[] {
  const named = new Set(scope.toLowerCase().split(/\s+/).filter(Boolean));
  const needs = new Set(subscriptions.flatMap((each) => allFilters(each)).flatMap(scopesFor));
  if (named.size === 0 || needs.size === 0) return [];
  const isNamed = (alternatives: string) =>
    alternatives.split(" or ").some((each) => named.has(each.toLowerCase()));
  const disabled = subscriptions.flatMap(({ disabledFilters = [] }) =>
    disabledFilters.flatMap(({ filter }) => scopesFor(filter)),
  );
  const missing = [...new Set(disabled)].filter((each) => !isNamed(each));
  if (missing.length === 0) return [ofFilterScopes.pass([...needs].sort().join(", "))];
  return [
    ofFilterScopes.warn(`disabled filters need ${missing.join(", ")}`, {
      code: "CMN-401",
      hint: `Add ${missing.join(", ")} to the app in the Developer Console, then run \`rcwh login\` again.`,
    }),
  ];
}

/** Where sources dispute which scope a filter needs, either of them will do. */
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
      return `${each.id} is ${each.status}${reason && ` (${reason})`}`;
    }),
    ...partial.map(({ id }) => `${id} has disabled filters`),
  ];
  return ofStatus.warn(described.join("; "), {
    hint: `See ${[...unhealthy, ...partial].map(({ id }) => `\`rcwh show ${id}\``)[0]}.`,
  });
}

/** Half of the time in which a subscription is due is over, and nobody has renewed it: nobody may be trying. */
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
  return ofExpiry.warn(`${next.id} expires ${when}${others}`, {
    hint: "Run `rcwh renew` now, and have it run by itself with `rcwh cron print`.",
  });
}

/** How the last unattended renewal ended, by what it wrote down. */
export async function checkLastRun(context: CommandContext): Promise<Check> {
  const last = await readLastRun(context);
  if (!last) {
    return ofLastRun.skip("none is on record", {
      hint: "Have `rcwh renew` run by itself with `rcwh cron print`.",
    });
  }
  const now = context.clock.now();
  const measured = `${last.command} ended ${relativeTime(Date.parse(last.endedAt) - now)} with exit code ${last.exitCode}`;
  // What has only to be tried again is no alarm while the last one that went well is not too old.
  if (last.exitCode !== ExitCode.ok && last.exitCode !== ExitCode.unavailable) {
    return ofLastRun.warn(`${measured}: ${last.message ?? "no reason is on record"}`, {
      hint: "Try it with `rcwh renew`.",
    });
  }
  const silence = now - Date.parse(last.lastSuccessAt ?? "");
  if (silence <= longestSilence) return ofLastRun.pass(measured);
  const when =
    last.lastSuccessAt === undefined ? "no run" : `the last run ${relativeTime(-silence)}`;
  return ofLastRun.warn(`${measured}; ${when} went well`, {
    hint: "Look at the scheduler, and try what it would do with `rcwh doctor --cron`.",
  });
}
