import type { CommandContext } from "../context.ts";
import { confirmDelivery, readRate } from "../deliveries/delivery-guard.ts";
import { findEndpoint, type TargetFlags } from "../deliveries/delivery-target.ts";
import { createPace } from "../deliveries/pace.ts";
import { type RecordingFlags, selectRecorded } from "../deliveries/recorded-events.ts";
import { createDeliverySender } from "../endpoint/delivery-sender.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
import { UsageError } from "../errors.ts";
import type { ReceivedEvent } from "../listener/source.ts";
import { roundedSpan } from "../subscriptions/time.ts";
import { collect, createCommand, renderManual } from "./flags/command.ts";
import { addTargetFlags } from "./flags/target-flags.ts";
import { createDeliveryReport, deliveriesShape, toRow } from "./output/delivery-report.ts";
import { printDeliveryRequests } from "./output/print-delivery-requests.ts";

export interface ReplayOptions extends TargetFlags, RecordingFlags {
  readonly speed?: string;
  readonly maxRate?: string;
  readonly dryRun?: true;
}

const manual = renderManual({
  examples: [
    ["rcwh replay events.ndjson", "to the `rcwh listen` that runs, as fast as they came"],
    ["rcwh replay events.ndjson --to http://127.0.0.1:8080/hook --speed max", "one after another"],
    ["rcwh replay events.ndjson --filter sms,voicemail --since 15m", "a part of it"],
    [
      "rcwh replay events.ndjson --dry-run --filter '*/presence*'",
      "see the requests, send nothing",
    ],
    ["grep Voicemail events.ndjson | rcwh replay - --speed 10x", "from a pipe"],
  ],
  json: `${deliveriesShape}\n-o ndjson keeps none of them in memory.`,
  exitCodes: [0, 1, 2, 6, 7, 9],
});

export function createReplayCommand(context: CommandContext, run = replayEvents) {
  const command = createCommand("replay", context)
    .description(
      "Send recorded events again, in their order and one after another, and say whether RingCentral would accept the answers. Takes what `rcwh listen --record <file>` wrote, and bare envelopes, one on each line. Without --to it sends to the `rcwh listen` that runs. An endpoint beyond this machine is asked about first.",
    )
    .argument("<file>", "a recording, or - for stdin")
    .optionsGroup("Which and when:")
    .option("--filter <filter>", "only these: aliases, paths or globs, by commas", collect)
    .option("--since <time>", "only what came since: an instant, or 15m for how long ago")
    .option("--until <time>", "only what came until then")
    .option("--skip-bad-lines", "leave out lines that are no events, and say which")
    .option("--speed <speed>", "1x keeps the gaps, 10x shortens them, max has none (default: 1x)");
  return addTargetFlags(command, "a URL, or listen")
    .optionsGroup("Other:")
    .option("--dry-run", "print the requests, and send nothing")
    .addHelpText("after", manual)
    .action((file, options) => run(file, options, context));
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
  const deadline = endpointDeadline;
  const sender = createDeliverySender(url, { verificationToken, deadline, connections: 1, signal });
  const report = createDeliveryReport(context, name);
  const turn = rate === undefined ? async () => {} : createPace(rate, context);
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
      throw new UsageError(`${error.message} ${sent} sent.`, error.hint, { cause: error });
    }
    throw error;
  } finally {
    context.io.endProgress();
    sender.close();
    await report.print();
  }
  if (count === 0) context.io.note("No event of the recording fits.");
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

/** How many times as fast as the events came; infinite for `max`. */
function parseSpeed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const factor = Number(/^(\d{1,6}(?:\.\d{1,3})?)x$/.exec(text)?.[1]);
  if (factor > 0) return factor;
  throw new UsageError(
    `--speed ${JSON.stringify(text)} is no speed.`,
    "Use --speed 1x, a multiple of it such as 10x or 0.5x, or max.",
  );
}

/** Long enough for somebody to wonder whether anything goes on. */
const longGap = 10_000;

/** What a timer can wait for. */
const longestSleep = 86_400_000;

/** Waits until it is an event's turn: as long after the one before as it came after that, at this speed. */
function createGaps(
  speed: number,
  { clock, signal, io }: CommandContext,
): (receivedAt: number) => Promise<void> {
  let latest: number | undefined;
  let due: number | undefined;
  return async (receivedAt) => {
    // One whose time nobody knows comes right after the one before.
    const gap = latest === undefined ? 0 : Math.max(0, receivedAt - latest);
    if (receivedAt !== 0) latest = Math.max(latest ?? receivedAt, receivedAt);
    due = (due ?? clock.now()) + gap / speed;
    const ahead = due - clock.now();
    if (ahead <= 0) return;
    if (ahead >= longGap) {
      io.progress(`The next event comes in ${roundedSpan(ahead)}; --speed max leaves gaps out.`);
    }
    for (let left = ahead; left > 0; left = due - clock.now()) {
      await clock.sleep(Math.min(left, longestSleep), signal);
    }
    io.endProgress();
  };
}
