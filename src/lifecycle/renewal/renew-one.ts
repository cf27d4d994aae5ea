import { asSentence, CliError, ExitCode, withHint } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { isSameJson } from "../../machine/json.ts";
import { disabledFiltersHint } from "../../subscriptions/disabled-filters.ts";
import { isDue } from "../../subscriptions/due.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../../subscriptions/health.ts";
import type { Lifetime } from "../../subscriptions/lifetime.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import type { Account } from "../account.ts";
import { endsTheRun } from "../bulk.ts";
import { type Inventory, type OwnedSubscription, owned, readRecords } from "../inventory.ts";
import { knownToken } from "../replacement/replacement-plan.ts";
import type { ExistingResult, Result, ResultError } from "../results.ts";
import { serverNow } from "../server-clock.ts";
import { recoverSubscription } from "./recovery.ts";
import { type Renewal, renewSubscription } from "./renewal.ts";

/** What a run intends to do with one subscription. */
export interface SubscriptionPlan {
  /** Leave it alone: somebody else keeps it alive. */
  readonly skip?: true;
  readonly renew: boolean;
  /** Renew it even if it is no longer due, because the user asked for it. */
  readonly requested?: boolean;
  readonly recover: boolean;
  /** What a recovery gives the new one; undefined for the recorded one. */
  readonly verificationToken?: string | undefined;
  /** Why it is not recovered although it is blacklisted: its URL was recovered less than a day ago. RFC 3339. */
  readonly heldBackUntil?: string;
}

export const leaveAlone: SubscriptionPlan = { renew: false, recover: false };

export interface RenewOneOptions {
  /** The lifetime to ask for; undefined for the recorded one. */
  readonly expiresIn: Lifetime | undefined;
  /** Milliseconds before its end from which a subscription is due; undefined for the default. */
  readonly within: number | undefined;
  readonly dryRun: boolean;
}

/**
 * Recovers, renews or only inspects one subscription. One that cannot be recovered is renewed where it is
 * due, so that its definition survives.
 */
export async function renewOne(
  account: Account,
  inventory: Inventory,
  subscription: OwnedSubscription,
  plan: SubscriptionPlan,
  options: RenewOneOptions,
): Promise<ExistingResult> {
  const { id, profile } = subscription;
  if (plan.skip) return { id, profile, outcome: "skipped", subscription };
  if (!plan.recover) return renewOrInspect(account, inventory, subscription, plan, options);
  if (options.dryRun) return { id, profile, outcome: "would-recover", subscription };
  const upToDate = { ...inventory, records: await readRecords(account) };
  const remedy = `set one with \`rcwh recover ${id} --verification-token-file <path>\``;
  const verificationToken =
    plan.verificationToken ?? knownToken(subscription, {}, upToDate, account, remedy);
  try {
    const recovery = { verificationToken, flags: {} };
    return await recoverSubscription(account, upToDate, subscription, recovery);
  } catch (refusal) {
    if (!(refusal instanceof CliError) || endsTheRun(refusal)) throw refusal;
    const isAboutEndpoint = refusal.exitCode === ExitCode.endpoint;
    // Then there is nothing to renew, or nothing that is due.
    const isGone = refusal.exitCode === ExitCode.notFound;
    if (isGone || !(isAboutEndpoint || plan.renew)) throw withRoomHint(refusal, id);
    const result = await renewOrInspect(account, inventory, subscription, plan, options);
    return { ...result, error: cannotRecover(withRoomHint(refusal, id), result) };
  }
}

function withRoomHint(refusal: CliError, id: string): CliError {
  if (refusal.code !== "SUB-505") return refusal;
  const remedy = `Choose one to delete with \`rcwh list\`, then delete it. Or run \`rcwh recover ${id} --break-before-make\`.`;
  return withHint(refusal, remedy);
}

/** It stays blacklisted. A broken endpoint is not a failure of the run. */
function cannotRecover(
  { message, code, hint, exitCode }: CliError,
  { error }: Result,
): ResultError {
  const isAboutEndpoint = exitCode === ExitCode.endpoint;
  return {
    code,
    message: `${error ? `${error.message} ` : ""}It cannot be recovered yet: ${asSentence(message)}`,
    hint,
    exitCode: isAboutEndpoint ? (error?.exitCode ?? ExitCode.attention) : exitCode,
  };
}

async function renewOrInspect(
  account: Account,
  inventory: Inventory,
  subscription: OwnedSubscription,
  { renew, requested = false, heldBackUntil }: SubscriptionPlan,
  options: RenewOneOptions,
): Promise<ExistingResult> {
  const { id, profile } = subscription;
  const { within, dryRun } = options;
  const { own } = inventory;
  const heldBack =
    heldBackUntil === undefined
      ? []
      : [`Its URL was recovered less than a day ago, so recovery skips it until ${heldBackUntil}.`];
  if (!renew || dryRun) {
    const error = isHealthy(subscription)
      ? undefined
      : toError(
          subscription,
          [describeUnhealthy(subscription, "It"), ...heldBack],
          "blacklisted",
          own,
        );
    const outcome = error ? "blacklisted" : renew ? "would-renew" : "not-due";
    return { id, profile, outcome, subscription, ...(error && { error }) };
  }
  const { latest, record } = await readLatest(account, inventory, subscription);
  const now = serverNow(account);
  if (!requested && !isDue(latest, { within, recorded: record, now })) {
    return renewOrInspect(account, inventory, latest, leaveAlone, options);
  }
  const expiresIn = options.expiresIn?.from(now);
  const renewal = await renewSubscription(account.client, latest, { record, expiresIn, now, own });
  if (!(await saveRenewal(renewal, record, expiresIn, account))) {
    // Another process changed it at the same time, and its change may have come last: renew again if due.
    const retry = { ...options, expiresIn: undefined };
    const plan = { renew, recover: false };
    const result = await renewOrInspect(account, inventory, renewal.subscription, plan, retry);
    return result.outcome === "not-due" ? { ...result, outcome: "renewed" } : result;
  }
  const { outcome } = renewal;
  const remarks = outcome === "blacklisted" ? [...renewal.remarks, ...heldBack] : renewal.remarks;
  const error = toError(renewal.subscription, remarks, outcome, own, latest);
  return { id, profile, outcome, subscription: renewal.subscription, ...(error && { error }) };
}

/** The current record; also the current subscription, if another process has written the record since. */
async function readLatest(
  account: Account,
  { records }: Inventory,
  subscription: OwnedSubscription,
) {
  const { id, api, profile } = subscription;
  const record = (await readRecords(account)).get(id);
  const isUnchanged = isSameJson(record, records.get(id));
  const latest = isUnchanged
    ? subscription
    : owned(await account.client.read(api, id), profile, api);
  return { latest, record };
}

/** Adds what a renewal tells to the record. False if another process has written the record meanwhile. */
async function saveRenewal(
  { subscription, droppedFilters }: Renewal,
  record: SubscriptionRecord | undefined,
  expiresIn: number | undefined,
  { records }: Account,
): Promise<boolean> {
  const { id, api, deliveryMode, expirationTime } = subscription;
  let isUnchanged = true;
  await records.edit(id, (current) => {
    isUnchanged = isSameJson(current, record);
    if (!isUnchanged) return undefined;
    const { droppedFilters: _, goneAt: __, reported: ___, ...known } = current ?? { foreign: true };
    return {
      ...known,
      id,
      api,
      eventFilters: [...allFilters(subscription), ...droppedFilters],
      ...(droppedFilters.length > 0 && { droppedFilters }),
      address: deliveryMode.address ?? "",
      expirationTime,
      ...(expiresIn !== undefined && { expiresIn }),
    };
  });
  return isUnchanged;
}

/** The remarks as an error; undefined if there are none. `before` is the subscription as it was before the renewal. */
function toError(
  subscription: OwnedSubscription,
  remarks: readonly string[],
  outcome: Renewal["outcome"],
  own: OwnIds,
  before: OwnedSubscription = subscription,
): ResultError | undefined {
  if (remarks.length === 0) return undefined;
  const { id } = subscription;
  const error = { message: remarks.join(" "), exitCode: ExitCode.attention };
  switch (outcome) {
    case "shortened":
      return {
        ...error,
        code: "SHORTENED",
        hint: `Request the lifetime again with \`rcwh renew ${id} --expires-in ${new Date(before.expirationTime).toISOString()}\`.`,
        exitCode: ExitCode.failure,
      };
    case "blacklisted":
      return {
        ...error,
        code: "UNHEALTHY",
        hint: repairHint(subscription).replace(/\.$/, `; \`--ignore ${id}\` silences this.`),
      };
    default:
      return {
        ...error,
        code: outcome.toUpperCase().replaceAll("-", "_"),
        hint: disabledFiltersHint(subscription, own) ?? `See \`rcwh show ${id}\`.`,
      };
  }
}
