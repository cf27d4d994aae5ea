import type { CommandContext } from "../../context.ts";
import type { Delivery } from "../../emulator/backend.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { parseEventFilter } from "../../filters/parse.ts";
import { printRecords } from "../../io/formats.ts";
import { redactAddress } from "../../machine/redact.ts";
import { parseUser, readText } from "../../operations/text-input.ts";
import { createCommand, renderManual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { withEmulatorControl } from "./control-client.ts";

interface EmulatorEventOptions extends EmulatorFlag {
  readonly body?: string;
  readonly bodyFile?: string;
  readonly user?: string;
}

const manual = renderManual({
  examples: [
    [
      "rcwh emulator event posts",
      "somebody writes a post, and everybody who subscribed hears of it",
    ],
    ["rcwh emulator event sms --user 2", "only user 2 gets a text message"],
    ['rcwh emulator event posts --body \'{"text":"Hello"}\'', "with data of your own"],
    ["rcwh emulator event voicemail --body-file event.json", "from a file"],
  ],
  json: `{ "schemaVersion": 1, "deliveries": [ { "uuid", "subscriptionId", "user", "event", "address",
  "timestamp", "delivered", "status", "reason" } ] }`,
  exitCodes: [0, 1, 2, 5, 6, 7],
});

export function createEmulatorEventCommand(context: CommandContext, run = sendEmulatorEvent) {
  const command = createCommand("event", context)
    .summary("let something happen there")
    .description(
      "Let something happen in a running emulator, and say what each endpoint that subscribed to it answered.",
    )
    .argument(
      "<filter>",
      "an alias, a short path or a whole one, as `rcwh create --filter` takes it",
    )
    .optionsGroup("Event:")
    .option("--body <json>", "its data (default: made up)")
    .option("--body-file <path>", "read the data from a file, or from - (stdin)")
    .option("--user <n>", "the user whom it happens to (default: every user)");
  return addEmulatorFlag(command)
    .addHelpText("after", manual)
    .action((filter, options) => run(filter, options, context));
}

async function sendEmulatorEvent(
  filter: string,
  options: EmulatorEventOptions,
  context: CommandContext,
): Promise<void> {
  const { eventFilter } = parseEventFilter(filter, { allowUnknown: true });
  const user = options.user === undefined ? undefined : parseUser(options.user);
  const body = await readEventBody(options, context);
  await withEmulatorControl(options.url, context, async ({ call }) => {
    const { deliveries } = (await call("send the event", "POST", "/events", {
      filter: eventFilter,
      body,
      user,
    })) as { readonly deliveries: readonly Delivery[] };
    await printDeliveries(deliveries, context);
    if (deliveries.length === 0) context.io.note(`Nobody is subscribed to ${eventFilter}.`);
    reportFailures(deliveries);
  });
}

async function readEventBody(
  { body, bodyFile }: EmulatorEventOptions,
  { io }: CommandContext,
): Promise<unknown> {
  if (body !== undefined && bodyFile !== undefined) {
    throw new UsageError("--body and --body-file contradict each other.", "Leave one of them out.");
  }
  if (bodyFile !== undefined) {
    return parseJson(await readText(bodyFile, "--body-file", io), "--body-file");
  }
  return body === undefined ? undefined : parseJson(body, "--body");
}

function parseJson(text: string, flag: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(
      `${flag} holds no JSON: ${cause instanceof Error ? cause.message : cause}.`,
      'Give the event\'s own data, such as \'{"text":"Hello"}\'.',
      { cause },
    );
  }
}

function printDeliveries(
  deliveries: readonly Delivery[],
  { io, settings }: CommandContext,
): Promise<void> {
  return printRecords(io, {
    key: "deliveries",
    records: deliveries,
    columns: [
      {
        title: "subscription",
        key: "subscriptionId",
        value: ({ subscriptionId }) => subscriptionId,
      },
      { title: "delivered", value: ({ delivered }) => String(delivered), show: outcomeOf },
      { title: "status", value: ({ status }) => String(status ?? ""), reader: "programs" },
      { title: "event", value: ({ event }) => event, shrink: "wrap" },
      {
        title: "address",
        value: ({ address }) => redactAddress(address ?? "", settings.showSecrets),
        shrink: "wrap",
      },
      { title: "reason", value: ({ reason }) => reason ?? "", reader: "programs" },
    ],
  });
}

/** For people: whether an endpoint took it, and what it said. */
export function outcomeOf({ delivered, status, reason }: Delivery): string {
  if (delivered) return status === undefined ? "yes" : `yes, ${status}`;
  return `no${reason === undefined ? "" : `: ${reason}`}`;
}

/** An endpoint that failed is what somebody who tests one wants to know. */
function reportFailures(deliveries: readonly Delivery[]): void {
  const failed = deliveries.filter(({ reason }) => reason !== undefined);
  if (failed.length === 0) return;
  const all = failed.length === deliveries.length;
  const whom =
    deliveries.length === 1 ? "" : ` to ${failed.length} of ${deliveries.length} subscriptions`;
  throw new CliError(`The event could not be delivered${whom}.`, {
    exitCode: all ? ExitCode.endpoint : ExitCode.partial,
    code: "DELIVERY_FAILED",
    hint: "Look at what the endpoint does with an event, such as with `rcwh check <url>`: it has 3 s to answer 200.",
  });
}
