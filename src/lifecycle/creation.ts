import type { RingCentralClient } from "../api/client.ts";
import { maybeProcessed } from "../api/errors.ts";
import { handshakeSettlingTime } from "../endpoint/limits.ts";
import { asSentence, CliError, Interruption, reworded } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { redactAddress } from "../machine/redact.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { isSameWebhook } from "../subscriptions/compare.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import type { CreateSubscriptionRequest, Subscription } from "../subscriptions/subscription.ts";
import type { Account } from "./account.ts";

const maximumTries = 3;

/**
 * Milliseconds before each look for a subscription whose answer was lost: at once, when a handshake must have
 * ended, and once more, because a list may lag behind.
 */
const pausesBeforeLooks = [0, handshakeSettlingTime, 2 * handshakeSettlingTime];

/** What a create needs of an account. */
export type Creator = Pick<Account, "client" | "clock" | "signal" | "notify" | "endpoints">;

export interface Creation {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  /** The subscriptions that exist already. */
  readonly knownIds: ReadonlySet<string>;
  /** What is on record, whether it exists or not: an answer with one of these is believed only if the list agrees. */
  readonly recordedIds?: ReadonlySet<string>;
}

/** What an intent asks for. */
export function creationOf(intent: ReplacementIntent): Creation {
  return { api: intent.api, request: requestOf(intent), knownIds: new Set(intent.knownIds) };
}

type Requested = Pick<
  ReplacementIntent,
  "eventFilters" | "address" | "expiresIn" | "verificationToken"
>;

export function requestOf(definition: Requested): CreateSubscriptionRequest {
  const { eventFilters, address, expiresIn, verificationToken } = definition;
  return {
    eventFilters,
    deliveryMode: {
      transportType: "WebHook",
      address,
      ...(verificationToken !== undefined && { verificationToken }),
    },
    ...(expiresIn !== undefined && { expiresIn }),
  };
}

export interface Created {
  readonly subscription: Subscription;
  /** The request was sent more than once, so an earlier one may have made a duplicate that the list does not show yet. */
  readonly sentAgain: boolean;
}

/**
 * Creates a subscription exactly once. Where the answer is lost, it looks for a subscription that did not
 * exist before, because a second one would deliver every event twice. An answer that names another one than
 * the new one is not believed: it looks as well.
 *
 * @throws the server's refusal, explained by a look at the endpoint from here if that was refused;
 * `NOT_NEW` where nothing new exists although the server says so
 */
export async function createOnce(creator: Creator, creation: Creation): Promise<Created> {
  const { client, notify, endpoints } = creator;
  for (let tries = 1; ; tries++) {
    const sentAgain = tries > 1;
    try {
      const answered = await client.create(creation.api, creation.request);
      return { subscription: await confirmNew(client, creation, answered), sentAgain };
    } catch (error) {
      if (!maybeProcessed(error)) {
        await endpoints.explainRefusal(error, creation.request);
        throw error;
      }
      notify({
        kind: "progress",
        text: "The answer was lost. Checking whether the subscription was created.",
      });
      const subscription = await lookAgain(creator, creation, error);
      if (subscription) return { subscription, sentAgain };
      if (tries === maximumTries) throw error;
    }
  }
}

/** What the answer to a create names, if that can be new; else the new one that the list has. */
async function confirmNew(
  client: RingCentralClient,
  creation: Creation,
  answered: Subscription,
): Promise<Subscription> {
  const { knownIds, recordedIds, request } = creation;
  const isKnown = knownIds.has(answered.id) || recordedIds?.has(answered.id) === true;
  const { address } = answered.deliveryMode;
  if (!isKnown && sameAddress(address, request.deliveryMode.address)) return answered;
  const found = await findCreated(client, creation).catch((error: unknown) => {
    throw error instanceof Interruption ? error : unknownOutcome(error);
  });
  if (found) return found;
  const what = isKnown
    ? "which existed already"
    : `which delivers to ${address === undefined ? "no URL" : redactAddress(address)}`;
  throw new CliError(
    `RingCentral answered the request for a new subscription with ${isKnown ? nameOf(answered) : answered.id}, ${what}. No subscription was created.`,
    { code: notNew, hint: "See what exists with `rcwh list`." },
  );
}

/** The code of the error where a server says that it has created one and has not. */
export const notNew = "NOT_NEW";

/** Undefined if nothing was created, as far as the list says. */
async function lookAgain(
  { client, clock, signal }: Creator,
  creation: Creation,
  loss: unknown,
): Promise<Subscription | undefined> {
  try {
    for (const pause of pausesBeforeLooks) {
      if (clock.now() + pause > client.deadlineAt) throw loss;
      if (pause > 0) await clock.sleep(pause, signal);
      const created = await findCreated(client, creation);
      if (created) return created;
    }
    return undefined;
  } catch (error) {
    throw error instanceof Interruption ? error : unknownOutcome(loss);
  }
}

/** The subscription that a request created, if any: same address and filters, and a new id. */
export async function findCreated(
  client: RingCentralClient,
  creation: Creation,
): Promise<Subscription | undefined> {
  return (await client.list(creation.api)).find((each) => mayBeCreatedBy(creation, each));
}

/** Whether a request may have created it: it did not exist before, and has the same address and filters. */
export function mayBeCreatedBy(
  { request, knownIds }: Creation,
  subscription: Subscription,
): boolean {
  const { deliveryMode, eventFilters } = request;
  return (
    !knownIds.has(subscription.id) &&
    isSameWebhook(subscription, deliveryMode.address, eventFilters)
  );
}

/** Neither the answer nor the list says whether the subscription was created. */
function unknownOutcome(loss: unknown): unknown {
  if (!(loss instanceof CliError)) return loss;
  return reworded(
    loss,
    `${asSentence(loss.message)} The subscription may have been created anyway.`,
    "Run `rcwh renew` to find out before you try again.",
  );
}
