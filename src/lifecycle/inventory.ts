import type { RingCentralClient } from "../api/client.ts";
import type { CommandContext } from "../context.ts";
import type { Api } from "../filters/api.ts";
import type { OwnIds } from "../filters/compare.ts";
import { byExpiry } from "../subscriptions/by-expiry.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters } from "../subscriptions/renewal.ts";
import type { Subscription } from "../subscriptions/subscription.ts";

/** A subscription, and where it was found. What every command prints as JSON. */
export interface OwnedSubscription extends Subscription {
  readonly profile: string;
  readonly api: Api;
}

/** What rcwh knows of the profile's subscriptions: what the server says, and what it recorded itself. */
export interface Inventory {
  readonly client: RingCentralClient;
  readonly profile: string;
  /** Soonest to expire first. */
  readonly subscriptions: readonly OwnedSubscription[];
  /** What the server puts in place of `~`, as far as the session tells. */
  readonly own: OwnIds;
  /** By subscription id. */
  readonly records: ReadonlyMap<string, SubscriptionRecord>;
}

/**
 * Lists the subscriptions of this run's profile from every API in use: one request each.
 * `deadline` as in `CommandContext.api`.
 */
export async function takeInventory(
  context: CommandContext,
  deadline?: number,
): Promise<Inventory> {
  const client = await context.api(deadline);
  const { profile } = await context.identity();
  const records = await readRecords(context);
  const lists: OwnedSubscription[][] = [];
  for (const api of apisInUse(context, [...records.values()])) {
    lists.push((await client.list(api)).map((found) => owned(found, profile, api)));
  }
  const subscriptions = lists.flat().sort(byExpiry);
  return { client, profile, subscriptions, own: await findOwnIds(client, subscriptions), records };
}

export function owned(subscription: Subscription, profile: string, api: Api): OwnedSubscription {
  return { ...subscription, profile, api };
}

interface Replaced {
  readonly id: string;
  readonly newId?: string;
  readonly subscription?: OwnedSubscription;
}

/** The inventory once a subscription was worked on: where a new one took its place, with that. */
export function afterwards(inventory: Inventory, { id, newId, subscription }: Replaced): Inventory {
  if (newId === undefined || subscription?.id !== newId) return inventory;
  const others = inventory.subscriptions.filter((each) => each.id !== id);
  return { ...inventory, subscriptions: [...others, subscription] };
}

/**
 * What `~` stands for: the extension by the session, and the account by any filter that the server
 * filled in, because to ask for it takes a scope that the app may lack.
 */
export async function findOwnIds(
  client: RingCentralClient,
  subscriptions: readonly Subscription[],
): Promise<OwnIds> {
  const { ownerId: extensionId } = await client.session();
  if (extensionId === undefined) return {};
  const [accountId] = subscriptions
    .flatMap((each) => allFilters(each))
    .flatMap((filter) => {
      const [, account, extension] = filledIn.exec(filter) ?? [];
      return account !== undefined && extension === extensionId ? account : [];
    });
  return { extensionId, accountId };
}

const filledIn = /\/account\/(\d+)\/extension\/([^/]+)/;

/** The recorded subscriptions of this run's profile, by id. */
export async function readRecords(
  context: CommandContext,
): Promise<ReadonlyMap<string, SubscriptionRecord>> {
  const records = await openRecords(context);
  return new Map((await records.list()).map((record) => [record.id, record]));
}

export async function openRecords(context: CommandContext) {
  const [config, { recordsKey }] = [await context.config(), await context.identity()];
  return config.records(recordsKey);
}

/** The platform API; the webinar API too where there is a webinar subscription on record, or `--api` says so. */
function apisInUse(
  { settings }: CommandContext,
  records: readonly SubscriptionRecord[],
): readonly Api[] {
  if (settings.api === "all") return ["platform", "webinar"];
  if (settings.api !== undefined) return [settings.api];
  return records.some(({ api }) => api === "webinar") ? ["platform", "webinar"] : ["platform"];
}
