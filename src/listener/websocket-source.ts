import type { RingCentralClient } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { createRedactor } from "../api/redact.ts";
import type { Subscription } from "../api/types.ts";
import { localServer } from "../config/profile-name.ts";
import type { Identity } from "../config/types.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { apiOf } from "../filters/parse.ts";
import type { GatewayFrame } from "../websocket/frames.ts";
import { type Pace, usualPace } from "../websocket/pace.ts";
import { openSession } from "../websocket/session.ts";
import { type HeldLease, openLease } from "./leases.ts";
import type { EventSink, EventSource } from "./source.ts";

type Context = Pick<
  CommandContext,
  | "api"
  | "clock"
  | "env"
  | "farewell"
  | "identity"
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
  refuseLocal(identity);
  sink.say(
    "Subscribing over a WebSocket, in place of another subscription that its session may have.",
  );
  const client = await context.api(Number.POSITIVE_INFINITY);
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
        closing ??= session.close().then((isGone) => settle(lease, isGone, context));
        return closing;
      },
    };
  } catch (error) {
    await settle(lease, lease.lease.id === undefined, context);
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

function refuseLocal({ server }: Identity): void {
  if (server !== localServer) return;
  throw new UsageError(
    "The profile emulator runs inside each command, and has no WebSocket gateway.",
    "Run `rcwh emulator` in a second terminal and sign in there with `rcwh login --server http://127.0.0.1:4010`.",
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
        await lease.extend(leaseLifetime, { id: subscription.id });
      },
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

/** What could not be deleted over the WebSocket is deleted over HTTP, or left to the next start. */
async function settle(
  lease: HeldLease,
  isGone: boolean,
  { farewell }: Pick<Context, "farewell">,
): Promise<void> {
  const { id } = lease.lease;
  if (isGone || id === undefined || (await deleteByHttp(id, farewell))) await lease.end();
  else await lease.leave();
}

async function deleteByHttp(id: string, farewell: Context["farewell"]): Promise<boolean> {
  try {
    const client = await farewell();
    await client.delete("platform", id);
    return true;
  } catch (error) {
    return error instanceof ApiError && error.status === 404;
  }
}
