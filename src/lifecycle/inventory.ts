import type { RingCentralClient } from "../api/client.ts";
import type { Api } from "../filters/api.ts";
import type { OwnIds } from "../filters/compare.ts";
import { byExpiry } from "../subscriptions/by-expiry.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import type { MalformedSubscription, Subscription } from "../subscriptions/subscription.ts";
import { allFilters } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";
import { knownServerNow } from "./server-clock.ts";

/** A subscription, and where it was found. What every command prints as JSON. */
export interface OwnedSubscription extends Subscription {
  readonly profile: string;
  readonly api: Api;
}

/** What rcwh has on record of a missing subscription, in the shape of a subscription. */
export interface RecordedSubscription
  extends Pick<OwnedSubscription, "id" | "eventFilters" | "deliveryMode" | "expirationTime"> {
  readonly status: "Expired" | "Gone";
  readonly recorded: true;
  /** When rcwh first found it gone, by the server's clock. RFC 3339. */
  readonly goneAt?: string;
  readonly profile: string;
  readonly api: Api;
}

/** A record of the server's list that rcwh shows and never touches, and where it was found. */
export interface OwnedMalformed extends MalformedSubscription {
  readonly profile: string;
  readonly api: Api;
}

/** What an account has: as the server lists it, and as rcwh recorded it. */
export interface Inventory {
  readonly profile: string;
  /** Soonest to expire first. */
  readonly subscriptions: readonly OwnedSubscription[];
  /** In the server's order. */
  readonly malformed: readonly OwnedMalformed[];
  /** The ids that the server puts in place of `~`, as far as they are known. */
  readonly own: OwnIds;
  readonly records: Records;
  /** What time it was for the server; undefined where it did not say. Milliseconds since the epoch. */
  readonly serverNow: number | undefined;
}

/** Subscriptions that count towards RingCentral's limit, which is one for each API. */
export function countOf(
  { subscriptions, malformed }: Pick<Inventory, "subscriptions" | "malformed">,
  api: Api,
): number {
  const ids = new Set(subscriptions.map(({ id }) => id));
  const others = malformed.filter(({ id }) => !ids.has(id));
  return [...subscriptions, ...others].filter((each) => each.api === api).length;
}

/** Records by subscription id. */
export type Records = ReadonlyMap<string, SubscriptionRecord>;

/** Lists the account's subscriptions: one request for each API in use. Throws what the client throws. */
export async function takeInventory(account: Account): Promise<Inventory> {
  const { client, profile } = account;
  const records = await readRecords(account);
  const listed: OwnedSubscription[] = [];
  const malformed: OwnedMalformed[] = [];
  for (const api of account.apis ?? apisOf([...records.values()])) {
    const list = await client.listAll(api);
    for (const found of list.subscriptions) listed.push(owned(found, profile, api));
    for (const found of list.malformed) malformed.push({ ...found, profile, api });
  }
  const subscriptions = listed.sort(byExpiry);
  const own = await findOwnIds(client, subscriptions);
  const serverNow = knownServerNow(account, subscriptions);
  return { profile, subscriptions, malformed, own, records, serverNow };
}

/** The account's subscriptions in one of the two APIs: one request. */
export async function listOwned(
  { client, profile }: Account,
  api: Api,
): Promise<OwnedSubscription[]> {
  return (await client.list(api)).map((found) => owned(found, profile, api));
}

export function owned(subscription: Subscription, profile: string, api: Api): OwnedSubscription {
  return { ...subscription, profile, api };
}

interface Replaced {
  readonly id: string;
  readonly newId?: string;
  readonly subscription?: OwnedSubscription;
}

/** The inventory after work on one subscription: its replacement takes its place. */
export function afterwards(inventory: Inventory, { id, newId, subscription }: Replaced): Inventory {
  if (newId === undefined || subscription?.id !== newId) return inventory;
  const others = inventory.subscriptions.filter((each) => each.id !== id);
  return { ...inventory, subscriptions: [...others, subscription] };
}

/**
 * The ids behind `~`: the extension's comes with the session; the account's from any filter in which
 * the server filled it in, because asking for it takes a scope that the app may lack.
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
      const [, account, extension] = numericIds.exec(filter) ?? [];
      return account !== undefined && extension === extensionId ? account : [];
    });
  return { extensionId, accountId };
}

const numericIds = /\/account\/(\d+)\/extension\/([^/]+)/;

export async function readRecords({ records }: Pick<Account, "records">): Promise<Records> {
  return new Map((await records.list()).map((record) => [record.id, record]));
}

function apisOf(records: readonly SubscriptionRecord[]): readonly Api[] {
  return records.some(({ api }) => api === "webinar") ? ["platform", "webinar"] : ["platform"];
}
