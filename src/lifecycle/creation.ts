import type { RingCentralClient } from "../api/client.ts";
import { maybeProcessed } from "../api/errors.ts";
import type { CommandContext } from "../context.ts";
import { handshakeSettlingTime } from "../endpoint/limits.ts";
import { asSentence, CliError, Interruption } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { sameFilters } from "../filters/compare.ts";
import { examineRefusal } from "../operations/refused-endpoint.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { allFilters } from "../subscriptions/renewal.ts";
import type { CreateSubscriptionRequest, Subscription } from "../subscriptions/subscription.ts";

const maximumTries = 3;

export interface Creation {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  /** The subscriptions that were there before. */
  readonly knownIds: ReadonlySet<string>;
}

/**
 * Creates a subscription once, also where the answer is lost: then it looks for one that was not
 * there before, because a second one would mean every event twice. An endpoint that is refused is tried
 * from here, and what is found is said.
 */
export async function createOnce(
  context: CommandContext,
  client: RingCentralClient,
  creation: Creation,
): Promise<Subscription> {
  const { clock, io, signal } = context;
  for (let tries = 1; ; tries++) {
    try {
      return await client.create(creation.api, creation.request);
    } catch (error) {
      if (!maybeProcessed(error)) {
        await examineRefusal(error, creation.request, context);
        throw error;
      }
      io.progress("The answer was lost. Looking whether the subscription was made.");
      const created = await lookTwice(error);
      if (created) return created;
      if (tries === maximumTries) throw error;
    }
  }

  async function lookTwice(loss: unknown): Promise<Subscription | undefined> {
    try {
      const created = await findCreated(client, creation);
      if (created) return created;
      if (clock.now() + handshakeSettlingTime > client.deadlineAt) throw loss;
      await clock.sleep(handshakeSettlingTime, signal);
      return await findCreated(client, creation);
    } catch (error) {
      throw error instanceof Interruption ? error : unclear(loss);
    }
  }
}

/** The subscription that a request made, if it made one: same address and filters, and not known before. */
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

/** Neither the answer nor a look at the list tells what became of the request. */
function unclear(loss: unknown): unknown {
  if (!(loss instanceof CliError)) return loss;
  const { message, exitCode, code } = loss;
  return new CliError(`${asSentence(message)} It may have been made all the same.`, {
    exitCode,
    code,
    hint: "See whether it is there with `rcwh list` before you try again.",
    cause: loss,
  });
}
