import { ApiError, maybeProcessed } from "../api/errors.ts";
import { asSentence, type CliError, reworded } from "../errors.ts";
import type {
  ReplacementIntent,
  SubscriptionDefinition,
} from "../subscriptions/replacement-intent.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import type { Account } from "./account.ts";
import { type Creation, createOnce } from "./creation.ts";
import { type OwnedSubscription, owned } from "./inventory.ts";

/** The steps that both kinds of replacement share. */

export interface Replacement {
  readonly subscription: OwnedSubscription;
  /** Milliseconds for which both delivered; negative: for which none did. */
  readonly overlap: number;
}

/** Creates the new one, once. Throws the server's refusal. */
export async function makeNew(
  account: Account,
  intent: ReplacementIntent,
): Promise<OwnedSubscription> {
  return owned(await createOnce(account, creationOf(intent)), account.profile, intent.api);
}

export function creationOf(intent: ReplacementIntent): Creation {
  return { api: intent.api, request: requestOf(intent), knownIds: new Set(intent.knownIds) };
}

export function requestOf(definition: SubscriptionDefinition): CreateSubscriptionRequest {
  const { eventFilters, address, expiresIn, verificationToken } = definition;
  return {
    eventFilters,
    deliveryMode: {
      transportType: "WebHook",
      address,
      ...(verificationToken !== undefined && { verificationToken }),
    },
    expiresIn,
  };
}

/** Whether a failed create certainly created nothing. After anything else the next run has to look. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && !maybeProcessed(error);
}

/** Tells journal and records of the new one, in that order. */
export async function noteNew(
  { journal, records }: Account,
  { id, api, expirationTime, creationTime }: OwnedSubscription,
  intent: ReplacementIntent,
): Promise<void> {
  const { eventFilters, address, expiresIn, verificationToken } = intent;
  const { recovers = false, droppedFilters = [] } = intent;
  await journal.save({ ...intent, newId: id });
  await records.save({
    id,
    api,
    eventFilters: [...eventFilters, ...droppedFilters],
    address,
    expiresIn,
    expirationTime,
    ...(verificationToken !== undefined && { verificationToken }),
    ...(droppedFilters.length > 0 && { droppedFilters }),
    ...(recovers && { recoveredAt: creationTime }),
  });
}

/** Forgets the old one and the intent: the replacement is over. */
export async function concludeReplacement(
  { journal, records }: Account,
  oldId: string,
): Promise<void> {
  await records.remove(oldId);
  await journal.remove(oldId);
}

/** Says how to make room where the refusal is about that: the limit may be lower than the documented one. */
export function withRoomHint(refusal: ApiError): CliError {
  if (refusal.code !== "SUB-505") return refusal;
  return reworded(refusal, `${asSentence(refusal.message)} Nothing was changed.`, makeRoomHint);
}

export const makeRoomHint =
  "Make room with `rcwh delete <id>`, or add --break-before-make, which loses events in between.";
