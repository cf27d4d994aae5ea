import { ApiError, maybeProcessed } from "../api/errors.ts";
import type { CommandContext } from "../context.ts";
import { handshakeSettlingTime } from "../endpoint/limits.ts";
import { asSentence, CliError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { createOnce } from "../lifecycle/creation.ts";
import { withMarker } from "../subscriptions/marker.ts";
import type { CreateSubscriptionRequest, Subscription } from "../subscriptions/subscription.ts";
import { createMarker, openLease } from "./leases.ts";
import {
  deleteIfThere,
  listenerLifetime,
  type Making,
  removeMarked,
} from "./marked-subscriptions.ts";
import type { EventSink, EventSource } from "./source.ts";
import { startWatch } from "./webhook-watch.ts";

export interface WebhookWish {
  readonly api: Api;
  readonly eventFilters: readonly string[];
  /** The public address at which this listener can be reached. */
  readonly url: string;
  /** What the deliveries are to carry. */
  readonly verificationToken: string;
}

/**
 * Makes a webhook subscription that lives as long as this run, and for an hour at most without it. Written down
 * before it is asked for; what a run that was interrupted may have made is deleted before this rejects.
 */
export async function openWebhookSource(
  wish: WebhookWish,
  sink: EventSink,
  context: CommandContext,
): Promise<EventSource> {
  const { eventFilters, api } = wish;
  const { recordsKey } = await context.identity();
  const client = await context.api(Number.POSITIVE_INFINITY);
  const marker = createMarker();
  const address = withMarker(wish.url, marker);
  const lease = await openLease(
    {
      marker,
      transport: "WebHook",
      identity: recordsKey,
      api,
      eventFilters,
      address,
      lifetime: listenerLifetime,
    },
    context,
  );
  if (!lease.kept) sink.say(unkept);
  const request: CreateSubscriptionRequest = {
    eventFilters,
    deliveryMode: {
      transportType: "WebHook",
      address,
      verificationToken: wish.verificationToken,
    },
    expiresIn: listenerLifetime,
  };
  const making = { api, request, lease, client };
  const first = await make(making, context);
  const watch = startWatch(
    { ...making, first, sink, make: (known) => make(making, context, known) },
    context,
  );
  return {
    ended: watch.ended,
    async close() {
      await watch.stop();
      await remove(making, watch.isCertain ? watch.current.id : undefined, context);
    },
  };
}

const unkept =
  "No lease can be kept on this machine: if this process is killed, its subscription stays for up to an hour.";

/** The address is nobody else's, so whatever has it, but for what is known, is what was made. */
async function make(
  making: Making,
  context: CommandContext,
  knownIds: ReadonlySet<string> = new Set(),
): Promise<Subscription> {
  const { api, request, lease, client } = making;
  try {
    await lease.extend(listenerLifetime);
    context.signal.throwIfAborted();
    return await createOnce(context, client, { api, request, knownIds });
  } catch (error) {
    // One that replaces another is cleaned up with that.
    if (knownIds.size > 0) throw error;
    if (isCertainlyNotMade(error)) await lease.end();
    else await remove(making, undefined, context);
    throw error;
  }
}

function isCertainlyNotMade(error: unknown): boolean {
  return error instanceof ApiError && !maybeProcessed(error);
}

/**
 * Deletes what there is, known by its id or found by its marker, also after an interruption. Where that cannot
 * be known to have worked the lease is left, for the next start. Never throws.
 */
async function remove(
  { api, lease }: Making,
  id: string | undefined,
  context: CommandContext,
): Promise<void> {
  try {
    const client = await context.cleanupClient();
    if (id !== undefined) {
      await deleteIfThere(client, api, id);
      return await lease.end();
    }
    if (await removeMarked(client, api, lease.lease.marker)) return await lease.end();
    await context.clock.sleep(handshakeSettlingTime);
    if (await removeMarked(client, api, lease.lease.marker)) return await lease.end();
  } catch (error) {
    // What is no CliError is the end of the time that a farewell may take.
    const why = error instanceof CliError ? error.message : "RingCentral did not answer in time";
    const next = "The next `rcwh listen` deletes it.";
    context.io.warn(`The subscription may still be there. ${next} ${asSentence(why)}`);
  }
  await lease.leave();
}
