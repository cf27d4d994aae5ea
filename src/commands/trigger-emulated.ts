import type { EmulatorTarget } from "../deliveries/delivery-target.ts";
import { createPace, parseRate } from "../deliveries/pace.ts";
import type { TriggerPlan } from "../deliveries/trigger-plan.ts";
import type { Delivery } from "../emulator/backend.ts";
import { UsageError } from "../errors.ts";
import { withEmulator } from "./emulator/control-client.ts";
import type { SentEvent } from "./emulator/event.ts";
import { createDeliveryReport, type DeliveryReport } from "./output/delivery-report.ts";
import type { TriggerOptions } from "./trigger-options.ts";

/** Lets events happen in an emulator, which delivers them to whoever subscribed there. */
export async function triggerEmulated(
  plan: TriggerPlan,
  options: TriggerOptions,
  { url, context }: EmulatorTarget,
): Promise<void> {
  refuseForEmulator(plan, options);
  const { eventFilter: filter, count, hasOwnBody } = plan;
  const pace = options.rate === undefined ? undefined : parseRate(options.rate, "--rate");
  const turn = pace === undefined ? async () => {} : createPace(pace, context);
  const report = createDeliveryReport(context, "the endpoints that subscribed");
  let heard = 0;
  try {
    await withEmulator(url, context, async (call) => {
      for (let number = 0; number < count; number++) {
        await turn();
        context.signal.throwIfAborted();
        const event = plan.next();
        // The emulator makes up the data itself, for each who subscribed to them.
        const body = hasOwnBody ? event["body"] : undefined;
        const { deliveries } = await call<SentEvent>("send the event", "POST /events", {
          body: { filter, body },
        });
        heard += deliveries.length;
        for (const delivery of deliveries) await addEmulated(delivery, body, report);
      }
    });
  } finally {
    await report.print();
  }
  if (heard === 0) context.io.note(`Nobody is subscribed to ${filter} in the emulator.`);
  report.conclude();
}

/** An emulator sends the envelopes, tokens and handshakes of its subscriptions. */
function refuseForEmulator({ changedMembers }: TriggerPlan, options: TriggerOptions): void {
  const foreign = changedMembers.find((member) => member !== "body");
  const flag =
    (options.handshake && "--handshake") ||
    (options.verificationToken !== undefined && "--verification-token") ||
    (options.verificationTokenFile !== undefined && "--verification-token-file") ||
    (foreign !== undefined && `--set ${foreign}`);
  if (!flag) return;
  throw new UsageError(
    `${flag} is not for an emulator, which has envelopes and tokens of its own.`,
    "Leave it out, or name an endpoint with `--to <url>`.",
  );
}

async function addEmulated(
  { event, uuid, subscriptionId, address, status, delivered, reason }: Delivery,
  body: unknown,
  report: DeliveryReport,
): Promise<void> {
  const row = {
    event,
    uuid,
    subscriptionId,
    ...(address !== undefined && { address }),
    ...(status !== undefined && { status }),
    accepted: delivered,
    ...(reason !== undefined && { problem: reason }),
  };
  await report.add(row, { event, body });
}
