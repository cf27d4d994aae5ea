import { nameOf } from "../subscriptions/name.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { Account } from "./account.ts";
import { creationOf, mayBeCreatedBy } from "./creation.ts";
import { deleteIfThere } from "./delete-if-there.ts";
import { serverNow } from "./server-clock.ts";

/** Milliseconds after a request in which a list that lags may still show what the request created. */
const settlingTime = 10 * 60_000;

/** Milliseconds that the server's clock and its list may differ by. */
const tolerance = 60_000;

/** Whether what a request created is in every list by now. */
export function isSettled(
  { askedAt }: ReplacementIntent,
  account: Pick<Account, "client" | "clock">,
): boolean {
  const age = serverNow(account) - Date.parse(askedAt ?? "");
  return !(age < settlingTime);
}

/**
 * After a create that was sent more than once, deletes the duplicate that an earlier request made: now if the list
 * shows it, else in one of the next runs.
 */
export async function watchForDuplicates(
  account: Account,
  intent: ReplacementIntent,
  { id }: Subscription,
): Promise<void> {
  const { verificationToken: _, previous: __, ...definition } = intent;
  const watch: ReplacementIntent = {
    ...definition,
    oldId: `duplicates-of-${id}`,
    creates: true,
    newId: id,
    knownIds: [...intent.knownIds, intent.oldId],
  };
  await account.journal.save(watch);
  await deleteDuplicates(account, watch, await account.client.list(intent.api));
}

/** Deletes what else the requests of an intent created, as far as the list shows it, and keeps `newId`. */
export async function deleteDuplicates(
  { client, notify }: Account,
  intent: ReplacementIntent,
  present: readonly Subscription[],
): Promise<void> {
  const { api, newId, askedAt } = intent;
  // Delete the duplicate only while the one that is kept exists.
  if (!present.some(({ id }) => id === newId)) return;
  const from = Date.parse(askedAt ?? "") - tolerance;
  for (const each of present) {
    const createdAt = Date.parse(each.creationTime);
    const isOurs = createdAt >= from && createdAt <= from + settlingTime + tolerance;
    if (each.id === newId || !isOurs || !mayBeCreatedBy(creationOf(intent), each)) continue;
    await deleteIfThere(client, { api, id: each.id });
    notify({
      kind: "note",
      text: `Deleted ${nameOf(each)}, a duplicate of ${newId}: it was created by a request whose answer was lost.`,
    });
  }
}
