import type { CommandContext } from "../context.ts";
import { CliError, UsageError } from "../errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
import type { EventPipeline } from "./event-pipeline.ts";
import { openLease } from "./leases.ts";
import type { ListenPlan, ServerPlan } from "./plan.ts";
import { type ListenerServer, startListenerServer } from "./server.ts";
import type { EventSource } from "./source.ts";

/** The ways by which events reach the pipeline: a port of this machine, and a subscription. */
export interface Intake {
  /** Rejects once the subscription, if any, is permanently lost. */
  readonly lost: Promise<never>;
  /** Deletes the subscription, then closes the port. Never throws. */
  close(): Promise<void>;
}

/** Opens the port, makes it known to `rcwh trigger`, and subscribes. Closes what it opened if one of them fails. */
export async function openIntake(
  plan: ListenPlan,
  pipeline: EventPipeline,
  context: CommandContext,
): Promise<Intake> {
  const closers: (() => Promise<void>)[] = [];
  // The subscription goes first: RingCentral gets answers until then.
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const server = await openServer(plan.server, pipeline, context);
    closers.push(server.close);
    refuseLoop(plan, server);
    const { verificationToken } = plan.server;
    const lease = await openLease(
      {
        transport: "none",
        url: server.url,
        lifetime: 0,
        ...(verificationToken !== undefined && { verificationToken }),
      },
      context,
    );
    closers.push(lease.end);
    pipeline.say(`Accepting deliveries at ${server.url}.`);
    const source = await openSource(plan, server, pipeline, context);
    if (source) closers.push(source.close);
    return { lost: source?.ended ?? new Promise(() => {}), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openServer(
  { port, portMayChange, ...plan }: ServerPlan,
  pipeline: EventPipeline,
  { clock }: CommandContext,
): Promise<ListenerServer> {
  const start = (wanted: number) =>
    startListenerServer({
      ...plan,
      port: wanted,
      now: clock.now,
      onHandshake: pipeline.handshake,
      onEvent: pipeline.event,
      onIgnored: pipeline.ignored,
      onError: pipeline.fail,
    });
  return start(port).catch((error: unknown) => {
    if (portMayChange && error instanceof CliError && error.code === "PORT") return start(0);
    throw error;
  });
}

/** Throws UsageError if each event would be forwarded to this listener again. */
function refuseLoop({ forward, server: { host } }: ListenPlan, { port }: ListenerServer): void {
  if (!forward) return;
  const target = new URL(forward.url);
  const isHere = isLoopback(target.hostname) || target.hostname === host;
  const targetPort = Number(target.port || (target.protocol === "https:" ? 443 : 80));
  if (!isHere || targetPort !== port) return;
  throw new UsageError(
    `Invalid --forward-to value ${JSON.stringify(redactAddress(forward.url))}: it is this listener's own address.`,
    "Forward to the port of your own program, or add --port 0 to listen on a free one.",
  );
}

async function openSource(
  { subscription, server: { verificationToken } }: ListenPlan,
  { port }: ListenerServer,
  pipeline: EventPipeline,
  context: CommandContext,
): Promise<EventSource | undefined> {
  if (!subscription) return undefined;
  const { eventFilters, api, url } = subscription;
  if (url === undefined) {
    const { openWebSocketSource } = await import("./websocket-source.ts");
    return openWebSocketSource(eventFilters, pipeline, context);
  }
  const { openWebhookSource } = await import("./webhook-source.ts");
  const shown = redactAddress(url, context.settings.showSecrets);
  pipeline.say(
    `Creating a webhook subscription for ${shown}, which must lead to port ${port} of this machine.`,
  );
  return openWebhookSource({ api, eventFilters, url, verificationToken }, pipeline, context);
}
