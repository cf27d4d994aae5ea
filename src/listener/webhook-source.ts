import { ApiError, maybeProcessed } from "../api/errors.ts";
import type { CommandContext } from "../context.ts";
import { handshakeSettlingTime } from "../endpoint/limits.ts";
import { asSentence, CliError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { createOnce } from "../lifecycle/creation.ts";
import { deleteIfThere } from "../lifecycle/delete-if-there.ts";
import { openAccount } from "../operations/open-account.ts";
import { withMarker } from "../subscriptions/marker.ts";
import type { CreateSubscriptionRequest, Subscription } from "../subscriptions/subscription.ts";
import { createMarker, openLease } from "./leases.ts";
import { type LeasedRequest, listenerLifetime, removeMarked } from "./marked-subscriptions.ts";
import { deleted, type EventSink, type EventSource } from "./source.ts";
import { startWatch } from "./webhook-watch.ts";

export interface WebhookSourceOptions {
  readonly api: Api;
  readonly eventFilters: readonly string[];
  /** The public address of this listener. */
  readonly url: string;
  /** The token that deliveries must carry. */
  readonly verificationToken: string | undefined;
}

/**
 * Creates a webhook subscription that lives as long as this run, and an hour at most without it. Writes its lease
 * before it asks RingCentral. If the run is interrupted, it deletes what it may have created, then rejects.
 */
export async function openWebhookSource(
  { api, eventFilters, url, verificationToken }: WebhookSourceOptions,
  sink: EventSink,
  context: CommandContext,
): Promise<EventSource> {
  const { recordsKey } = await context.identity();
  const client = await context.api(Number.POSITIVE_INFINITY);
  const marker = createMarker();
  const address = withMarker(url, marker);
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
  if (!lease.kept) {
    sink.say(
      "This machine cannot store a lease: if this process is killed, its subscription stays for up to an hour.",
    );
  }
  const request: CreateSubscriptionRequest = {
    eventFilters,
    deliveryMode: {
      transportType: "WebHook",
      address,
      ...(verificationToken !== undefined && { verificationToken }),
    },
    expiresIn: listenerLifetime,
  };
  const leased = { api, request, lease, client };
  const first = await create(leased, context);
  const watch = startWatch(
    { ...leased, first, sink, create: (knownIds) => create(leased, context, knownIds) },
    context,
  );
  return {
    ended: watch.ended,
    async close() {
      await watch.stop();
      const id = watch.isCertain ? watch.current.id : undefined;
      if (await remove(leased, id, context)) sink.say(deleted);
    },
  };
}

/** The address is unique, so any subscription that has it, except the known ones, is the one created here. */
async function create(
  leased: LeasedRequest,
  context: CommandContext,
  knownIds: ReadonlySet<string> = new Set(),
): Promise<Subscription> {
  const { api, request, lease } = leased;
  try {
    await lease.extend(listenerLifetime);
    context.signal.throwIfAborted();
    const account = await openAccount(context, Number.POSITIVE_INFINITY);
    return (await createOnce(account, { api, request, knownIds })).subscription;
  } catch (error) {
    // A replacement is cleaned up together with the subscription that it replaces.
    if (knownIds.size > 0) throw error;
    if (isCertainlyNotCreated(error)) await lease.end();
    else await remove(leased, undefined, context);
    throw error;
  }
}

function isCertainlyNotCreated(error: unknown): boolean {
  return error instanceof ApiError && !maybeProcessed(error);
}

/**
 * Deletes the subscription by its id, or finds it by its marker, also after an interruption. Leaves the lease to the
 * next start where the deletion is not certain. Resolves to whether it is. Never throws.
 */
async function remove(
  { api, lease }: LeasedRequest,
  id: string | undefined,
  context: CommandContext,
): Promise<boolean> {
  const { marker } = lease.lease;
  try {
    const client = await context.cleanupClient();
    let isDeleted = id !== undefined;
    if (id !== undefined) await deleteIfThere(client, { api, id });
    else isDeleted = await removeMarked(client, api, marker);
    if (!isDeleted) {
      await context.clock.sleep(handshakeSettlingTime, context.end.signal);
      isDeleted = await removeMarked(client, api, marker);
    }
    if (isDeleted) {
      await lease.end();
      return true;
    }
  } catch (error) {
    // Anything but a CliError is the end of the time for cleaning up.
    const why = error instanceof CliError ? error.message : "RingCentral did not answer in time";
    context.io.warn(
      `The subscription may still exist. The next \`rcwh listen\` deletes it. ${asSentence(why)}`,
    );
  }
  await lease.leave();
  return false;
}
