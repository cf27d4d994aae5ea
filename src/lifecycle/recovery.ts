import { ApiError } from "../api/errors.ts";
import type { CommandContext } from "../context.ts";
import { asSentence, ExitCode } from "../errors.ts";
import { sameFilters } from "../filters/compare.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { recoveryInterval } from "../subscriptions/limits.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import {
  allFilters,
  enabledFilters,
  type RenewalPlan,
  renewalPlan,
  without,
} from "../subscriptions/renewal.ts";
import type { SubscriptionDefinition } from "../subscriptions/replacement-intent.ts";
import { instant, roundedSpan } from "../subscriptions/time.ts";
import type { Inventory, OwnedSubscription } from "./inventory.ts";
import type { Replacement } from "./replacement.ts";
import { breaksFirst, type ReplacementFlags, replaceWithRoom } from "./replacement-plan.ts";
import type { Result, ResultError } from "./results.ts";

/** Whether a new one in its place could help. */
export function isRecoverable(subscription: OwnedSubscription): boolean {
  return !isHealthy(subscription) && subscription.deliveryMode.transportType === "WebHook";
}

/**
 * The instant, RFC 3339, until which nobody but the user recovers it, because its URL was blacklisted
 * again within a day of a recovery. What was blacklisted before that recovery is not held back: the
 * endpoint has been mended since.
 */
export function heldBackUntil(
  { deliveryMode, blacklistedData }: OwnedSubscription,
  records: Iterable<SubscriptionRecord>,
  now: number,
): string | undefined {
  const recoveries = [...records]
    .filter(({ address }) => sameAddress(address, deliveryMode.address))
    .flatMap(({ recoveredAt }) => (recoveredAt === undefined ? [] : [Date.parse(recoveredAt)]));
  const latest = Math.max(...recoveries);
  if (!(latest + recoveryInterval > now)) return undefined;
  const blacklistedAt = Date.parse(blacklistedData?.blacklistedAt ?? "");
  return blacklistedAt < latest ? undefined : instant(latest + recoveryInterval);
}

/** What a recovery is to keep, besides filters and lifetime. */
export interface RecoveryOptions {
  /** Undefined for none. */
  readonly verificationToken: string | undefined;
  readonly flags: ReplacementFlags;
}

/**
 * Puts a new subscription in the place of a blacklisted one, with the same filters and lifetime, once
 * the platform's own handshake has accepted the endpoint. Throws its refusal, and the old one stays.
 */
export async function recoverSubscription(
  context: CommandContext,
  inventory: Inventory,
  old: OwnedSubscription,
  { verificationToken, flags }: RecoveryOptions,
): Promise<Result> {
  const { id, profile } = old;
  const twin = findTwin(old, inventory);
  if (twin)
    return { id, profile, outcome: "skipped", subscription: old, error: isDuplicate(old, twin) };
  const { own, records } = inventory;
  const now = context.clock.now();
  const plan = renewalPlan(old, { recorded: records.get(id), now, own });
  const wish = {
    expiresIn: plan.expiresIn,
    address: old.deliveryMode.address ?? "",
    ...(verificationToken !== undefined && { verificationToken }),
  };
  const breaks = breaksFirst(old, flags, inventory, context);
  const { replacement, dropped, remarks } = await replaceOrLeaveOut(context, inventory, {
    old,
    plan,
    wish,
    breaks,
    mayBreak: flags.breakBeforeMake === true,
  });
  const { subscription } = replacement;
  const asked = {
    eventFilters: without(plan.eventFilters, dropped, own),
    expiresIn: plan.expiresIn,
  };
  const differences = comparedWithAsked(asked, subscription, { now: context.clock.now(), own });
  const lacking = differences.flatMap(({ less, sentence }) => (less ? [sentence] : []));
  return {
    id,
    profile,
    outcome: "recovered",
    subscription,
    newId: subscription.id,
    gap: gapOf(old, subscription),
    ...degraded(subscription, [...remarks, ...lacking]),
  };
}

/** The gap of a recovery as a sentence. */
export function describeGap({ id, newId, gap }: Result): string {
  const from = Date.parse(gap?.from ?? "");
  const to = Date.parse(gap?.to ?? "");
  const lost = Number.isNaN(to - from)
    ? `the events since it was blacklisted are lost, and RingCentral does not say when that was`
    : `the events of ${roundedSpan(Math.max(0, to - from))} are lost, from ${instant(from)} to ${instant(to)}`;
  return `${id} was blacklisted and is ${newId} now: ${lost}.`;
}

/** One that delivers the same to the same URL: after a recovery every event would arrive twice. */
function findTwin(
  old: OwnedSubscription,
  { subscriptions, own }: Inventory,
): OwnedSubscription | undefined {
  return subscriptions.find(
    (each) =>
      each.id !== old.id &&
      isHealthy(each) &&
      sameAddress(each.deliveryMode.address, old.deliveryMode.address) &&
      sameFilters(allFilters(each, own), allFilters(old, own), own),
  );
}

function isDuplicate({ id }: OwnedSubscription, twin: OwnedSubscription): ResultError {
  return {
    code: "DUPLICATE",
    message: `${id} is blacklisted, and ${twin.id} delivers the same to the same URL: there is nothing to recover.`,
    hint: `Delete it with \`rcwh delete ${id}\`.`,
    exitCode: ExitCode.attention,
  };
}

interface Attempt {
  readonly old: OwnedSubscription;
  readonly plan: RenewalPlan;
  readonly wish: Omit<SubscriptionDefinition, "eventFilters">;
  readonly breaks: boolean;
  readonly mayBreak: boolean;
}

/** With every filter, the disabled ones included; without those where the platform refuses them. */
async function replaceOrLeaveOut(
  context: CommandContext,
  inventory: Inventory,
  { old, plan, wish, ...room }: Attempt,
) {
  const { own } = inventory;
  const attempt = (eventFilters: readonly string[]): Promise<Replacement> => {
    const droppedFilters = without(plan.eventFilters, eventFilters, own);
    const replacement = { old, wish: { ...wish, eventFilters }, recovers: true, droppedFilters };
    return replaceWithRoom(context, inventory, replacement, room);
  };
  const enabled = enabledFilters(old);
  const dropped = without(plan.eventFilters, enabled, own);
  try {
    const replacement = await attempt(plan.eventFilters);
    return { replacement, dropped: [], remarks: [] };
  } catch (refusal) {
    if (dropped.length === 0 || enabled.length === 0 || room.breaks || !isAboutFilters(refusal)) {
      throw refusal;
    }
    const replacement = await attempt(enabled);
    const remark = `${asSentence(refusal.message)} Recovered without ${dropped.join(", ")}; the next renewal asks for that again.`;
    return { replacement, dropped, remarks: [remark] };
  }
}

/** A refusal that the endpoint, the limit and the session have no part in. */
function isAboutFilters(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    (error.status === 400 || error.status === 403) &&
    error.exitCode !== ExitCode.endpoint &&
    error.code !== "SUB-505"
  );
}

/** Both by the server's clock. */
function gapOf(
  { blacklistedData }: OwnedSubscription,
  { creationTime }: OwnedSubscription,
): NonNullable<Result["gap"]> {
  const from = blacklistedData?.blacklistedAt;
  return { ...(from !== undefined && { from }), to: creationTime };
}

function degraded({ id }: OwnedSubscription, remarks: readonly string[]): Pick<Result, "error"> {
  if (remarks.length === 0) return {};
  return {
    error: {
      code: "DEGRADED",
      message: remarks.join(" "),
      hint: `See \`rcwh show ${id}\`.`,
      exitCode: ExitCode.attention,
    },
  };
}
