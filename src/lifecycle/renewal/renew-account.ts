import { CliError, ExitCode } from "../../errors.ts";
import { isDue, isKeptByOthers } from "../../subscriptions/due.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { isSelective, type Selector, selectSubscriptions } from "../../subscriptions/select.ts";
import type { Account } from "../account.ts";
import { type BulkOutcome, inBulk, resultOfError } from "../bulk.ts";
import type { ChangeLimit } from "../change-limit.ts";
import { findDuplicates, removeDuplicate, reportDuplicate } from "../duplicates.ts";
import { afterwards, type Inventory, type OwnedSubscription, takeInventory } from "../inventory.ts";
import { malformedOutsiders, malformedResults } from "../malformed.ts";
import {
  findMissing,
  isRecreatable,
  type Missing,
  missingCandidates,
  missingOutsiders,
  reportMissing,
  toRecorded,
} from "../missing.ts";
import {
  type FinishedInventory,
  finishReplacements,
} from "../replacement/unfinished-replacements.ts";
import type { Result } from "../results.ts";
import { serverNow } from "../server-clock.ts";
import { inheritRecords, updateRecords } from "../update-records.ts";
import { heldBackUntil, isRecoverable } from "./recovery.ts";
import { recreate } from "./recreate.ts";
import { leaveAlone, type RenewOneOptions, renewOne, type SubscriptionPlan } from "./renew-one.ts";
import { verifyRenewals } from "./verify-renewals.ts";

/** What one run of `renew` does with each account. */
export interface RenewalRequest extends RenewOneOptions {
  /** Which subscriptions; an empty selector means those that are due. */
  readonly selector: Selector;
  /** Selectors of subscriptions whose problems are not reported. */
  readonly ignore: readonly string[];
  readonly changes: ChangeLimit;
  /** Whether to recover what is blacklisted. */
  readonly recover: boolean;
  /** Whether to re-create what has expired. */
  readonly recreate: boolean;
  /** Whether messages may show the query strings of URLs. */
  readonly showSecrets: boolean;
  /** Which subscriptions a run without a selector is about, those that are gone included; by default all. */
  readonly only?: (id: string) => boolean;
}

export interface AccountRun extends BulkOutcome {
  readonly inventory: Inventory;
  /** Number of subscriptions on record that the server no longer has. */
  readonly gone: number;
}

/**
 * Renews what is due of one account, or what is selected, and reports everything else. On request it
 * recovers what is blacklisted and re-creates what has expired. Where nothing is to be done, it makes one
 * list request for each API in use.
 *
 * @param onListed called with everything that the account has, before anything is renewed
 */
export async function renewAccount(
  account: Account,
  options: RenewalRequest,
  onListed: (inventory: Inventory) => void,
): Promise<AccountRun> {
  const finished = await finishReplacements(account, await takeInventory(account), options);
  onListed(finished);
  return renewListed(account, finished, options);
}

/** The same with what was just listed. */
export async function renewListed(
  account: Account,
  finished: FinishedInventory,
  options: RenewalRequest,
): Promise<AccountRun> {
  const { selector, dryRun, only = () => true } = options;
  const missing = await findMissing(account, finished);
  const records = dryRun ? finished.records : await inheritRecords(account, finished, missing);
  const inventory = { ...finished, records };
  const now = serverNow(account);
  // A time that has passed is an error before anything is renewed.
  options.expiresIn?.from(now);
  const ignored = findIgnored(options.ignore, inventory, missing, now);

  const chosen = chooseAll(inventory, missing, options, now);
  const plans = planAll(chosen.living, inventory, ignored, options, now);
  const lost = options.recreate
    ? chosen.missing.filter((each) => isLost(each, ignored, selector))
    : [];
  const isNamed = selector.ids.length > 0;
  const relevant = chosen.missing.filter(
    (each) => isNamed || lost.includes(each) || !each.record.reported,
  );
  const touched = [...plans.values()].filter(({ renew, recover }) => renew || recover);
  const duplicates = findDuplicates(inventory).filter(
    ({ kept, extra }) =>
      chosen.living.includes(extra) && !(ignored.has(extra.id) || ignored.has(kept.id)),
  );
  const removes = options.recover && !dryRun;
  options.changes.reserve(touched.length + lost.length + (options.recover ? duplicates.length : 0));

  const renewed = await renewPlanned(account, inventory, plans, options);
  const verified =
    renewed.stoppedBy === undefined
      ? await verifyRenewals(account, renewed.results)
      : renewed.results;
  const found = await handleMissing(account, inventory, relevant, lost, options, renewed.stoppedBy);
  const isReported = ({ id, outcome, error }: Result) =>
    outcome === "gone" && error && !ignored.has(id);
  const reported = new Set(found.results.filter(isReported).map(({ id }) => id));
  const extras = new Map<string, Result>();
  for (const duplicate of duplicates) {
    const isRemoved = removes && found.stoppedBy === undefined;
    const result = isRemoved
      ? await removeDuplicate(account, inventory, duplicate)
      : reportDuplicate(duplicate);
    extras.set(result.id, result);
  }
  if (!dryRun) await updateRecords(account, inventory, missing, reported);
  const results = [
    ...verified.map((each) => extras.get(each.id) ?? each),
    ...found.results,
    ...(options.only ? [] : malformedResults(inventory)),
  ];
  const back = new Set(found.results.flatMap(({ id, newId }) => (newId === undefined ? [] : id)));
  return {
    inventory,
    gone: missing.filter(({ record: { id }, successor }) => !successor && !back.has(id) && only(id))
      .length,
    results: [...finished.unfinished, ...results.map((result) => silence(result, ignored))],
    stoppedBy: found.stoppedBy,
  };
}

/** Whether a run is about every subscription of an account. */
export function isAboutAll(selector: Selector): boolean {
  return !isSelective({ ...selector, all: false });
}

/** The ids to ignore. A selector that matches nothing is no error: a crontab outlives subscriptions. */
function findIgnored(
  ignore: readonly string[],
  { subscriptions, malformed, own }: Inventory,
  missing: readonly Missing[],
  now: number,
): ReadonlySet<string> {
  const others = [...missing.map(({ record }) => record.id), ...malformed.map(({ id }) => id)];
  const ids = ignore.flatMap((each) => {
    try {
      return selectSubscriptions(subscriptions, { ids: [each] }, { now, own }).map(({ id }) => id);
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== ExitCode.notFound) throw error;
      return others.filter((id) => id.startsWith(each.toLowerCase()));
    }
  });
  return new Set(ids);
}

/** What the run is about. Missing ones are selected only where they may be re-created. */
function chooseAll(
  inventory: Inventory,
  missing: readonly Missing[],
  { selector, recreate, only = () => true }: RenewalRequest,
  now: number,
): { readonly living: readonly OwnedSubscription[]; readonly missing: readonly Missing[] } {
  const { profile, subscriptions, own } = inventory;
  const malformed = malformedOutsiders(inventory);
  if (!isSelective(selector)) {
    return {
      living: subscriptions.filter(({ id }) => only(id)),
      missing: missing.filter(({ record }) => only(record.id)),
    };
  }
  if (!recreate) {
    const outsiders = [...malformed, ...missingOutsiders(missing, profile)];
    const living = selectSubscriptions(subscriptions, selector, { now, own, outsiders });
    return { living, missing: isAboutAll(selector) ? missing : [] };
  }
  const recorded = missingCandidates(missing, profile);
  const options = { now, own, outsiders: malformed };
  const chosen = selectSubscriptions([...subscriptions, ...recorded], selector, options);
  return {
    living: chosen.flatMap((each) => ("missing" in each ? [] : each)),
    missing: chosen.flatMap((each) => ("missing" in each ? each.missing : [])),
  };
}

/** The plan of each subscription that the run is about, in the order of the list. */
function planAll(
  chosen: readonly OwnedSubscription[],
  inventory: Inventory,
  ignored: ReadonlySet<string>,
  options: RenewalRequest,
  now: number,
): ReadonlyMap<OwnedSubscription, SubscriptionPlan> {
  return new Map(
    chosen.map((each) => [each, planOne(each, inventory, ignored.has(each.id), options, now)]),
  );
}

function planOne(
  subscription: OwnedSubscription,
  { records }: Inventory,
  isIgnored: boolean,
  { selector, within, recover }: RenewalRequest,
  now: number,
): SubscriptionPlan {
  // RingCentral refuses to renew a WebSocket subscription over HTTP.
  const isWebSocket = subscription.deliveryMode.transportType === "WebSocket";
  const isNamed = selector.ids.length > 0;
  if (isWebSocket || (isKeptByOthers(subscription) && !isNamed))
    return { ...leaveAlone, skip: true };
  const recorded = records.get(subscription.id);
  const requested = isSelective(selector) && within === undefined;
  const renew = requested || isDue(subscription, { within, recorded, now });
  if (!recover || isIgnored || !isRecoverable(subscription)) {
    return { renew, requested, recover: false };
  }
  const until = heldBackUntil(subscription, records.values(), now);
  return until === undefined
    ? { renew, requested, recover: true }
    : { renew, requested, recover: false, heldBackUntil: until };
}

function renewPlanned(
  account: Account,
  inventory: Inventory,
  plans: ReadonlyMap<OwnedSubscription, SubscriptionPlan>,
  options: RenewalRequest,
): Promise<BulkOutcome> {
  let current = inventory;
  const planOf = (subscription: OwnedSubscription) => plans.get(subscription) ?? leaveAlone;
  const renew = async (subscription: OwnedSubscription) => {
    const result = await renewOne(account, current, subscription, planOf(subscription), options);
    current = afterwards(current, result);
    return result;
  };
  const takesTime = (subscription: OwnedSubscription) => {
    const { renew: renews, recover } = planOf(subscription);
    return (renews || recover) && !options.dryRun;
  };
  return inBulk(account, [...plans.keys()], renew, { activity: "Renewing", takesTime });
}

/** Whether it may be re-created: it expired, and was not deleted by somebody. One that is named may in any case. */
function isLost(missing: Missing, ignored: ReadonlySet<string>, { ids }: Selector): boolean {
  const { record, status, isCertain } = missing;
  if (!isRecreatable(missing) || ignored.has(record.id)) return false;
  return ids.length > 0 || (isCertain && status === "Expired");
}

function silence(result: Result, ignored: ReadonlySet<string>): Result {
  const { error, ...quiet } = result;
  const isSilenced = ignored.has(result.id) && error?.exitCode === ExitCode.attention;
  return isSilenced ? quiet : result;
}

/** Re-creates expired subscriptions, and reports other missing ones. */
async function handleMissing(
  account: Account,
  inventory: Inventory,
  missing: readonly Missing[],
  lost: readonly Missing[],
  { dryRun, showSecrets }: RenewalRequest,
  stopped: unknown,
): Promise<BulkOutcome> {
  const { profile } = inventory;
  const results: Result[] = [];
  let stoppedBy = stopped;
  for (const each of missing) {
    const { id } = each.record;
    if (!lost.includes(each)) {
      results.push(reportMissing(each, profile, showSecrets));
    } else if (stoppedBy !== undefined || dryRun) {
      const outcome = dryRun ? "would-recreate" : "not-tried";
      results.push({ id, profile, outcome, recorded: toRecorded(each, profile) });
    } else {
      account.notify({ kind: "progress", text: `Re-creating ${nameOf(each.record)}` });
      try {
        results.push(await recreate(account, inventory, each));
      } catch (error) {
        const about = { id, profile, recorded: toRecorded(each, profile) };
        const { result, endsTheRun } = resultOfError(about, error);
        results.push(result);
        if (endsTheRun) stoppedBy = error;
      }
    }
  }
  return { results, stoppedBy };
}
