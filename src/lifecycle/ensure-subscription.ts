import { CliError, ExitCode } from "../errors.ts";
import { type OwnIds, sameFilters } from "../filters/compare.ts";
import { redactAddress } from "../machine/redact.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { comparedWithAsked, type Difference, isSameWebhook } from "../subscriptions/compare.ts";
import { isDue } from "../subscriptions/due.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { lifetimeTolerance, remainingSeconds } from "../subscriptions/lifetime.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import type { Account } from "./account.ts";
import { type ChangeTarget, changeInPlace, planChange } from "./change-subscription.ts";
import { createSubscription, findDuplicate } from "./create-subscription.ts";
import { type Inventory, type OwnedSubscription, takeInventory } from "./inventory.ts";
import { findMissing } from "./missing.ts";
import { type NewSubscription, settleLifetime, withVerificationToken } from "./new-subscription.ts";
import { heldBackUntil, isRecoverable } from "./renewal/recovery.ts";
import { renewOne } from "./renewal/renew-one.ts";
import { verifyRenewals } from "./renewal/verify-renewals.ts";
import { mustBreakFirst, replaceWithRoom } from "./replacement/replacement-plan.ts";
import { withUnchanged } from "./replacement/replacement-steps.ts";
import { refuseUnderWay } from "./replacement/under-way.ts";
import { finishReplacements, warnOfUnfinished } from "./replacement/unfinished-replacements.ts";
import type { ExistingResult, Result } from "./results.ts";
import { serverNow } from "./server-clock.ts";
import { findShortfall } from "./shortfall.ts";

export interface EnsureOptions {
  /** Milliseconds before its end from which it is renewed; undefined for the default. */
  readonly within: number | undefined;
  /** Whether to replace it where it is blacklisted. */
  readonly recover: boolean;
}

/**
 * Makes sure that a subscription with this URL and these filters exists and lives. The URL says which one is meant: another
 * set of filters is changed in place, another verification token than the recorded one takes a replacement. One that is
 * gone is created, one that is blacklisted replaced, one that is due renewed, and never for a shorter life.
 *
 * @throws `AMBIGUOUS` where several deliver to the URL and none has these filters, and whatever keeps it from living
 */
export async function ensureSubscription(
  base: Account,
  wanted: NewSubscription,
  options: EnsureOptions,
): Promise<ExistingResult> {
  const account = { ...base, apis: [wanted.api] };
  const inventory = await finishReplacements(account, await takeInventory(account));
  warnOfUnfinished(inventory, account);
  const { subscriptions, own } = inventory;
  const { address } = wanted.request.deliveryMode;
  const here = subscriptions.filter(
    (each) =>
      each.deliveryMode.transportType === "WebHook" &&
      !isOfListener(each) &&
      sameAddress(each.deliveryMode.address, address),
  );
  const same = findDuplicate(here, wanted.request, own);
  if (!same && here.length > 1) throw ambiguous(here, address);
  const subscription = same ?? here[0];
  if (!subscription) return create(account, wanted, inventory);
  await refuseUnderWay(account, subscription);
  const warn = (text: string) => account.notify({ kind: "warning", text });
  const settled = settleLifetime(wanted, serverNow(account), warn);
  const target = { subscription, address, inventory };
  const changed = await adjust(account, target, settled);
  if (changed?.outcome === "replaced") return changed;
  const kept = await keepAlive(account, target, changed, settled, options);
  return kept.outcome === "not-due" && changed ? changed : kept;
}

/** Creates it, with what is on record of one that is gone. */
async function create(
  account: Account,
  wanted: NewSubscription,
  inventory: Inventory,
): Promise<ExistingResult> {
  const { profile } = account;
  const { deliveryMode, expiresIn, eventFilters } = wanted.request;
  const missing = await findMissing(account, inventory);
  const here = missing.filter(({ record }) => sameAddress(record.address, deliveryMode.address));
  const lost =
    here.find(({ record }) => sameFilters(record.eventFilters, eventFilters, inventory.own)) ??
    here[0];
  const recorded = lost?.record.foreign ? undefined : lost?.record;
  const token = deliveryMode.verificationToken ?? recorded?.verificationToken;
  const lifetime = expiresIn ?? lost?.record.expiresIn;
  const request = { ...wanted.request, ...(lifetime !== undefined && { expiresIn: lifetime }) };
  const definition = withVerificationToken({ ...wanted, request, until: wanted.until }, token);
  const managedAs = lost?.record.managedAs;
  const created = await createSubscription(account, definition, { ifExists: "reuse", managedAs });
  const { subscription, own, differences, outcome } = created;
  const about = {
    profile,
    subscription,
    ...attention(differences, subscription, own),
  };
  if (outcome === "exists") return { ...about, id: subscription.id, outcome: "unchanged" };
  if (!lost) return { ...about, id: subscription.id, outcome: "created" };
  await account.records.remove(lost.record.id);
  return { ...about, id: lost.record.id, outcome: "recreated", newId: subscription.id };
}

/** Gives it the filters, the lifetime and the verification token of the definition. Undefined where it has them. */
async function adjust(
  account: Account,
  target: ChangeTarget,
  { request: { eventFilters, expiresIn, deliveryMode } }: NewSubscription,
): Promise<ExistingResult | undefined> {
  const { subscription, address, inventory } = target;
  const { own, records } = inventory;
  const record = records.get(subscription.id);
  const now = serverNow(account);
  const remaining = remainingSeconds(subscription, now);
  const isSame = isSameWebhook(subscription, address, eventFilters, own);
  // A life that is longer than wanted stays; one that was never asked for is asked for when it is due.
  const isLonger =
    expiresIn !== undefined &&
    record?.expiresIn !== undefined &&
    record.expiresIn !== expiresIn &&
    remaining < expiresIn - lifetimeTolerance;
  const token = deliveryMode.verificationToken;
  const isOtherToken =
    token !== undefined && record && !record.foreign && record.verificationToken !== token;
  if (isSame && !isLonger && !isOtherToken) return undefined;
  const lifetime =
    isLonger && expiresIn !== undefined ? { seconds: expiresIn, from: () => expiresIn } : undefined;
  const wish = { whole: eventFilters, added: [], removed: [], lifetime, allowShorter: false };
  const change = planChange(account, target, wish);
  if (isOtherToken) {
    await refuseUnderWay(account, subscription, { replacing: true });
    return replace(account, target, { ...change.request, address, verificationToken: token });
  }
  const { result, own: ownNow, differences } = await changeInPlace(account, target, change);
  return { ...result, ...attention(differences, result.subscription, ownNow) };
}

async function replace(
  account: Account,
  { subscription: old, inventory }: ChangeTarget,
  definition: Parameters<typeof replaceWithRoom>[2]["definition"],
): Promise<ExistingResult> {
  const { own } = inventory;
  const breaks = mustBreakFirst(old, {}, inventory, account);
  const plan = { old, definition, recovers: !isHealthy(old) };
  const room = { breaks, mayBreak: false };
  const { subscription, gap } = await replaceWithRoom(account, inventory, plan, room).catch(
    (error: unknown) => {
      throw withUnchanged(old, error);
    },
  );
  const differences = comparedWithAsked(definition, subscription, {
    now: serverNow(account),
    own,
  });
  return {
    id: old.id,
    profile: account.profile,
    outcome: "replaced",
    subscription,
    newId: subscription.id,
    ...(gap && { gap }),
    ...attention(differences, subscription, own),
  };
}

/** Renews or recovers it, or finds that it needs neither. */
async function keepAlive(
  account: Account,
  { subscription: found, inventory }: ChangeTarget,
  changed: ExistingResult | undefined,
  { request: { expiresIn, deliveryMode } }: NewSubscription,
  { within, recover }: EnsureOptions,
): Promise<ExistingResult> {
  const current = changed?.subscription ?? found;
  const records = new Map((await account.records.list()).map((each) => [each.id, each]));
  const known = records.get(current.id);
  const now = serverNow(account);
  const lifetime = known?.expiresIn ?? expiresIn;
  const due = isDue(current, {
    within,
    recorded: known && lifetime !== undefined ? { ...known, expiresIn: lifetime } : known,
    now,
  });
  const until = isRecoverable(current) ? heldBackUntil(current, records.values(), now) : undefined;
  const plan = {
    renew: due,
    requested: due,
    recover: recover && isRecoverable(current) && until === undefined,
    ...(until !== undefined && { heldBackUntil: until }),
    verificationToken: deliveryMode.verificationToken,
  };
  const asked = expiresIn === undefined ? undefined : { seconds: expiresIn, from: () => expiresIn };
  const others = inventory.subscriptions.map((each) => (each.id === found.id ? current : each));
  const upToDate = { ...inventory, subscriptions: others, records };
  const renewed = await renewOne(account, upToDate, current, plan, {
    expiresIn: asked,
    within,
    dryRun: false,
  });
  const [verified = renewed] = await verifyRenewals(account, [renewed]);
  return { subscription: renewed.subscription, ...verified };
}

function attention(
  differences: readonly Difference[],
  subscription: OwnedSubscription,
  own: OwnIds,
): Pick<Result, "error"> {
  const error = findShortfall(differences, subscription, own);
  return error ? { error } : {};
}

function ambiguous(here: readonly OwnedSubscription[], address: string): CliError {
  return new CliError(
    `${here.length} subscriptions deliver to ${redactAddress(address)}, and none has these filters: ${here.map(({ id }) => id).join(", ")}. Nothing was changed.`,
    {
      exitCode: ExitCode.failure,
      code: "AMBIGUOUS",
      hint: "Delete those that are not needed, or give each its own URL: a query is enough.",
    },
  );
}
