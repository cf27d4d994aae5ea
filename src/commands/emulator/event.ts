import type { CommandContext } from "../../context.ts";
import type { Delivery } from "../../emulator/backend.ts";
import type { EmulatorState } from "../../emulator/state.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { withEndpoint } from "../../explanations/check-hint.ts";
import { parseEventFilter } from "../../filters/parse.ts";
import { printRecords } from "../../io/formats.ts";
import type { Column } from "../../io/table.ts";
import { isTooDeep } from "../../machine/json.ts";
import { redactAddress } from "../../machine/redact.ts";
import { parseUser, readText } from "../../operations/text-input.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { addEmulatorFlag, type EmulatorFlag } from "../flags/emulator-flag.ts";
import { emulatorExitCodes } from "../flags/exit-codes.ts";
import { allowOneOf } from "../flags/flag-rules.ts";
import { type CallEmulator, withEmulator } from "./control-client.ts";

interface EmulatorEventOptions extends EmulatorFlag {
  readonly body?: string;
  readonly bodyFile?: string;
  readonly user?: string;
}

/** What `/emulator/v1/events` answers. */
export interface SentEvent {
  readonly deliveries: readonly Delivery[];
}

const manual: Manual = {
  examples: {
    "rcwh emulator event posts": "send a new post to all its subscribers",
    "rcwh emulator event sms --user 2": "send a text message to user 2 only",
    'rcwh emulator event posts --body \'{"text":"Hello"}\'': "with your own body",
    "rcwh emulator event voicemail --body-file event.json": "from a file",
  },
  json: `{ "schemaVersion": 1, "deliveries": [ { "uuid", "subscriptionId", "user", "event", "address",
  "timestamp", "delivered", "status", "reason" } ] }`,
  exitCodes: {
    ...emulatorExitCodes,
    6: "no subscriber's endpoint accepted the event",
    7: "some subscribers' endpoints did not accept the event",
  },
};

export function createEmulatorEventCommand(context: CommandContext, run = sendEmulatorEvent) {
  const command = createCommand("event", context, manual)
    .summary("send an event")
    .description(
      "Send an event from a running emulator, and show what each subscribed endpoint answered.",
    )
    .argument("<filter>", "the event: an alias, short path or URI, as in `rcwh create --filter`")
    .optionsGroup("Event:")
    .option("--body <json>", "the event's body (default: sample data)")
    .option("--body-file <path>", "read the body from a file, or from - (stdin)")
    .option("--user <n>", "the user it happens to (default: every user)");
  allowOneOf(command, ["--body", "--body-file"]);
  return addEmulatorFlag(command).action((filter, options) => run(filter, options, context));
}

async function sendEmulatorEvent(
  filter: string,
  options: EmulatorEventOptions,
  context: CommandContext,
): Promise<void> {
  const { eventFilter } = parseEventFilter(filter, { allowUnknown: true });
  const user = options.user === undefined ? undefined : parseUser(options.user);
  const body = await readEventBody(options, context);
  await withEmulator(options.url, context, async (call) => {
    const { deliveries } = await call<SentEvent>("send the event", "POST /events", {
      body: { filter: eventFilter, body, user },
    });
    await printRecords(context.io, {
      key: "deliveries",
      records: deliveries,
      columns: [
        {
          title: "subscription",
          key: "subscriptionId",
          value: ({ subscriptionId }) => subscriptionId,
        },
        ...outcomeColumns(context),
      ],
    });
    if (deliveries.length === 0) context.io.note(await describeNobody(eventFilter, call));
    reportFailures(deliveries);
  });
}

/** Why an event reached nobody. A subscription that delivers nothing may be the reason. */
export async function describeNobody(filter: string, call: CallEmulator): Promise<string> {
  const { subscriptions } = await call<EmulatorState>("read the emulator's state", "GET /state");
  const { length } = subscriptions.filter(({ status }) => status !== "Active");
  if (length === 0) return `No subscription in the emulator matches ${filter}.`;
  const others = length === 1 ? "1 delivers nothing" : `${length} deliver nothing`;
  return `No active subscription in the emulator matches ${filter}; ${others}: see \`rcwh emulator state\`.`;
}

async function readEventBody(
  { body, bodyFile }: EmulatorEventOptions,
  context: CommandContext,
): Promise<unknown> {
  if (bodyFile !== undefined) {
    return parseJson(await readText(bodyFile, "--body-file", context), "--body-file");
  }
  return body === undefined ? undefined : parseJson(body, "--body");
}

function parseJson(text: string, flag: string): unknown {
  if (isTooDeep(text)) {
    throw new UsageError(
      `Invalid ${flag} value: nested too deeply.`,
      'Give the event\'s body, such as \'{"text":"Hello"}\'.',
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(
      `Invalid ${flag} value: not JSON (${cause instanceof Error ? cause.message : cause}).`,
      'Give the event\'s body, such as \'{"text":"Hello"}\'.',
      { cause },
    );
  }
}

/** The columns of an event's deliveries, after one that identifies the delivery. */
export function outcomeColumns({ settings }: CommandContext): readonly Column<Delivery>[] {
  return [
    { title: "delivered", value: ({ delivered }) => String(delivered), show: outcomeOf },
    { title: "status", value: ({ status }) => String(status ?? ""), reader: "programs" },
    { title: "event", value: ({ event }) => event, shrink: "wrap" },
    {
      title: "address",
      value: ({ address }) => redactAddress(address ?? "", settings.showSecrets),
      shrink: "wrap",
    },
    { title: "reason", value: ({ reason }) => reason ?? "", reader: "programs" },
  ];
}

/** For people: whether it was delivered, and what the endpoint answered. */
function outcomeOf({ delivered, status, reason }: Delivery): string {
  if (delivered) return status === undefined ? "yes" : `yes, ${status}`;
  return `no${reason === undefined ? "" : `: ${reason}`}`;
}

/** Throws CliError if any delivery failed. */
function reportFailures(deliveries: readonly Delivery[]): void {
  const failed = deliveries.filter(({ reason }) => reason !== undefined);
  if (failed.length === 0) return;
  const all = failed.length === deliveries.length;
  const endpoint = failed.find(({ address }) => address !== undefined)?.address;
  const recipients =
    deliveries.length === 1 ? "" : ` to ${failed.length} of ${deliveries.length} subscriptions`;
  throw new CliError(`Could not deliver the event${recipients}.`, {
    exitCode: all ? ExitCode.endpoint : ExitCode.partial,
    code: "DELIVERY_FAILED",
    hint:
      endpoint === undefined
        ? "Look at the listener: it has lost its WebSocket, and receives what is kept once it reconnects."
        : withEndpoint(
            "Try the endpoint with `rcwh check <url>`: it must answer 200 within 3 s.",
            endpoint,
          ),
  });
}
