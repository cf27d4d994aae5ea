import type { RingCentralClient } from "../api/client.ts";
import { maybeProcessed } from "../api/errors.ts";
import { handshakeSettlingTime } from "../endpoint/limits.ts";
import { asSentence, CliError, Interruption, reworded } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { sameFilters } from "../filters/compare.ts";
import { sameAddress } from "../subscriptions/address.ts";
import type { CreateSubscriptionRequest, Subscription } from "../subscriptions/subscription.ts";
import { allFilters } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";

const maximumTries = 3;

/** What a create needs of an account. */
export type Creator = Pick<Account, "client" | "clock" | "signal" | "notify" | "endpoints">;

export interface Creation {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  /** The subscriptions that exist already. */
  readonly knownIds: ReadonlySet<string>;
}

/**
 * Creates a subscription exactly once. Where the answer is lost, it looks for a subscription that did not
 * exist before, because a second one would deliver every event twice.
 *
 * @throws the server's refusal, explained by a look at the endpoint from here if that was refused
 */
export async function createOnce(creator: Creator, creation: Creation): Promise<Subscription> {
  const { client, notify, endpoints } = creator;
  for (let tries = 1; ; tries++) {
    try {
      return await client.create(creation.api, creation.request);
    } catch (error) {
      if (!maybeProcessed(error)) {
        await endpoints.explainRefusal(error, creation.request);
        throw error;
      }
      notify({
        kind: "progress",
        text: "The answer was lost. Checking whether the subscription was created.",
      });
      const created = await lookTwice(creator, creation, error);
      if (created) return created;
      if (tries === maximumTries) throw error;
    }
  }
}

/** Undefined if nothing was created: the second look comes when a handshake must have ended. */
async function lookTwice(
  { client, clock, signal }: Creator,
  creation: Creation,
  loss: unknown,
): Promise<Subscription | undefined> {
  try {
    const created = await findCreated(client, creation);
    if (created) return created;
    if (clock.now() + handshakeSettlingTime > client.deadlineAt) throw loss;
    await clock.sleep(handshakeSettlingTime, signal);
    return await findCreated(client, creation);
  } catch (error) {
    throw error instanceof Interruption ? error : unknownOutcome(loss);
  }
}

/** The subscription that a request created, if any: same address and filters, and a new id. */
export async function findCreated(
  client: RingCentralClient,
  { api, request, knownIds }: Creation,
): Promise<Subscription | undefined> {
  const { deliveryMode, eventFilters } = request;
  return (await client.list(api)).find(
    (subscription) =>
      !knownIds.has(subscription.id) &&
      sameAddress(subscription.deliveryMode.address, deliveryMode.address) &&
      sameFilters(allFilters(subscription), eventFilters),
  );
}

/** Neither the answer nor the list says whether the subscription was created. */
function unknownOutcome(loss: unknown): unknown {
  if (!(loss instanceof CliError)) return loss;
  return reworded(
    loss,
    `${asSentence(loss.message)} The subscription may have been created anyway.`,
    "Check with `rcwh list` before you try again.",
  );
}
