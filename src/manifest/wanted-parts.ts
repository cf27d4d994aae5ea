import { asSentence, UsageError } from "../errors.ts";
import { FilterSet } from "../filters/filter-set.ts";
import type { Account } from "../lifecycle/account.ts";
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
import type { Manifest, ManifestWebhook, WantedToken } from "./manifest.ts";
import { knownFilters } from "./match-webhooks.ts";
import { idsOf } from "./members.ts";
import { filtersOf, isOfTemplates, type Part, splitOverParts, toTemplates } from "./parts.ts";
import { type WantedSubscription, wantedSubscriptions } from "./wanted.ts";

/**
 * What a manifest asks of an account: a webhook with `extensions` becomes as many parts as its filters need, and those that
 * exist change as little as possible. It takes a request for each page of the account's extensions, if any webhook names some.
 *
 * @throws UsageError, with the place in the file, for extensions that nobody has; what `readDirectory` throws
 */
export async function resolveWanted(
  account: Account,
  inventory: Inventory,
  manifest: Manifest,
): Promise<readonly WantedSubscription[]> {
  const all = wantedSubscriptions(manifest);
  if (manifest.webhooks.every(({ extensions }) => extensions === undefined)) return all;
  const directory = await readDirectory(account);
  const resolved: WantedSubscription[] = [];
  for (const wanted of all) {
    const webhook = manifest.webhooks.find(({ name }) => name === wanted.webhook);
    if (webhook?.extensions === undefined) resolved.push(wanted);
    else resolved.push(...(await partsOf(wanted, webhook, manifest, directory, inventory)));
  }
  return resolved;
}

async function partsOf(
  wanted: WantedSubscription,
  { extensions = [], filtersPerSubscription: limit, eventFilters, place }: ManifestWebhook,
  manifest: Manifest,
  directory: Directory,
  inventory: Inventory,
): Promise<readonly WantedSubscription[]> {
  const { file, line, column } = place;
  const at = `${file}:${line}:${column}: "${wanted.webhook}":`;
  const found = await directory
    .resolve(extensions.map(parseExtensionSelector))
    .catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${at} ${asSentence(error.message)} Nothing was changed.`, error.hint);
    });
  if (found.length === 0) {
    throw new UsageError(
      `${at} no enabled user of the account is meant by ${extensions.join(", ")}. Nothing was changed.`,
      "Name somebody else, or remove the webhook from the file.",
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
      `${at} ${filters.length} filters make ${parts.length} subscriptions, and RingCentral allows ${subscriptionLimit}. Nothing was changed.`,
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
  const strangers = subscriptions
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
  for (const stranger of strangers) {
    while (parts.has(part)) part += 1;
    add(part, stranger, records.get(stranger.id));
  }
  return [...parts.values()];
}
