import type { RingCentralClient } from "../api/client.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { apiOf } from "../filters/parse.ts";
import { createRedactor } from "../machine/redact.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { GatewayFrame } from "../websocket/frames.ts";
import { type Pace, usualPace } from "../websocket/pace.ts";
import { openSession } from "../websocket/session.ts";
import { type HeldLease, openLease } from "./leases.ts";
import { createGate } from "./linked-signal.ts";
import { refuseLocalServer } from "./local-server.ts";
import { deleteIfThere } from "./marked-subscriptions.ts";
import type { EventSink, EventSource } from "./source.ts";

type Context = Pick<
  CommandContext,
  | "connect"
  | "clock"
  | "env"
  | "cleanupClient"
  | "identity"
  | "installation"
  | "io"
  | "pid"
  | "platform"
  | "settings"
  | "signal"
>;

/** Seconds. The subscription ends minutes after its last connection, and nobody knows when that will be. */
const leaseLifetime = 30 * 24 * 60 * 60;

/**
 * Subscribes over a WebSocket, which needs no public address. Throws exit 2 for webinar filters and where there
 * is no gateway, else as the client does, and the signal's reason.
 */
export async function openWebSocketSource(
  eventFilters: readonly string[],
  sink: EventSink,
  context: Context,
  pace: Pace = usualPace,
): Promise<EventSource> {
  refuseWebinar(eventFilters);
  const identity = await context.identity();
  refuseLocalServer(identity.server);
  sink.say(
    "Subscribing over a WebSocket, in place of another subscription that its session may have.",
  );
  const gate = createGate(context.signal);
  // Where the listener ends, nothing may go on that waits for a rate limit.
  const client = await context.connect(identity, {
    deadline: Number.POSITIVE_INFINITY,
    until: gate.signal,
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
    const session = await open(eventFilters, { sink, lease, client, pace }, context);
    let closing: Promise<void> | undefined;
    return {
      ended: session.ended,
      close() {
        gate.shut();
        closing ??= session.close().then(() => settle(lease, context));
        return closing;
      },
    };
  } catch (error) {
    gate.shut();
    await settle(lease, context);
    throw error;
  }
}

function refuseWebinar(eventFilters: readonly string[]): void {
  const webinar = eventFilters.find((filter) => apiOf(filter) === "webinar");
  if (webinar === undefined) return;
  throw new UsageError(
    `RingCentral sends no webinar events over a WebSocket: ${webinar}`,
    "Have them sent to a public address of this machine, such as `rcwh listen --url https://example.com/hook`.",
  );
}

interface Parts {
  readonly sink: EventSink;
  readonly lease: HeldLease;
  readonly client: RingCentralClient;
  readonly pace: Pace;
}

function open(
  eventFilters: readonly string[],
  { sink, lease, client, pace }: Parts,
  { clock, env, io, settings, signal }: Context,
) {
  return openSession(
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
      ...{ client, clock, env, signal, pace, timeout: settings.timeout },
      redactor: createRedactor(),
      random: Math.random,
      trace: settings.debug ? io.say : undefined,
    },
  );
}

/** As RingCentral sends them to a webhook. */
const webhookHeaders: Readonly<Record<string, string>> = {
  "User-Agent": "RingCentral-Webhook/8.3",
  Accept: "application/json",
  "Accept-Encoding": "UTF-8",
  "Content-Type": "application/json; charset=UTF-8",
};

function describeDisabled({ disabledFilters = [] }: Subscription): readonly string[] {
  return disabledFilters.map(
    ({ filter, reason, message }) =>
      `warning: RingCentral sends nothing for ${filter}: ${message ?? "it is disabled"} (${reason})`,
  );
}

function idsOf({ lease }: HeldLease): readonly string[] {
  return lease.ids ?? [];
}

/** What could not be deleted over the WebSocket is deleted over HTTP, or left to the next start. */
async function settle(
  lease: HeldLease,
  { cleanupClient }: Pick<Context, "cleanupClient">,
): Promise<void> {
  try {
    const ids = idsOf(lease);
    const client = ids.length > 0 ? await cleanupClient() : undefined;
    for (const id of ids) if (client) await deleteIfThere(client, "platform", id);
    await lease.end();
  } catch {
    await lease.leave();
  }
}
