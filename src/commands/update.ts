import { updateOperation } from "../api/operations.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parseEventFilter } from "../filters/parse.ts";
import { splitFilterList } from "../filters/split-list.ts";
import type { Account } from "../lifecycle/account.ts";
import {
  findOwnIds,
  type Inventory,
  type OwnedSubscription,
  owned,
  takeInventory,
} from "../lifecycle/inventory.ts";
import { describeMalformed, malformedOutsiders } from "../lifecycle/malformed.ts";
import { findMissing, missingOutsiders } from "../lifecycle/missing.ts";
import type { ReplacementFlags } from "../lifecycle/replacement-plan.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { refuseUnderWay } from "../lifecycle/under-way.ts";
import {
  type FinishedInventory,
  finishReplacements,
  warnOfUnfinished,
} from "../lifecycle/unfinished-replacements.ts";
import { openAccount } from "../operations/open-account.ts";
import { type NewTokenFlags, readVerificationToken } from "../operations/verification-token.ts";
import { parseAddress, sameAddress } from "../subscriptions/address.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import { type Edit, type EditedSubscription, editSubscription } from "../subscriptions/edit.ts";
import { doubtAbout, type Lifetime, parseLifetime } from "../subscriptions/lifetime.ts";
import { nameOf } from "../subscriptions/name.ts";
import { type Outsider, selectOne } from "../subscriptions/select.ts";
import { without } from "../subscriptions/subscription-filters.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addNewTokenFlags } from "./flags/verification-token-flags.ts";
import { plannedRequest, printPlan } from "./output/print-requests.ts";
import { printResults } from "./output/print-results.ts";
import { reportDifferences } from "./output/report-differences.ts";
import { replace, type TargetFlags } from "./update-replacement.ts";

export interface UpdateOptions extends NewTokenFlags, ReplacementFlags {
  readonly addFilter?: readonly string[];
  readonly removeFilter?: readonly string[];
  readonly filter?: readonly string[];
  readonly expiresIn?: string;
  readonly allowShorter?: true;
  readonly url?: string;
  readonly allowUnknownFilter?: true;
}

const manual: Manual = {
  examples: {
    "rcwh update 3f2a --add-filter voicemail": "one more filter, everything else stays",
    "rcwh update 3f2a --filter sms,posts": "these filters, and no others",
    "rcwh update 3f2a --expires-in 10y": "a longer life",
    "rcwh update 3f2a --url https://example.com/new": "move it without losing an event",
    "rcwh update 3f2a --generate-verification-token --yes": "change the secret, unattended",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile", "outcome": "updated|replaced|unchanged",\n  "subscription", "newId" } ] }',
  exitCodes: {
    1: "RingCentral refused the change",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "the endpoint failed RingCentral's handshake; the old one is unchanged",
    8: "changed, but is unhealthy, or lacks filters or lifetime that you asked for",
    9: "a replacement was declined, or nobody could confirm it (see --yes)",
  },
};

export function createUpdateCommand(context: CommandContext, run = updateSubscription) {
  const command = createCommand("update", context, manual)
    .description(
      "Change a subscription. Filters and lifetime change in place. RingCentral cannot change a URL or a verification token: for those, rcwh creates a new subscription, waits until it works, and deletes the old one. Until then both deliver.",
    )
    .argument("<selector>", "an id, a unique prefix of one, or a URL")
    .optionsGroup("In place:")
    .option("--add-filter <filter>", "also deliver these events; repeatable", collect)
    .option("--remove-filter <filter>", "stop delivering these events; repeatable", collect)
    .option("--filter <filter>", "replace the whole set of filters; repeatable", collect)
    .option("--expires-in <duration>", "7d, 36h, 10y, max, or an RFC 3339 time")
    .option("--allow-shorter", "let --expires-in shorten the lifetime")
    .optionsGroup("By replacement:")
    .option("--url <url>", "new URL");
  return addNewTokenFlags(command)
    .option("--require-token", "refuse if rcwh does not know the token in use")
    .option("--break-before-make", "delete first if 30 of 30 leave no room; loses events")
    .optionsGroup("Other:")
    .option("--allow-unknown-filter", "send filters that the catalogue does not know")
    .option("--dry-run", "print what would be done without doing it")
    .action((selector, options) => run(selector, options, context));
}

/** @param overlap for how long both deliver in a replacement, milliseconds; `wait` is whether to stay so long */
export async function updateSubscription(
  selector: string,
  options: UpdateOptions,
  context: CommandContext,
  overlap: Pick<TargetFlags, "keepBoth" | "wait"> = {},
): Promise<void> {
  refuseNoChange(options);
  const parsed = parseEdit(options, context);
  const { server } = await context.identity();
  const address = options.url === undefined ? undefined : parseAddress(options.url, server);
  const token = await readVerificationToken(options, context);

  const { keepBoth = 0, wait = true } = overlap;
  const account = await openAccount(context, wait && keepBoth > 0 ? 90_000 + keepBoth : undefined);
  const before = await takeInventory(account);
  const inventory = await finishReplacements(account, before, options);
  warnOfUnfinished(inventory, account);
  for (const each of inventory.malformed) context.io.warn(describeMalformed(each).message);
  const gone = missingOutsiders(await findMissing(account, inventory), inventory.profile);
  const subscription = find(selector, inventory, before.subscriptions, gone);
  const current = webhookAddress(subscription);
  await refuseUnderWay(account, subscription);
  const recorded = inventory.records.get(subscription.id);
  const edit = { ...parsed, expiresIn: lifetimeOf(parsed.lifetime, account) };
  const edited = editSubscription(subscription, edit, {
    recorded: recorded?.expiresIn,
    now: serverNow(account),
    own: inventory.own,
  });
  for (const note of edited.notes) context.io.note(note);

  const moves = address !== undefined && !sameAddress(address, current);
  const isKnown = !recorded?.foreign && recorded?.verificationToken === token.token;
  if (!moves && (token.token === undefined || isKnown)) {
    return updateInPlace(subscription, edited, edit, inventory, options, account, context);
  }
  await refuseUnderWay(account, subscription, { replacing: true });
  const target = { address: address ?? current, ...token };
  const flags = { ...options, ...overlap };
  return replace(subscription, edited.request, target, flags, inventory, account, context);
}

function refuseNoChange(options: UpdateOptions): void {
  const { addFilter, removeFilter, filter, expiresIn, url } = options;
  const { verificationToken, verificationTokenFile, generateVerificationToken } = options;
  const changes = [
    ...[addFilter, removeFilter, filter, expiresIn, url],
    ...[verificationToken, verificationTokenFile, generateVerificationToken],
  ];
  if (changes.every((change) => change === undefined)) {
    throw new UsageError(
      "Nothing to change.",
      "Use --add-filter, --remove-filter, --filter, --expires-in, --url or a verification token; see `rcwh update --help`.",
    );
  }
  if (filter && (addFilter || removeFilter)) {
    throw new UsageError(
      "--filter replaces the whole set, so it cannot be combined with --add-filter or --remove-filter.",
      "Use either --filter, or --add-filter and --remove-filter.",
    );
  }
}

/** Edits as typed: a lifetime that ends at a given time is not known before the server said what time it is. */
interface ParsedEdit extends Omit<Edit, "expiresIn"> {
  readonly lifetime: Lifetime | undefined;
}

function parseEdit(options: UpdateOptions, { io }: CommandContext): ParsedEdit {
  const allowUnknown = options.allowUnknownFilter ?? false;
  const parse = (inputs: readonly string[]) =>
    inputs.flatMap(splitFilterList).map((text) => {
      const { eventFilter, notes } = parseEventFilter(text, { allowUnknown });
      for (const note of notes) io.note(note);
      return eventFilter;
    });
  const removed = (options.removeFilter ?? []).flatMap(splitFilterList);
  return {
    whole: options.filter && parse(options.filter),
    added: parse(options.addFilter ?? []),
    removed: removed.map((text) => parseEventFilter(text, { allowUnknown: true })),
    lifetime: options.expiresIn === undefined ? undefined : parseLifetime(options.expiresIn),
    allowShorter: options.allowShorter ?? false,
  };
}

/** Its seconds by the server's clock. */
function lifetimeOf(lifetime: Lifetime | undefined, account: Account): number | undefined {
  const seconds = lifetime?.from(serverNow(account));
  const doubt = doubtAbout(seconds);
  if (doubt !== undefined) account.notify({ kind: "warning", text: doubt });
  return seconds;
}

/** The selected subscription. Of one whose replacement was just finished, the new one. */
function find(
  selector: string,
  inventory: FinishedInventory,
  before: readonly OwnedSubscription[],
  gone: readonly Outsider[],
): OwnedSubscription {
  const { subscriptions, replaced } = inventory;
  const outsiders: readonly Outsider[] = [
    ...malformedOutsiders(inventory),
    ...gone.filter(({ id }) => !replaced.has(id)),
  ];
  const select = (living: readonly OwnedSubscription[]) => {
    const chosen = selectOne([...living, ...outsiders], selector);
    if ("refusal" in chosen) throw chosen.refusal;
    return chosen;
  };
  if (replaced.size === 0) return select(subscriptions);
  const newest = (each: OwnedSubscription) =>
    subscriptions.find(({ id }) => id === (replaced.get(each.id) ?? each.id)) ?? each;
  const known = new Map([...before, ...subscriptions].map((each) => [each.id, each]));
  return newest(select([...known.values()]));
}

function webhookAddress(subscription: OwnedSubscription): string {
  const { transportType, address } = subscription.deliveryMode;
  if (transportType === "WebHook" && address !== undefined) return address;
  throw new UsageError(
    `${nameOf(subscription)} is a ${transportType} subscription, and rcwh changes webhooks only.`,
    "Create a webhook with `rcwh create`.",
  );
}

async function updateInPlace(
  subscription: OwnedSubscription,
  { request, isInPlace }: EditedSubscription,
  { whole, removed, expiresIn }: Edit,
  { profile, subscriptions, own }: Inventory,
  { dryRun }: UpdateOptions,
  account: Account,
  context: CommandContext,
): Promise<void> {
  const { client, records } = account;
  const { io } = context;
  const { id, api } = subscription;
  const unwanted = removed.map(({ eventFilter }) => eventFilter);
  const save = async ({ expirationTime }: OwnedSubscription) =>
    records.edit(id, (current) => {
      const {
        droppedFilters = [],
        goneAt: _,
        reported: __,
        ...record
      } = current ?? { foreign: true };
      const stillDropped = whole ? [] : without(droppedFilters, unwanted, own);
      return {
        ...record,
        ...(stillDropped.length > 0 && { droppedFilters: stillDropped }),
        id,
        api,
        eventFilters: request.eventFilters,
        address: subscription.deliveryMode.address ?? "",
        expirationTime,
        // Only a lifetime that was asked for is asked for again.
        ...(expiresIn !== undefined && { expiresIn }),
      };
    });
  if (isInPlace) {
    if (expiresIn !== undefined && !dryRun) await save(subscription);
    await printResults(context, [{ id, profile, outcome: "unchanged", subscription }], { own });
    return io.note(`${nameOf(subscription)} is already up to date. Nothing was sent.`);
  }
  if (dryRun) {
    const { server } = await context.identity();
    const requests = [plannedRequest(updateOperation(api, id), server, request)];
    const plan = { id, profile, outcome: "would-update" as const, subscription, requests };
    return printPlan(plan, own, context);
  }
  const updated = owned(await client.update(api, id, request), profile, api);
  await save(updated);
  const ownNow = await findOwnIds(client, [updated, ...subscriptions]);
  await printResults(context, [{ id, profile, outcome: "updated", subscription: updated }], {
    own: ownNow,
  });
  const now = serverNow(account);
  reportDifferences(comparedWithAsked(request, updated, { now, own: ownNow }), updated, ownNow, io);
}
