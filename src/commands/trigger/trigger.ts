import type { CommandContext } from "../../context.ts";
import { confirmDelivery, readRate } from "../../deliveries/delivery-guard.ts";
import {
  asksForTarget,
  type EndpointTarget,
  findEndpoint,
  findTarget,
} from "../../deliveries/delivery-target.ts";
import { createPace } from "../../deliveries/pace.ts";
import {
  type Envelope,
  parseTriggered,
  planEvents,
  type TriggerOptions,
  type TriggerPlan,
} from "../../deliveries/trigger-plan.ts";
import type { Delivery } from "../../endpoint/delivery.ts";
import { createDeliverySender, type DeliverySender } from "../../endpoint/delivery-sender.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { asksForArgument, collect, createCommand, type Manual } from "../flags/command.ts";
import { addTargetFlags } from "../flags/target-flags.ts";
import {
  createDeliveryReport,
  type DeliveryReport,
  deliveriesShape,
  toRow,
} from "../output/delivery-report.ts";
import { printDeliveryRequests } from "../output/print-delivery-requests.ts";

const manual: Manual = {
  commonFlags: ["--to", "--set", "--body", "--count", "--dry-run"],
  examples: {
    "rcwh trigger sms": "send a text message to the running `rcwh listen`",
    "rcwh trigger posts --to http://127.0.0.1:8080/hook": "send a post to your endpoint",
    "rcwh trigger sms --set body.subject=Hi --set body.from.name=Carol": "set your own values",
    "rcwh trigger voicemail --body @voicemail.json": "use data from a file",
    "rcwh trigger presence --count 100 --rate 20/s --seed 7": "send many, the same ones each time",
    "rcwh trigger telephony --dry-run": "print the request without sending it",
  },
  json: deliveriesShape,
  exitCodes: {
    0: "every answer would be accepted",
    1: "the emulator refused the event",
    4: "the credentials in the environment are incomplete",
    5: "the emulator or the network cannot be reached: try again later",
    6: "no answer would be accepted, or the handshake failed",
    7: "some answers would not be accepted",
    9: "declined, or nobody could confirm (see --yes); nothing was sent",
  },
};

export function createTriggerCommand(context: CommandContext, run = triggerEvents) {
  const command = createCommand("trigger", context, manual)
    .description(
      "Send a sample event as RingCentral delivers it, and report whether RingCentral would accept the answer. Without --to it goes to the running `rcwh listen`, else to the emulator of the profile. On a terminal, it asks for what is missing. Asks before it sends to another machine.",
    )
    .argument("<filter>", "an alias, a short path or a whole path, as for `rcwh create --filter`")
    .optionsGroup("Event:")
    .option(
      "--set <path=value>",
      "change a value: body.subject=Hi, body.to[0].name=Carol; repeatable",
      collect,
    )
    .option("--body <json>", "event data: JSON, @file, or @- for stdin (default: generated)")
    .option("--seed <seed>", "generate the same events for the same seed")
    .optionsGroup("How many:")
    .option("--count <n>", "number of events (default: 1)")
    .option(
      "--rate <rate>",
      "start events at this rate: 5/s, 100/m, 30/h (default: after each answer)",
    );
  addTargetFlags(command, "a URL, a subscription's id, listen or emulator")
    .optionsGroup("Other:")
    .option("--handshake", "do the handshake first, and send nothing if it fails")
    .option("--dry-run", "print the requests without sending them")
    .action(async (filter: string | undefined, options) => {
      if (filter !== undefined && !(await asksForTarget(options, true, context))) {
        return run(filter, options, context);
      }
      return askAndTrigger(filter, options, context);
    });
  return asksForArgument(command, context);
}

async function askAndTrigger(
  filter: string | undefined,
  options: TriggerOptions,
  context: CommandContext,
): Promise<void> {
  const { guideDelivery } = await import("../../deliveries/guide-delivery.ts");
  const { askForFilter } = await import("../../operations/guide/ask-for-filters.ts");
  const { filterChoices } = await import("../../operations/guide/filter-choices.ts");
  const check = (text: string) => parseTriggered(text, options.body !== undefined);
  if (filter !== undefined) check(filter);
  const askWhat = async () => {
    const choices = filterChoices(() => true, { width: context.io.stderr.columns || 80 });
    const prompter = await context.prompter();
    return askForFilter(prompter, "Send an event of which filter?", choices, check);
  };
  await guideDelivery(
    { name: "trigger", given: filter, flags: { ...options }, takesEmulator: true },
    askWhat,
    (chosen, to, back) => triggerEvents(chosen, { ...options, ...to }, back),
    context,
  );
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

/** Needs no endpoint: without one the requests have no URL. */
async function printPlan(
  plan: TriggerPlan,
  options: TriggerOptions,
  context: CommandContext,
): Promise<void> {
  const hasNoUrl = options.to === undefined || options.to === "emulator";
  const target = hasNoUrl ? undefined : await findEndpoint(options, context);
  await printDeliveryRequests(deliveriesOf(plan), target, context);
}

function* deliveriesOf({ count, next }: TriggerPlan): Generator<Delivery> {
  for (let number = 0; number < count; number++) yield { text: JSON.stringify(next()) };
}

/** Deliveries under way at the same time with `--rate`. */
const maximumConnections = 64;

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
  const connections = options.rate === undefined ? 1 : maximumConnections;
  const sender = createDeliverySender(url, { verificationToken, connections, signal });
  const report = createDeliveryReport(context, name, url);
  const turn = createPace(rate, context);
  try {
    const underWay = new Set<Promise<void>>();
    for (let number = 0; number < count; number++) {
      await turn();
      const delivery = deliver(plan.next(), sender, report);
      underWay.add(delivery);
      // `Promise.all` below reports a failure; until then nothing may be waiting for it.
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

/** Throws exit 6 if RingCentral would refuse the endpoint, 5 if this machine has no network. */
async function shakeHands(
  { url, name, verificationToken }: EndpointTarget,
  { signal, env, redactor }: CommandContext,
): Promise<void> {
  const { checkEndpoint } = await import("../../check/rules.ts");
  const checks = await checkEndpoint(url, { verificationToken, once: true, redactor, signal, env });
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
