import type { Api } from "../filters/api.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import type { Account } from "./account.ts";
import type { OwnedSubscription } from "./inventory.ts";
import { isRefusal, makeNew, recordNew } from "./replacement-steps.ts";
import { serverInstant } from "./server-clock.ts";

/**
 * Creates a subscription and puts it on record. The intent, with the verification token, is in the journal
 * all the while: whatever is created, the next run finds it and knows its token. Throws the server's refusal.
 *
 * @param present what exists already, as just listed
 */
export async function createRecorded(
  account: Account,
  { api, request }: { readonly api: Api; readonly request: CreateSubscriptionRequest },
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
  };
  await journal.save(intent);
  try {
    const subscription = await makeNew(account, intent);
    await recordNew(account, subscription, intent);
    await journal.remove(intent.oldId);
    return subscription;
  } catch (error) {
    if (isRefusal(error)) await journal.remove(intent.oldId);
    throw error;
  }
}
