import { ApiError } from "../../api/errors.ts";
import { asSentence, ExitCode } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { sameAddress } from "../../subscriptions/address.ts";
import { comparedWithAsked, isSameWebhook } from "../../subscriptions/compare.ts";
import { disabledFiltersHint } from "../../subscriptions/disabled-filters.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { recoveryInterval } from "../../subscriptions/limits.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { type RenewalPlan, renewalPlan } from "../../subscriptions/renewal-plan.ts";
import type { SubscriptionDefinition } from "../../subscriptions/replacement-intent.ts";
import { allFilters, enabledFilters, without } from "../../subscriptions/subscription-filters.ts";
import { instant } from "../../subscriptions/time.ts";
import type { Account } from "../account.ts";
import type { Inventory, OwnedSubscription } from "../inventory.ts";
import {
  mustBreakFirst,
  type ReplacementFlags,
  type Room,
  replaceWithRoom,
} from "../replacement/replacement-plan.ts";
import type { Replacement } from "../replacement/replacement-steps.ts";
import type { ExistingResult, Result, ResultError } from "../results.ts";
import { serverNow } from "../server-clock.ts";

/** Milliseconds by which two clocks of one server may differ. */
const clockTolerance = 10 * 60_000;

/** Whether replacing it could help. */
export function isRecoverable(subscription: OwnedSubscription): boolean {
  return !isHealthy(subscription) && subscription.deliveryMode.transportType === "WebHook";
}

/**
 * The instant, RFC 3339, until which an unattended run leaves it blacklisted, because its URL was
 * recovered less than a day ago and blacklisted again. Undefined for one that was blacklisted before that
 * recovery: the endpoint has been fixed since.
 *
 * @param now by the server's clock, as the recorded recoveries
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
  // One that is yet to come was recorded by the clock of another server.
  if (latest > now + clockTolerance || !(latest + recoveryInterval > now)) return undefined;
  const blacklistedAt = Date.parse(blacklistedData?.blacklistedAt ?? "");
  return blacklistedAt < latest ? undefined : instant(latest + recoveryInterval);
}

/** What a recovery needs besides filters and lifetime, which it keeps. */
export interface RecoveryOptions {
  /** Undefined if deliveries are to carry none. */
  readonly verificationToken: string | undefined;
  readonly flags: ReplacementFlags;
}

/**
 * Replaces a blacklisted subscription by a new one with the same filters and lifetime. Throws RingCentral's
 * refusal of the endpoint, and the old one stays as it was.
 */
export async function recoverSubscription(
  account: Account,
  inventory: Inventory,
  old: OwnedSubscription,
  { verificationToken, flags }: RecoveryOptions,
): Promise<ExistingResult> {
  const { id, profile } = old;
  const duplicate = findDuplicate(old, inventory);
  if (duplicate) {
    const error = nothingToRecover(duplicate, old);
    return { id, profile, outcome: "skipped", subscription: old, error };
  }
  const room = {
    breaks: mustBreakFirst(old, flags, inventory, account),
    mayBreak: flags.breakBeforeMake === true,
  };
  const address = old.deliveryMode.address ?? "";
  const result = await replaceAlike(account, inventory, old, { address, verificationToken, room });
  return { ...result, outcome: "recovered" };
}

/** What a replacement does not take from the old one. */
export interface Place {
  readonly address: string;
  /** Undefined if deliveries are to carry none. */
  readonly verificationToken: string | undefined;
  readonly room: Room;
}

/**
 * Replaces a subscription by one with the same filters and lifetime, without the disabled filters where RingCentral
 * refuses them. What is less than that is the result's error. Throws RingCentral's refusal, and the old one stays.
 */
export async function replaceAlike(
  account: Account,
  inventory: Inventory,
  old: OwnedSubscription,
  { address, verificationToken, room }: Place,
): Promise<ExistingResult & Required<Pick<Result, "newId">>> {
  const { id, profile } = old;
  const { own, records } = inventory;
  const now = serverNow(account);
  const plan = renewalPlan(old, { recorded: records.get(id), now, own });
  const definition = {
    expiresIn: plan.expiresIn,
    address,
    ...(verificationToken !== undefined && { verificationToken }),
  };
  const attempt = { old, plan, definition, room };
  const { subscription, gap, dropped, remarks } = await replaceOrLeaveOut(
    account,
    inventory,
    attempt,
  );
  const asked = {
    eventFilters: without(plan.eventFilters, dropped, own),
    expiresIn: plan.expiresIn,
  };
  const differences = comparedWithAsked(asked, subscription, { now: serverNow(account), own });
  const lacking = differences.flatMap(({ less, sentence }) => (less ? [sentence] : []));
  return {
    id,
    profile,
    outcome: "replaced",
    subscription,
    newId: subscription.id,
    ...(gap && { gap }),
    ...degraded(subscription, [...remarks, ...lacking], own),
  };
}

/** A healthy one with the same filters and URL: after a recovery every event would arrive twice. */
function findDuplicate(
  old: OwnedSubscription,
  { subscriptions, own }: Inventory,
): OwnedSubscription | undefined {
  return subscriptions.find(
    (each) =>
      each.id !== old.id &&
      isHealthy(each) &&
      isSameWebhook(each, old.deliveryMode.address, allFilters(old, own), own),
  );
}

function nothingToRecover(duplicate: OwnedSubscription, old: OwnedSubscription): ResultError {
  return {
    code: "DUPLICATE",
    message: `${nameOf(old)} is blacklisted, but ${duplicate.id} delivers the same events to the same URL, so there is nothing to recover.`,
    hint: `Delete it with \`rcwh delete ${old.id}\`.`,
    exitCode: ExitCode.attention,
  };
}

interface Attempt {
  readonly old: OwnedSubscription;
  readonly plan: RenewalPlan;
  readonly definition: Omit<SubscriptionDefinition, "eventFilters">;
  readonly room: Room;
}

/** Replaces with every filter, the disabled ones included; without those where RingCentral refuses them. */
async function replaceOrLeaveOut(
  account: Account,
  inventory: Inventory,
  { old, plan, definition, room }: Attempt,
): Promise<Pick<Replacement, "subscription" | "gap"> & { dropped: string[]; remarks: string[] }> {
  const { own } = inventory;
  const attempt = (eventFilters: readonly string[]) => {
    const droppedFilters = without(plan.eventFilters, eventFilters, own);
    const recovers = !isHealthy(old);
    const replacement = { old, definition: { ...definition, eventFilters }, recovers };
    return replaceWithRoom(account, inventory, { ...replacement, droppedFilters }, room);
  };
  const enabled = enabledFilters(old);
  const dropped = without(plan.eventFilters, enabled, own);
  try {
    return { ...(await attempt(plan.eventFilters)), dropped: [], remarks: [] };
  } catch (refusal) {
    if (dropped.length === 0 || enabled.length === 0 || room.breaks || !isAboutFilters(refusal)) {
      throw refusal;
    }
    const done = isHealthy(old) ? "Replaced" : "Recovered";
    const remark = `${asSentence(refusal.message)} ${done} without ${dropped.join(", ")}; the next renewal tries again.`;
    return { ...(await attempt(enabled)), dropped, remarks: [remark] };
  }
}

/** Whether a refusal is about the filters, and not about the endpoint, the limit or the session. */
function isAboutFilters(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    (error.status === 400 || error.status === 403) &&
    error.exitCode !== ExitCode.endpoint &&
    error.code !== "SUB-505"
  );
}

function degraded(
  subscription: OwnedSubscription,
  remarks: readonly string[],
  own: OwnIds,
): Pick<Result, "error"> {
  if (remarks.length === 0) return {};
  return {
    error: {
      code: "DEGRADED",
      message: remarks.join(" "),
      hint: disabledFiltersHint(subscription, own) ?? `See \`rcwh show ${subscription.id}\`.`,
      exitCode: ExitCode.attention,
    },
  };
}
