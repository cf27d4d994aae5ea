import { asSentence, CliError, ExitCode, reworded, UsageError } from "../errors.ts";
import { FilterSet } from "../filters/filter-set.ts";
import type { Account } from "../lifecycle/account.ts";
import { endsTheRun } from "../lifecycle/bulk.ts";
import {
  type Directory,
  extensionName,
  parseExtensionSelector,
  readDirectory,
} from "../lifecycle/extensions.ts";
import type { Inventory, OwnedSubscription } from "../lifecycle/inventory.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { subscriptionLimit } from "../subscriptions/limits.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { describeHeld, type HeldWebhook } from "./held.ts";
import type { Manifest, ManifestWebhook, WantedToken } from "./manifest.ts";
import { knownFilters } from "./match-webhooks.ts";
import { idsOf } from "./members.ts";
import { filtersOf, isOfTemplates, type Part, splitOverParts, toTemplates } from "./parts.ts";
import { type WantedSubscription, wantedSubscriptions } from "./wanted.ts";

export interface Resolved {
  readonly wanted: readonly WantedSubscription[];
  readonly held: readonly HeldWebhook[];
}

/**
 * What a manifest asks of an account: a webhook with `extensions` becomes as many parts as its filters need, and those that
 * exist change as little as possible. It takes a request for each page of the account's extensions, if any webhook names some.
 * A webhook keeps its filters if its extensions are unknown, because they no longer exist or the list cannot be read. Nothing
 * else depends on them.
 *
 * @throws what would meet every request that follows, such as an interruption
 */
export async function resolveWanted(
  account: Account,
  inventory: Inventory,
  manifest: Manifest,
): Promise<Resolved> {
  const all = wantedSubscriptions(manifest);
  const held: HeldWebhook[] = [];
  if (manifest.webhooks.every(({ extensions }) => extensions === undefined)) {
    return { wanted: all, held };
  }
  const directory = await orFailure(() => readDirectory(account));
  const resolved: WantedSubscription[] = [];
  for (const wanted of all) {
    const webhook = manifest.webhooks.find(({ name }) => name === wanted.webhook);
    if (webhook?.extensions === undefined) {
      resolved.push(wanted);
      continue;
    }
    const parts =
      directory instanceof CliError
        ? directory
        : await orFailure(() => partsOf(wanted, webhook, manifest, directory, inventory));
    if (parts instanceof CliError) {
      const kept = partsAsTheyAre(wanted, manifest, inventory);
      const one = holdBack(wanted, parts, kept.length > 0);
      held.push(one);
      resolved.push(...kept.map((part, at) => (at > 0 ? part : { ...part, remark: one.remark })));
    } else {
      resolved.push(...parts);
    }
  }
  return { wanted: resolved, held };
}

/** The result, or a failure that may be about this alone. */
async function orFailure<T>(work: () => Promise<T>): Promise<T | CliError> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CliError) || endsTheRun(error)) throw error;
    return error;
  }
}

function holdBack(
  { webhook: name, place: { file, line, column } }: WantedSubscription,
  failure: CliError,
  exists: boolean,
): HeldWebhook {
  const what = exists ? "Its filters stay as they are." : "It is not created.";
  const message = `${file}:${line}:${column}: "${name}": ${asSentence(failure.message)} ${what}`;
  const hint = failure.hint?.split("\n");
  const error =
    failure instanceof UsageError
      ? new CliError(message, {
          ...{ exitCode: ExitCode.attention, code: "HELD_BACK", cause: failure },
          hint: hint ?? `Correct the extensions of "${name}" in ${file}.`,
        })
      : reworded(failure, message);
  return { name, error, remark: describeHeld(error) };
}

/** The parts on record, to be kept as far as their filters go. */
function partsAsTheyAre(
  wanted: WantedSubscription,
  manifest: Manifest,
  inventory: Inventory,
): readonly WantedSubscription[] {
  return currentParts(wanted, manifest, [], inventory, () => false)
    .toSorted((one, other) => one.part - other.part)
    .map(({ part, eventFilters }) => ({ ...wanted, part, eventFilters }));
}

async function partsOf(
  wanted: WantedSubscription,
  { extensions = [], filtersPerSubscription: limit, eventFilters }: ManifestWebhook,
  manifest: Manifest,
  directory: Directory,
  inventory: Inventory,
): Promise<readonly WantedSubscription[]> {
  const found = await directory.resolve(extensions.map(parseExtensionSelector));
  if (found.length === 0) {
    throw new UsageError(
      `No enabled user of the account matches ${extensions.join(", ")}.`,
      "Choose other extensions, or remove the webhook from the file.",
    );
  }
  const templates = toTemplates(eventFilters);
  const ids = found.map(({ id }) => id);
  const filters = filtersOf(templates, ids);
  const current = currentParts(wanted, manifest, filters, inventory, (filter) =>
    isOfTemplates(filter, templates, inventory.own),
  );
  const { own } = inventory;
  const parts = splitOverParts(filters, templates.everywhere, current, { limit, own });
  if (parts.length > subscriptionLimit) {
    const room = Math.ceil(filters.length / subscriptionLimit) + templates.everywhere.length;
    throw new UsageError(
      `${filters.length} filters make ${parts.length} subscriptions, and RingCentral allows ${subscriptionLimit}.`,
      `Put more into each, such as filtersPerSubscription: ${room}.`,
    );
  }
  const all = new FilterSet(filters, own);
  const members = {
    names: new Map(directory.everybody.map((each) => [each.id, extensionName(each)])),
    ids: new Set(ids),
    before: new Set(
      idsOf(
        current.flatMap((each) => each.eventFilters),
        own,
      ),
    ),
    isWanted: (filter: string) => all.has(filter),
  };
  const token = current.find(({ token }) => token !== undefined)?.token;
  return parts.map(({ part, eventFilters }): WantedSubscription => {
    const exists = current.some((each) => each.part === part);
    const verificationToken = tokenOf(wanted.verificationToken, token, exists);
    return { ...wanted, part, eventFilters, members, verificationToken };
  });
}

/** All parts deliver to one endpoint, so a new one carries the token that the others have. */
function tokenOf(
  wanted: WantedToken | undefined,
  known: string | undefined,
  exists: boolean,
): WantedToken | undefined {
  if (known === undefined || exists || (wanted && "given" in wanted)) return wanted;
  return { given: known };
}

interface CurrentPart extends Part {
  /** Undefined if there is none, or it is not known. */
  readonly token: string | undefined;
}

/** The parts on record as this webhook, those that are gone too, and what others made of the same filters for the same URL. */
function currentParts(
  { webhook, api, address }: WantedSubscription,
  { name }: Manifest,
  filters: readonly string[],
  { subscriptions, records, own }: Inventory,
  isPartOfIt: (filter: string) => boolean,
): readonly CurrentPart[] {
  const listed = new Map(subscriptions.map((each) => [each.id, each]));
  const parts = new Map<number, CurrentPart>();
  const add = (
    part: number,
    subscription: OwnedSubscription | undefined,
    record: SubscriptionRecord | undefined,
  ) => {
    const eventFilters = subscription
      ? knownFilters(subscription, record, own)
      : (record?.eventFilters ?? []);
    const token = record?.foreign ? undefined : record?.verificationToken;
    parts.set(part, { part, eventFilters, token });
  };
  const ours = [...records.values()]
    .filter(({ managedAs }) => managedAs?.manifest === name && managedAs.webhook === webhook)
    .sort((one, other) => Number(listed.has(other.id)) - Number(listed.has(one.id)));
  for (const record of ours) {
    const { part = 1 } = record.managedAs ?? {};
    if (!parts.has(part)) add(part, listed.get(record.id), record);
  }
  const wanted = new FilterSet(filters, own);
  const unnumberedOnes = subscriptions
    .filter((each) => {
      const known = knownFilters(each, records.get(each.id), own);
      return (
        each.api === api &&
        !records.get(each.id)?.managedAs &&
        sameAddress(each.deliveryMode.address, address) &&
        !isOfListener(each) &&
        known.every(isPartOfIt) &&
        known.some((filter) => wanted.has(filter))
      );
    })
    .toSorted(
      (one, other) =>
        Date.parse(one.creationTime) - Date.parse(other.creationTime) ||
        (one.id < other.id ? -1 : 1),
    );
  let part = 1;
  for (const unnumbered of unnumberedOnes) {
    while (parts.has(part)) part += 1;
    add(part, unnumbered, records.get(unnumbered.id));
  }
  return [...parts.values()];
}
