import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import { isDue } from "../subscriptions/due.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import { isSelective, type Selector, selectSubscriptions } from "../subscriptions/select.ts";
import { type BulkOutcome, inBulk, resultOfError } from "./bulk.ts";
import { afterwards, type Inventory, type OwnedSubscription, takeInventory } from "./inventory.ts";
import type { ChangeLimit } from "./limit-changes.ts";
import {
  findMissing,
  handOver,
  keepTrack,
  type Missing,
  recreate,
  reportMissing,
} from "./missing.ts";
import { heldBackUntil, isRecoverable } from "./recovery.ts";
import { renewOne, type Treatment } from "./renew-one.ts";
import type { Result } from "./results.ts";
import { finishReplacements } from "./unfinished-replacements.ts";

/** What one run of `renew` is to do with each account. */
export interface RenewWishes {
  readonly selector: Selector;
  /** `--within`, milliseconds. */
  readonly within: number | undefined;
  /** `--expires-in`, seconds. */
  readonly asked: number | undefined;
  /** Selectors of what nobody wants to hear of. */
  readonly ignore: readonly string[];
  readonly changes: ChangeLimit;
  readonly dryRun: boolean;
  readonly recover: boolean;
  readonly recreate: boolean;
  /** Milliseconds, as in `CommandContext.api`. */
  readonly deadline: number;
}

export interface AccountRun extends BulkOutcome {
  readonly inventory: Inventory;
}

/**
 * Renews what is due of one account, or what is selected, and reports everything else. Where it is
 * wished, brings back what is blacklisted and what has expired. Where nothing is to be done it makes
 * one list request for each API in use.
 *
 * @param listed hears of everything that the account has
 */
export async function renewAccount(
  context: CommandContext,
  wishes: RenewWishes,
  listed: (subscriptions: readonly OwnedSubscription[]) => void,
): Promise<AccountRun> {
  const present = await takeInventory(context, wishes.deadline);
  const finished = await finishReplacements(context, present, wishes);
  listed(finished.subscriptions);
  const { selector, dryRun } = wishes;
  const { subscriptions, own } = finished;
  const now = context.clock.now();
  const missing = await findMissing(context, finished);
  const records = dryRun ? finished.records : await handOver(context, finished, missing);
  const inventory = { ...finished, records };
  const ignored = findIgnored(wishes.ignore, inventory, missing, now);
  const chosen = isSelective(selector)
    ? selectSubscriptions(subscriptions, selector, { now, own })
    : subscriptions;
  const treatments = new Map(
    chosen.map((each) => [each, treatmentOf(each, inventory, ignored.has(each.id), wishes, now)]),
  );
  const concerned = isAboutAll(selector) ? missing : [];
  const isTouched = (each: OwnedSubscription) => {
    const { renews, recovers } = treatments.get(each) ?? { renews: false, recovers: false };
    return renews || recovers;
  };
  const lost = wishes.recreate ? concerned.filter((each) => isLost(each, ignored)) : [];
  wishes.changes.reserve(chosen.filter(isTouched).length + lost.length);

  let current: Inventory = inventory;
  const renew = async (each: OwnedSubscription) => {
    const treatment = treatments.get(each) ?? { renews: false, recovers: false };
    const result = await renewOne(context, current, each, treatment, wishes);
    current = afterwards(current, result);
    return silenced(result, ignored);
  };
  const takesTime = (each: OwnedSubscription) => isTouched(each) && !dryRun;
  const { io } = context;
  const renewed = await inBulk(chosen, renew, { io, doing: "Renewing", takesTime });
  const found = await handleMissing(context, inventory, concerned, lost, wishes, renewed.stoppedBy);
  if (!dryRun) await keepTrack(context, inventory, missing);
  const silent = found.results.map((result) => silenced(result, ignored));
  return {
    inventory,
    results: [...inventory.unfinished, ...renewed.results, ...silent],
    stoppedBy: found.stoppedBy,
  };
}

/** Whether a run is about every subscription that an account has. */
export function isAboutAll(selector: Selector): boolean {
  return !isSelective({ ...selector, all: false });
}

/** A crontab may go on ignoring what is no longer there. */
function findIgnored(
  ignore: readonly string[],
  { subscriptions, own }: Inventory,
  missing: readonly Missing[],
  now: number,
): ReadonlySet<string> {
  const gone = missing.map(({ record }) => record.id);
  const ids = ignore.flatMap((each) => {
    try {
      return selectSubscriptions(subscriptions, { ids: [each] }, { now, own }).map(({ id }) => id);
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== ExitCode.notFound) throw error;
      return gone.filter((id) => id.startsWith(each.toLowerCase()));
    }
  });
  return new Set(ids);
}

function treatmentOf(
  subscription: OwnedSubscription,
  { records }: Inventory,
  isIgnored: boolean,
  { selector, within, recover }: RenewWishes,
  now: number,
): Treatment {
  // RingCentral renews a WebSocket's itself while it is open, and refuses to over HTTP.
  const isOfSocket = subscription.deliveryMode.transportType === "WebSocket";
  const isNamed = selector.ids.length > 0;
  if (isOfSocket || (isOfListener(subscription) && !isNamed)) {
    return { renews: false, recovers: false, skips: true };
  }
  const recorded = records.get(subscription.id);
  const isMeant = isSelective(selector) && within === undefined;
  const renews = isMeant || isDue(subscription, { within, recorded, now });
  if (!recover || isIgnored || !isRecoverable(subscription)) {
    return { renews, isMeant, recovers: false };
  }
  const restsUntil = heldBackUntil(subscription, records.values(), now);
  return restsUntil === undefined
    ? { renews, isMeant, recovers: true }
    : { renews, isMeant, recovers: false, restsUntil };
}

/** What may be made anew: what vanished before its time was deleted by somebody. */
function isLost({ record, isExpired, successor }: Missing, ignored: ReadonlySet<string>): boolean {
  return isExpired && !successor && !ignored.has(record.id);
}

function silenced(result: Result, ignored: ReadonlySet<string>): Result {
  const { error, ...quiet } = result;
  const isSilenced = ignored.has(result.id) && error?.exitCode === ExitCode.attention;
  return isSilenced ? quiet : result;
}

async function handleMissing(
  context: CommandContext,
  inventory: Inventory,
  missing: readonly Missing[],
  lost: readonly Missing[],
  { dryRun }: RenewWishes,
  stopped: unknown,
): Promise<BulkOutcome> {
  const { profile } = inventory;
  const results: Result[] = [];
  let stoppedBy = stopped;
  for (const each of missing) {
    const { id } = each.record;
    if (!lost.includes(each)) {
      results.push(reportMissing(each, profile, context.settings.showSecrets));
    } else if (stoppedBy !== undefined || dryRun) {
      const outcome = dryRun ? "would-recreate" : "not-tried";
      results.push({ id, profile, outcome });
    } else {
      context.io.progress(`Making ${id} anew`);
      try {
        results.push(await recreate(context, inventory, each));
      } catch (error) {
        const { result, ends } = resultOfError({ id, profile }, error);
        results.push(result);
        if (ends) stoppedBy = error;
      }
    }
  }
  context.io.endProgress();
  return { results, stoppedBy };
}
