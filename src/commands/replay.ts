import type { CommandContext } from "../context.ts";
import { confirmDelivery, readRate } from "../deliveries/delivery-guard.ts";
import { asksForTarget, findEndpoint, type TargetFlags } from "../deliveries/delivery-target.ts";
import { createGaps, createPace, parseSpeed } from "../deliveries/pace.ts";
import { type RecordingFlags, selectRecorded } from "../deliveries/recorded-events.ts";
import { createDeliverySender } from "../endpoint/delivery-sender.ts";
import { UsageError } from "../errors.ts";
import type { ReceivedEvent } from "../listener/source.ts";
import { asksForArgument, collect, createCommand, type Manual } from "./flags/command.ts";
import { addTargetFlags } from "./flags/target-flags.ts";
import { createDeliveryReport, deliveriesShape, toRow } from "./output/delivery-report.ts";
import { printDeliveryRequests } from "./output/print-delivery-requests.ts";

export interface ReplayOptions extends TargetFlags, RecordingFlags {
  readonly speed?: string;
  readonly maxRate?: string;
  readonly dryRun?: true;
}

const manual: Manual = {
  commonFlags: ["--filter", "--since", "--speed", "--to", "--dry-run"],
  examples: {
    "rcwh replay events.ndjson": "send them to the running `rcwh listen`, at the original speed",
    "rcwh replay events.ndjson --to http://127.0.0.1:8080/hook --speed max":
      "send them as fast as the endpoint answers",
    "rcwh replay events.ndjson --filter sms,voicemail --since 15m": "send some of them",
    "rcwh replay events.ndjson --dry-run --filter '*/presence*'":
      "print the requests without sending them",
    "grep Voicemail events.ndjson | rcwh replay - --speed 10x": "read them from a pipe",
  },
  json: `${deliveriesShape}\n-o ndjson prints each delivery as it is made.`,
  exitCodes: {
    0: "every answer would be accepted, or no event matches",
    1: "reading the recording or writing the output failed",
    6: "no answer would be accepted",
    7: "some answers would not be accepted",
    9: "declined, or nobody could confirm (see --yes); nothing was sent",
  },
};

export function createReplayCommand(context: CommandContext, run = replayEvents) {
  const command = createCommand("replay", context, manual)
    .description(
      "Send recorded events again, in order, and report whether RingCentral would accept the answers. Reads what `rcwh listen --record <file>` wrote, or bare envelopes, one per line. Without --to it sends to the running `rcwh listen`. On a terminal, it asks for what is missing. Asks before it sends to another machine.",
    )
    .argument("<file>", "a recording, or - for stdin")
    .optionsGroup("Which and when:")
    .option(
      "--filter <filter>",
      "only these events: aliases, paths or globs; repeat or separate with commas",
      collect,
    )
    .option("--since <time>", "only events since this time, or since this long ago, such as 15m")
    .option("--until <time>", "only events until this time")
    .option("--skip-bad-lines", "skip lines that are not events, with a warning")
    .option(
      "--speed <speed>",
      "1x keeps the gaps, 10x shortens them, max skips them (default: 1x)",
    );
  addTargetFlags(command, "a URL, a subscription's id, or listen")
    .optionsGroup("Other:")
    .option("--dry-run", "print the requests without sending them")
    .action(async (file: string | undefined, options) => {
      if (file !== undefined && !(await asksForTarget(options, false, context))) {
        return run(file, options, context);
      }
      return askAndReplay(file, options, context);
    });
  return asksForArgument(command, context);
}

async function askAndReplay(
  file: string | undefined,
  options: ReplayOptions,
  context: CommandContext,
): Promise<void> {
  const { askForRecording } = await import("../deliveries/ask-for-recording.ts");
  const { guideDelivery } = await import("../deliveries/guide-delivery.ts");
  await guideDelivery(
    { name: "replay", given: file, flags: { ...options }, takesEmulator: false },
    () => askForRecording(context),
    (chosen, to, back) => replayEvents(chosen, { ...options, ...to }, back),
    context,
  );
}

export async function replayEvents(
  file: string,
  options: ReplayOptions,
  context: CommandContext,
): Promise<void> {
  const { signal } = context;
  const speed = parseSpeed(options.speed ?? "1x");
  const events = selectRecorded(file, options, context);
  if (options.dryRun) return printPlan(events, options, context);
  const target = await findEndpoint(options, context);
  const rate = readRate(options, target);
  await confirmDelivery(`the events of ${file === "-" ? "standard input" : file}`, target, context);

  const { url, name, verificationToken } = target;
  const sender = createDeliverySender(url, { verificationToken, connections: 1, signal });
  const report = createDeliveryReport(context, name, url);
  const turn = createPace(rate, context);
  const wait = createGaps(speed, context);
  let count = 0;
  try {
    for await (const { receivedAt, text, headers, event } of events) {
      await wait(receivedAt);
      await turn();
      await report.add(toRow(event, await sender.send({ text, headers })), event);
      count += 1;
    }
  } catch (error) {
    if (error instanceof UsageError && count > 0) {
      const sent = count === 1 ? "The event before it was" : `The ${count} events before it were`;
      throw new UsageError(`${error.message} ${sent} sent.`, error.hint?.split("\n"), {
        cause: error,
      });
    }
    throw error;
  } finally {
    context.io.endProgress();
    sender.close();
    await report.print();
  }
  if (count === 0) context.io.note("No event in the recording matches.");
  report.conclude();
}

async function printPlan(
  events: AsyncIterable<ReceivedEvent>,
  options: ReplayOptions,
  context: CommandContext,
): Promise<void> {
  const target = options.to === undefined ? undefined : await findEndpoint(options, context);
  await printDeliveryRequests(events, target, context);
}
