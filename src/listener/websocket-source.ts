import type { RingCentralClient } from "../api/client.ts";
import type { CommandContext } from "../context.ts";
import { deleteIfThere } from "../lifecycle/delete-if-there.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { openEventStream } from "../websocket/event-stream.ts";
import type { GatewayFrame } from "../websocket/frames.ts";
import { defaultTimings, type Timings } from "../websocket/timings.ts";
import type { LeaseContext } from "./lease-files.ts";
import { type HeldLease, openLease } from "./leases.ts";
import { linkSignal } from "./linked-signal.ts";
import { deleted, type EventSink, type EventSource } from "./source.ts";
import { refuseForWebSocket } from "./websocket-refusals.ts";

type Context = LeaseContext &
  Pick<CommandContext, "connect" | "cleanupClient" | "identity" | "io" | "redactor" | "settings">;

/** Seconds: long, because the subscription lives until minutes after its last connection. */
const leaseLifetime = 30 * 24 * 60 * 60;

/**
 * Subscribes over a WebSocket, which needs no public address. Throws exit 2 for what `refuseForWebSocket` refuses,
 * else what the client throws and the signal's reason.
 */
export async function openWebSocketSource(
  eventFilters: readonly string[],
  sink: EventSink,
  context: Context,
  timings: Timings = defaultTimings,
): Promise<EventSource> {
  const identity = await context.identity();
  refuseForWebSocket(eventFilters);
  sink.say(
    "Subscribing over a WebSocket. This replaces another WebSocket subscription of the same session.",
  );
  const link = linkSignal(context.signal);
  // The end of the listener also ends what waits for a rate limit.
  const client = await context.connect(identity, {
    deadline: Number.POSITIVE_INFINITY,
    until: link.signal,
    needsGateway: true,
  });
  const lease = await openLease(
    {
      transport: "WebSocket",
      identity: identity.recordsKey,
      api: "platform",
      eventFilters,
      lifetime: leaseLifetime,
    },
    context,
  );
  try {
    const stream = await openLeasedStream(eventFilters, { sink, lease, client, timings }, context);
    let closing: Promise<void> | undefined;
    return {
      ended: stream.ended,
      close() {
        link.abort();
        closing ??= stream.close().then(async () => {
          if (await settle(lease, context)) sink.say(deleted);
        });
        return closing;
      },
    };
  } catch (error) {
    link.abort();
    await settle(lease, context);
    throw error;
  }
}

interface Parts {
  readonly sink: EventSink;
  readonly lease: HeldLease;
  readonly client: RingCentralClient;
  readonly timings: Timings;
}

function openLeasedStream(
  eventFilters: readonly string[],
  { sink, lease, client, timings }: Parts,
  { clock, env, io, redactor, settings, signal }: Context,
) {
  return openEventStream(
    eventFilters,
    {
      event: ({ body, bodyText }: GatewayFrame) =>
        sink.event({
          receivedAt: clock.now(),
          transport: "WebSocket",
          headers: webhookHeaders,
          text: bodyText,
          event: body,
        }),
      gap: sink.gap,
      say: sink.say,
      async subscribed(subscription) {
        for (const line of describeDisabled(subscription)) sink.say(line);
        await lease.extend(leaseLifetime, { ids: [...idsOf(lease), subscription.id] });
      },
      unsubscribed: (id) =>
        lease.extend(leaseLifetime, { ids: idsOf(lease).filter((each) => each !== id) }),
    },
    {
      ...{ client, clock, env, signal, timings, timeout: settings.timeout },
      redactor,
      random: Math.random,
      trace: settings.debug ? io.say : undefined,
    },
  );
}

/** The headers that RingCentral sends to a webhook. */
const webhookHeaders: Readonly<Record<string, string>> = {
  "User-Agent": "RingCentral-Webhook/8.3",
  Accept: "application/json",
  "Accept-Encoding": "UTF-8",
  "Content-Type": "application/json; charset=UTF-8",
};

function describeDisabled({ disabledFilters = [] }: Subscription): readonly string[] {
  return disabledFilters.map(
    ({ filter, reason, message }) =>
      `warning: RingCentral does not deliver ${filter}: ${message ?? "it is disabled"} (${reason})`,
  );
}

function idsOf({ lease }: HeldLease): readonly string[] {
  return lease.ids ?? [];
}

/**
 * Deletes over HTTP what the WebSocket could not, or leaves it to the next start. Resolves to whether nothing is left.
 * Never throws.
 */
async function settle(
  lease: HeldLease,
  { cleanupClient }: Pick<Context, "cleanupClient">,
): Promise<boolean> {
  try {
    const ids = idsOf(lease);
    const client = ids.length > 0 ? await cleanupClient() : undefined;
    for (const id of ids) if (client) await deleteIfThere(client, { api: "platform", id });
    await lease.end();
    return true;
  } catch {
    await lease.leave();
    return false;
  }
}
