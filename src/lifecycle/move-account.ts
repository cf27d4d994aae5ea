import { CliError, ExitCode, UsageError, withHint } from "../errors.ts";
import { redactAddress } from "../machine/redact.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { isSameWebhook } from "../subscriptions/compare.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import { type AddressPrefix, beginsWith, movedAddress } from "../subscriptions/moved-address.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import { isSelective, type Selector, selectSubscriptions } from "../subscriptions/select.ts";
import { allFilters } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";
import { type BulkOutcome, endsTheRun, inBulk, resultOfError } from "./bulk.ts";
import type { ChangeLimit } from "./change-limit.ts";
import { afterwards, type Inventory, type OwnedSubscription, takeInventory } from "./inventory.ts";
import { malformedOutsiders } from "./malformed.ts";
import { findMissing, missingOutsiders } from "./missing.ts";
import { replaceAlike } from "./renewal/recovery.ts";
import {
  knownToken,
  mustBreakFirst,
  type ReplacementFlags,
} from "./replacement/replacement-plan.ts";
import { withUnchanged } from "./replacement/replacement-steps.ts";
import { refusalUnderWay } from "./replacement/under-way.ts";
import {
  type FinishedInventory,
  finishReplacements,
  foreseeFinished,
} from "./replacement/unfinished-replacements.ts";
import type { Result } from "./results.ts";
import { serverNow } from "./server-clock.ts";

export interface MoveRequest {
  readonly from: AddressPrefix;
  readonly to: AddressPrefix;
  /** Narrows what is moved; an empty one is about everything below `from`. */
  readonly selector: Selector;
  readonly changes: ChangeLimit;
  readonly flags: ReplacementFlags;
  /** RingCentral's URL: http is only for an emulator. */
  readonly server: string;
}

/** A subscription, and where it is to deliver. */
export interface Move {
  readonly old: OwnedSubscription;
  readonly address: string;
  /** Undefined for one without. */
  readonly verificationToken: string | undefined;
  /** Whether the old one has to go first, because there is no room for both. */
  readonly breaks: boolean;
}

export interface MovePlan {
  /** After what an earlier run left was finished; under --dry-run as it would be then. */
  readonly inventory: FinishedInventory;
  readonly moves: readonly Move[];
  /** What stays where it is, because a replacement of it is not over. */
  readonly held: readonly Result[];
  /** How many lie below `to`, and so below `from`, already. */
  readonly arrived: number;
  /** Those below `from` that `rcwh listen` looks after. */
  readonly ofListeners: readonly OwnedSubscription[];
  /** How many the server no longer has, but rcwh has on record below `from`. */
  readonly recorded: number;
  /** What is malformed, and seems to deliver below `from`. */
  readonly malformedIds: ReadonlySet<string>;
}

/**
 * Finds what to move, and finishes what an earlier run left, or foresees it under --dry-run; changes nothing else.
 *
 * @throws UsageError for a URL that RingCentral would not take, for more than the limit, and for an unknown token with
 * `requireToken`; `SUB-505` where there is no room and nothing may be deleted first
 */
export async function planMove(account: Account, request: MoveRequest): Promise<MovePlan> {
  const { from, to, selector, changes, flags, server } = request;
  const listed = await takeInventory(account);
  const foreseen = flags.dryRun && (await foreseeFinished(account, listed));
  const inventory = foreseen || (await finishReplacements(account, listed));
  const { subscriptions, own, profile } = inventory;
  const now = serverNow(account);
  const malformed = malformedOutsiders(inventory);
  const missing = await findMissing(account, inventory);
  const outsiders = [...malformed, ...missingOutsiders(missing, profile)];
  const selected = isSelective(selector)
    ? selectSubscriptions(subscriptions, selector, { now, own, outsiders })
    : subscriptions;
  const found = selected.flatMap((old) => {
    const address = movedAddress(old.deliveryMode.address ?? "", from, to);
    return address === undefined ? [] : { old, address };
  });
  const underWay = foreseen ? foreseen.kept : await account.journal.list();
  const held = findHeld(found, underWay);
  const ours = found.filter(({ old }) => !isOfListener(old) && !held.has(old.id));
  for (const { old, address } of ours) {
    parseAddress(address, server);
    if (movedAddress(address, from, to) !== undefined) throw refuseLoop(old, address);
  }
  changes.reserve(ours.length);
  const breaksByApi = new Map<string, boolean>();
  const breaks = (old: OwnedSubscription) => {
    const known = breaksByApi.get(old.api) ?? mustBreakFirst(old, flags, inventory, account);
    breaksByApi.set(old.api, known);
    return known;
  };
  return {
    inventory,
    moves: ours.map(({ old, address }) => ({
      old,
      address,
      verificationToken: tokenOf(old, request, inventory, account),
      breaks: breaks(old),
    })),
    held: [...held.values()],
    arrived:
      selected.filter(({ deliveryMode }) => beginsWith(deliveryMode.address ?? "", from)).length -
      found.length,
    ofListeners: found.flatMap(({ old }) => (isOfListener(old) ? old : [])),
    recorded: missing.filter(
      ({ record, successor }) => !successor && beginsWith(record.address, from),
    ).length,
    malformedIds: new Set(
      malformed.flatMap(({ id, deliveryMode }) =>
        beginsWith(deliveryMode?.address ?? "", from) ? id : [],
      ),
    ),
  };
}

/** The results of those that another replacement is about, by id. */
function findHeld(
  found: readonly Pick<Move, "old" | "address">[],
  underWay: readonly ReplacementIntent[],
): ReadonlyMap<string, Result> {
  return new Map(
    found.flatMap(({ old, address: newAddress }) => {
      const { id, profile } = old;
      const refusal = refusalUnderWay(underWay, old, true);
      if (!refusal) return [];
      const { oldId = id } = underWay.find(({ newId }) => newId === id) ?? {};
      const hint = `End that with \`rcwh delete ${oldId}\`, then run the same command again.`;
      const about = { id, profile, subscription: old, newAddress };
      return [[id, resultOfError(about, withHint(refusal, hint)).result] as const];
    }),
  );
}

/** A second run would move it again, and a third. */
function refuseLoop(old: OwnedSubscription, address: string): UsageError {
  return new UsageError(
    `${nameOf(old)} would deliver to ${redactAddress(address)}, which begins with --from again.`,
    `Move it with \`rcwh update ${old.id} --url <url>\`, and the others with --url or --filter.`,
  );
}

function tokenOf(
  old: OwnedSubscription,
  { flags }: MoveRequest,
  inventory: Inventory,
  account: Account,
): string | undefined {
  try {
    const remedy = "set one afterwards with `rcwh update <id> --verification-token-file <path>`";
    return knownToken(old, flags, inventory, account, remedy);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw withHint(
      error,
      `Give it its token with \`rcwh update ${old.id} --verification-token-file <path>\`, or leave out --require-token.`,
    );
  }
}

/** The new URLs that break a rule of RingCentral's handshake, with what was found. Each URL is called once. */
export async function proveMoves(
  account: Account,
  moves: readonly Move[],
): Promise<ReadonlyMap<string, CliError>> {
  const tokens = new Map(
    moves.toReversed().map(({ address, verificationToken }) => [address, verificationToken]),
  );
  const broken = new Map<string, CliError>();
  let tried = 0;
  for (const address of new Set(moves.map((move) => move.address))) {
    account.signal.throwIfAborted();
    tried += 1;
    account.notify({ kind: "progress", text: `Checking ${tried} of ${tokens.size} new URLs` });
    try {
      await account.endpoints.prove(address, tokens.get(address));
    } catch (error) {
      if (!(error instanceof CliError) || endsTheRun(error)) throw error;
      broken.set(address, error);
    }
  }
  return broken;
}

/**
 * Moves one after another: makes the new one, sees it Active, deletes the old one.
 *
 * @param broken what is not moved, because its new URL fails
 */
export async function carryOutMove(
  account: Account,
  { inventory, moves }: MovePlan,
  broken: ReadonlyMap<string, CliError>,
  { breakBeforeMake }: ReplacementFlags,
): Promise<BulkOutcome> {
  let current: Inventory = inventory;
  const byId = new Map(moves.map((move) => [move.old.id, move]));
  const move = async (old: OwnedSubscription): Promise<Result> => {
    const { address = "", verificationToken, breaks = false } = byId.get(old.id) ?? {};
    const { id, profile } = old;
    const failure = broken.get(address);
    if (failure) return resultOfError({ id, profile, subscription: old }, failure).result;
    const duplicate = findDuplicate(old, address, current);
    if (duplicate) return reportDelivered(old, duplicate);
    const room = { breaks, mayBreak: breakBeforeMake === true };
    try {
      const place = { address, verificationToken, room };
      const result = await replaceAlike(account, current, old, place);
      current = afterwards(current, result);
      return result;
    } catch (error) {
      throw breaks ? error : withUnchanged(old, error);
    }
  };
  const olds = moves.map(({ old }) => old);
  return inBulk(account, olds, move, { activity: "Moving" });
}

/** One that delivers the same events to the new URL already: a second one would deliver each of them twice. */
function findDuplicate(
  old: OwnedSubscription,
  address: string,
  { subscriptions, own }: Inventory,
): OwnedSubscription | undefined {
  return subscriptions.find(
    (each) =>
      each.id !== old.id &&
      isHealthy(each) &&
      isSameWebhook(each, address, allFilters(old, own), own),
  );
}

function reportDelivered(old: OwnedSubscription, duplicate: OwnedSubscription): Result {
  const { id, profile } = old;
  const error = {
    code: "DUPLICATE",
    message: `${nameOf(old)} was not moved: ${nameOf(duplicate)} delivers the same events already.`,
    hint: `Delete it with \`rcwh delete ${id}\`.`,
    exitCode: ExitCode.attention,
  } as const;
  return { id, profile, outcome: "skipped", subscription: old, error };
}
