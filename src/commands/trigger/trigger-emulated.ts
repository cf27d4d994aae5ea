import type { EmulatorTarget } from "../../deliveries/delivery-target.ts";
import { createPace, parseRate } from "../../deliveries/pace.ts";
import type { TriggerOptions, TriggerPlan } from "../../deliveries/trigger-plan.ts";
import type { Delivery } from "../../emulator/backend.ts";
import { UsageError } from "../../errors.ts";
import { withEmulator } from "../emulator/control-client.ts";
import { describeNobody, type SentEvent } from "../emulator/event.ts";
import { createDeliveryReport, type DeliveryReport } from "../output/delivery-report.ts";

/** Sends events through an emulator, which delivers them to its subscriptions. */
export async function triggerEmulated(
  plan: TriggerPlan,
  options: TriggerOptions,
  { url, context }: EmulatorTarget,
): Promise<void> {
  refuseForEmulator(plan, options);
  const { eventFilter: filter, count, hasOwnBody } = plan;
  const rate = options.rate === undefined ? undefined : parseRate(options.rate, "--rate");
  const turn = createPace(rate, context);
  const report = createDeliveryReport(context, "the subscribed endpoints");
  let delivered = 0;
  let nobody: string | undefined;
  try {
    await withEmulator(url, context, async (call) => {
      for (let number = 0; number < count; number++) {
        await turn();
        context.signal.throwIfAborted();
        const event = plan.next();
        // Without a body the emulator generates the data, for each subscription.
        const body = hasOwnBody ? event["body"] : undefined;
        const { deliveries } = await call<SentEvent>("send the event", "POST /events", {
          body: { filter, body },
        });
        delivered += deliveries.length;
        for (const delivery of deliveries) await addEmulated(delivery, body, report);
      }
      if (delivered === 0) nobody = await describeNobody(filter, call);
    });
  } finally {
    await report.print();
  }
  if (nobody !== undefined) context.io.note(nobody);
  report.conclude();
}

/** Throws UsageError for flags about envelopes, tokens and handshakes: an emulator has its own. */
function refuseForEmulator({ changedMembers }: TriggerPlan, options: TriggerOptions): void {
  const ownMember = changedMembers.find((member) => member !== "body");
  const flag =
    (options.handshake && "--handshake") ||
    (options.verificationToken !== undefined && "--verification-token") ||
    (options.verificationTokenFile !== undefined && "--verification-token-file") ||
    (ownMember !== undefined && `--set ${ownMember}`);
  if (!flag) return;
  throw new UsageError(
    `${flag} cannot be used with an emulator, which has its own envelopes and tokens.`,
    "Leave it out, or name an endpoint, such as --to http://127.0.0.1:8080/hook.",
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
