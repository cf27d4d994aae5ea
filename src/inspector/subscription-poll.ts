import type { CommandContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { takeInventory } from "../lifecycle/inventory.ts";
import { linkSignal } from "../listener/linked-signal.ts";
import { redactAddress } from "../machine/redact.ts";
import { openAccount } from "../operations/open-account.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { InspectedSubscription } from "./protocol.ts";

/** Milliseconds between two lists of the subscriptions: 12 of the 3000 light requests an hour. */
const pollInterval = 300_000;

/**
 * Lists the profile's subscriptions now and every five minutes. Says why that fails, once until it works again. Returns a
 * function that ends this.
 */
export function pollSubscriptions(
  context: CommandContext,
  found: (subscriptions: readonly InspectedSubscription[]) => void,
  say: (line: string) => void,
): () => void {
  const { clock, redactor } = context;
  const { signal, abort } = linkSignal(context.signal);
  const own = {
    ...context,
    signal,
    // So that the end of the listener also ends a request.
    api: async () =>
      context.connect(await context.identity(), {
        deadline: Number.POSITIVE_INFINITY,
        until: signal,
      }),
  };

  async function run(): Promise<never> {
    const account = await openAccount(own);
    for (let isFailing = false; ; ) {
      try {
        const { subscriptions } = await takeInventory(account);
        found(subscriptions.map((each) => inspectSubscription(each, clock.now(), redactor)));
        isFailing = false;
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (!isFailing) say(error.message);
        isFailing = true;
      }
      await clock.sleep(pollInterval, signal);
    }
  }

  run().catch((error: unknown) => {
    if (!signal.aborted) say(error instanceof Error ? error.message : String(error));
  });
  return abort;
}

function inspectSubscription(
  subscription: Subscription,
  now: number,
  redactor: CommandContext["redactor"],
): InspectedSubscription {
  const { id, status, deliveryMode, eventFilters, expiresIn, blacklistedData } = subscription;
  const { transportType, address } = deliveryMode;
  const createdAt = Date.parse(subscription.creationTime);
  // By the server's count where it gives one: this machine's clock may be wrong.
  const expiresAt =
    expiresIn === undefined ? Date.parse(subscription.expirationTime) : now + expiresIn * 1000;
  const at = Date.parse(blacklistedData?.blacklistedAt ?? "");
  return {
    id,
    status,
    transportType,
    ...(address !== undefined && { address: redactor.text(redactAddress(address)) }),
    eventFilters,
    ...(!Number.isNaN(createdAt) && { createdAt }),
    ...(!Number.isNaN(expiresAt) && { expiresAt }),
    ...(blacklistedData && {
      blacklisted: {
        ...(blacklistedData.reason !== undefined && {
          reason: redactor.text(blacklistedData.reason),
        }),
        ...(!Number.isNaN(at) && { at }),
      },
    }),
  };
}
