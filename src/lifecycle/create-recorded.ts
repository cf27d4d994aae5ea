import type { Api } from "../filters/api.ts";
import type { ManagedAs } from "../subscriptions/record.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import type { Account } from "./account.ts";
import { creationOf, mayBeCreatedBy } from "./creation.ts";
import type { OwnedSubscription } from "./inventory.ts";
import { isRefusal, makeNew, recordNew } from "./replacement/replacement-steps.ts";
import { serverInstant } from "./server-clock.ts";

interface Wanted {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  readonly managedAs?: ManagedAs | undefined;
}

/**
 * Creates a subscription and puts it on record. The intent, with the verification token, is in the journal
 * all the while: whatever is created, the next run finds it and knows its token. Throws the server's refusal.
 *
 * @param present what exists already, as just listed
 */
export async function createRecorded(
  account: Account,
  { api, request, managedAs }: Wanted,
  present: readonly OwnedSubscription[],
): Promise<OwnedSubscription> {
  const { journal } = account;
  const { eventFilters, expiresIn, deliveryMode } = request;
  const { address, verificationToken } = deliveryMode;
  const intent: ReplacementIntent = {
    oldId: `new-${crypto.randomUUID()}`,
    creates: true,
    api,
    eventFilters,
    address,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(verificationToken !== undefined && { verificationToken }),
    knownIds: present.map(({ id }) => id),
    askedAt: serverInstant(account),
    ...(managedAs && { managedAs }),
  };
  await journal.save(intent);
  try {
    const subscription = await makeNew(account, intent);
    await recordNew(account, subscription, intent);
    await journal.remove(intent.oldId);
    await supersede(account, subscription);
    return subscription;
  } catch (error) {
    if (isRefusal(error)) await journal.remove(intent.oldId);
    throw error;
  }
}

/**
 * Marks interrupted creates of the same webhook as superseded by this subscription. If one of their requests did succeed,
 * its subscription is a duplicate, and the record of this one stays as it is.
 */
async function supersede({ journal }: Account, subscription: OwnedSubscription): Promise<void> {
  for (const intent of await journal.list()) {
    const { creates, newId, api } = intent;
    if (!creates || newId !== undefined || api !== subscription.api) continue;
    if (!mayBeCreatedBy(creationOf(intent), subscription)) continue;
    const { verificationToken: _, ...definition } = intent;
    await journal.save({ ...definition, newId: subscription.id });
  }
}
