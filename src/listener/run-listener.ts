import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import { shortFilter } from "../filters/search.ts";
import { type Format, isJson } from "../io/format.ts";
import { isLoopback } from "../machine/loopback.ts";
import { oneLine } from "../one-line.ts";
import { createEventPipeline, type EventPipeline } from "./event-pipeline.ts";
import { type Intake, openIntake } from "./intake.ts";
import { linkSignal } from "./linked-signal.ts";
import type { ListenerObserver } from "./observer.ts";
import type { ListenPlan } from "./plan.ts";
import { createPrinter, rowColumns } from "./printer.ts";
import { openRecorder } from "./recorder.ts";
import { type Sweep, sweepLeases } from "./sweep.ts";

/** Milliseconds that the forward target has at the end for events that are still waiting. */
const drainTime = 10_000;

/** Receives events until the plan, the user or a failure ends it. Deletes what it created, however it ends. */
export async function runListener(
  plan: ListenPlan,
  context: CommandContext,
  observer?: ListenerObserver,
): Promise<void> {
  try {
    await runObserved(plan, context, observer);
    await observer?.close();
  } catch (error) {
    await observer?.close(error);
    throw error;
  }
}

async function runObserved(
  plan: ListenPlan,
  context: CommandContext,
  observer: ListenerObserver | undefined,
): Promise<void> {
  const tell = createSay(context);
  const say = (line: string) => {
    tell(line);
    observer?.printed(line);
  };
  const { host } = plan.server;
  if (!isLoopback(host)) {
    context.io.warn(`With --host ${host} other machines can send events to this listener.`);
  }
  const pipeline = await openPipeline(plan, say, context, observer);
  observer?.start(pipeline);
  let sweep: Sweep | undefined;
  let intake: Intake | undefined;
  try {
    sweep = plan.subscription && (await sweepLeases(context, say));
    intake = await openIntake(plan, pipeline, context);
    announce(plan, context.io.format, say);
    observer?.ready();
    await untilTheEnd(plan, pipeline, intake, context);
    await pipeline.drain(drainTime);
    await sweep?.settle();
  } finally {
    await sweep?.stop();
    await intake?.close();
    await pipeline.close();
    if (intake) say(pipeline.summary());
  }
}

/** Messages go to stderr with JSON too, because stdout has only events; `-q` silences them. */
function createSay({ io, settings }: CommandContext): (line: string) => void {
  if (isJson(io.format)) return settings.quiet ? () => {} : (line) => io.say(oneLine(line));
  return io.note;
}

async function openPipeline(
  { subscription, forward, record, exitAfter }: ListenPlan,
  say: (line: string) => void,
  { io, clock, redactor, settings }: CommandContext,
  observer: ListenerObserver | undefined,
): Promise<EventPipeline> {
  const printer = await createPrinter(io, {
    forwards: forward !== undefined,
    verbose: settings.verbose,
    eventFilters: subscription?.eventFilters ?? [],
  });
  const recorder = record === undefined ? undefined : await openRecorder(record);
  if (recorder?.appends) say(`Appending to ${record}, which already contains a recording.`);
  return createEventPipeline({
    clock,
    printer,
    recorder,
    forward,
    redactor,
    maximumEvents: exitAfter && "events" in exitAfter ? exitAfter.events : Number.POSITIVE_INFINITY,
    say,
    observer,
  });
}

function announce(
  { subscription, forward, record }: ListenPlan,
  format: Format,
  say: (line: string) => void,
): void {
  if (forward) say(`Forwarding to ${forward.name}.`);
  if (record !== undefined) say(`Recording to ${record}.`);
  if (format === "tsv") say(`Columns: ${rowColumns.join(", ")}.`);
  say(
    subscription
      ? `Ready. Listening for ${subscription.eventFilters.map((each) => shortFilter(each)).join(", ")}. Press Ctrl-C to stop and delete the subscription.`
      : "Ready. Press Ctrl-C to stop.",
  );
}

/**
 * Resolves after the number of events or the time of `--exit-after`. Rejects with the signal's reason, with what the
 * pipeline or the intake fails with, and with exit 5 at `--deadline`.
 */
async function untilTheEnd(
  { exitAfter }: ListenPlan,
  pipeline: EventPipeline,
  intake: Intake,
  { clock, signal, deadlineAt }: CommandContext,
): Promise<void> {
  const link = linkSignal(signal);
  const time = exitAfter && "milliseconds" in exitAfter ? exitAfter.milliseconds : undefined;
  const deadline = deadlineAt(Number.POSITIVE_INFINITY);
  try {
    await Promise.race([
      aborted(link.signal),
      pipeline.full,
      pipeline.failed,
      intake.lost,
      ...(time === undefined ? [] : [clock.sleep(time, link.signal)]),
      ...(Number.isFinite(deadline) ? [failAt(deadline, clock, link.signal)] : []),
    ]);
  } finally {
    link.abort();
  }
}

/** Rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  ended.catch(() => {});
  return ended;
}

async function failAt(
  instant: number,
  { now, sleep }: CommandContext["clock"],
  signal: AbortSignal,
): Promise<never> {
  await sleep(Math.max(0, instant - now()), signal);
  throw new CliError("The --deadline has passed.", {
    exitCode: ExitCode.unavailable,
    code: "DEADLINE",
    hint: "Leave out --deadline, or use --exit-after 5m, which stops without an error.",
  });
}
