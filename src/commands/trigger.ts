import type { CommandContext } from "../context.ts";
import { confirmDelivery, readRate } from "../deliveries/delivery-guard.ts";
import { type EndpointTarget, findEndpoint, findTarget } from "../deliveries/delivery-target.ts";
import { createPace } from "../deliveries/pace.ts";
import { type Envelope, planEvents, type TriggerPlan } from "../deliveries/trigger-plan.ts";
import type { Delivery } from "../endpoint/delivery.ts";
import { createDeliverySender, type DeliverySender } from "../endpoint/delivery-sender.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
import { CliError, ExitCode } from "../errors.ts";
import { collect, createCommand, renderManual } from "./flags/command.ts";
import { addTargetFlags } from "./flags/target-flags.ts";
import {
  createDeliveryReport,
  type DeliveryReport,
  deliveriesShape,
  toRow,
} from "./output/delivery-report.ts";
import { printDeliveryRequests } from "./output/print-delivery-requests.ts";
import type { TriggerOptions } from "./trigger-options.ts";

const manual = renderManual({
  examples: [
    ["rcwh trigger sms", "a text message, to the `rcwh listen` that runs"],
    ["rcwh trigger posts --to http://127.0.0.1:8080/hook", "a post, to an endpoint of yours"],
    ["rcwh trigger sms --set body.subject=Hi --set body.from.name=Carol", "in words of yours"],
    ["rcwh trigger voicemail --body @voicemail.json", "with data from a file"],
    ["rcwh trigger presence --count 100 --rate 20/s --seed 7", "many, the same ones each time"],
    ["rcwh trigger telephony --dry-run", "see the request, send nothing"],
  ],
  json: deliveriesShape,
  exitCodes: [0, 1, 2, 4, 5, 6, 7, 9],
});

export function createTriggerCommand(context: CommandContext, run = triggerEvents) {
  const command = createCommand("trigger", context)
    .description(
      "Send a sample event as RingCentral would send it, and say whether it would accept the answer. Without --to it goes to the `rcwh listen` that runs, or else, where the profile is of an emulator, to whoever subscribed there. An endpoint beyond this machine is asked about first.",
    )
    .argument(
      "<filter>",
      "an alias, a short path or a whole one, as `rcwh create --filter` takes it",
    )
    .optionsGroup("Event:")
    .option(
      "--set <path=value>",
      "change the envelope: body.subject=Hi, body.to[0].name=Carol; may be repeated",
      collect,
    )
    .option("--body <json>", "its data: JSON, @file, or @- for stdin (default: made up)")
    .option("--seed <seed>", "make up the same events for the same seed")
    .optionsGroup("How many:")
    .option("--count <n>", "so many events (default: 1)")
    .option("--rate <rate>", "begin one so often: 5/s, 100/m, 30/h (default: after each answer)");
  return addTargetFlags(command, "a URL, listen or emulator")
    .optionsGroup("Other:")
    .option("--handshake", "shake hands first, and send nothing where that fails")
    .option("--dry-run", "print the requests, and send nothing")
    .addHelpText("after", manual)
    .action((filter, options) => run(filter, options, context));
}

export async function triggerEvents(
  filter: string,
  options: TriggerOptions,
  context: CommandContext,
): Promise<void> {
  const plan = await planEvents(filter, options, context);
  if (options.dryRun) return printPlan(plan, options, context);
  const target = await findTarget(options, context);
  if (target.kind === "emulator") {
    const { triggerEmulated } = await import("./trigger-emulated.ts");
    return triggerEmulated(plan, options, target);
  }
  await post(plan, options, target, context);
}

/** An endpoint need not be found for that. */
async function printPlan(
  plan: TriggerPlan,
  options: TriggerOptions,
  context: CommandContext,
): Promise<void> {
  const isPlaceOnly = options.to === undefined || options.to === "emulator";
  const target = isPlaceOnly ? undefined : await findEndpoint(options, context);
  await printDeliveryRequests(deliveriesOf(plan), target, context);
}

function* deliveriesOf({ count, next }: TriggerPlan): Generator<Delivery> {
  for (let number = 0; number < count; number++) yield { text: JSON.stringify(next()) };
}

/** Deliveries under way at the same time, where a rate says when each begins. */
const mostAtOnce = 64;

async function post(
  plan: TriggerPlan,
  options: TriggerOptions,
  target: EndpointTarget,
  context: CommandContext,
): Promise<void> {
  const { url, name, verificationToken } = target;
  const { count } = plan;
  const rate = readRate(options, target);
  const what = count === 1 ? "an event" : `${count} events`;
  await confirmDelivery(what, target, context);
  if (options.handshake) await shakeHands(target, context);
  const { signal } = context;
  const connections = options.rate === undefined ? 1 : mostAtOnce;
  const deadline = endpointDeadline;
  const sender = createDeliverySender(url, { verificationToken, deadline, connections, signal });
  const report = createDeliveryReport(context, name);
  const turn = rate === undefined ? async () => {} : createPace(rate, context);
  try {
    const underWay = new Set<Promise<void>>();
    for (let number = 0; number < count; number++) {
      await turn();
      const delivery = deliver(plan.next(), sender, report);
      underWay.add(delivery);
      // Whoever waits for all of them hears of the failure; nobody may be waiting yet.
      delivery.then(
        () => underWay.delete(delivery),
        () => {},
      );
      if (underWay.size >= connections) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    sender.close();
    await report.print();
  }
  report.conclude();
}

/** Throws exit 6 where RingCentral would refuse the endpoint, 5 where this machine reaches no network. */
async function shakeHands(
  { url, name, verificationToken }: EndpointTarget,
  { signal, env }: CommandContext,
): Promise<void> {
  const { checkEndpoint } = await import("../check/rules.ts");
  const checks = await checkEndpoint(url, { verificationToken, once: true, signal, env });
  const failed = checks.find(({ status }) => status === "fail");
  if (!failed) return;
  const { rule, measured, code, hint, exitCode = ExitCode.endpoint } = failed;
  const suffix = code === undefined ? "" : ` (${code})`;
  throw new CliError(
    `${name} fails RingCentral's handshake: ${rule}: ${measured}${suffix}. Nothing was sent.`,
    { exitCode, code: code ?? "SUB-521", hint },
  );
}

async function deliver(
  event: Envelope,
  sender: DeliverySender,
  report: DeliveryReport,
): Promise<void> {
  const outcome = await sender.send({ text: JSON.stringify(event) });
  await report.add(toRow(event, outcome), event);
}
