import type { Clock } from "../machine/clock.ts";
import { deferred } from "../machine/promises.ts";
import type { Redactor } from "../machine/redact.ts";
import { pluralize } from "../phrases.ts";
import { timeOf } from "../subscriptions/time.ts";
import { createBlacklistWarnings } from "./blacklist-warnings.ts";
import { createForwarder, type Forwarder } from "./forwarder.ts";
import type { ListenerControls, ListenerObserver } from "./observer.ts";
import type { Printer } from "./printer.ts";
import type { Recorder } from "./recorder.ts";
import { toGapLine, toRecordingLine } from "./recording.ts";
import { createRepeatLimiter } from "./repeat-limiter.ts";
import type { EventSink, Gap, ReceivedEvent } from "./source.ts";

export interface PipelineOptions {
  readonly clock: Clock;
  readonly printer: Printer;
  readonly recorder: Recorder | undefined;
  readonly forward: ForwardTarget | undefined;
  readonly redactor: Pick<Redactor, "text">;
  /** Takes no more events after this many. */
  readonly maximumEvents: number;
  readonly say: (line: string) => void;
  readonly observer?: ListenerObserver | undefined;
}

export interface ForwardTarget {
  readonly url: string;
  /** The URL as messages show it. */
  readonly name: string;
  readonly verificationToken: string | undefined;
  /** Events that may wait for it. */
  readonly buffer: number;
}

/** Records, forwards and prints events, whichever way they arrive. */
export interface EventPipeline extends EventSink, ListenerControls {
  /** Reports that a handshake was answered. */
  handshake(): void;
  /** Reports a request that was answered and ignored: `what` it was, and its `kind`, so that repeats are only counted. */
  ignored(what: string, kind: string): void;
  /** Resolves after `maximumEvents`. */
  readonly full: Promise<void>;
  /** Rejects with what `fail` is given, and when events can no longer be recorded. */
  readonly failed: Promise<never>;
  /** Takes no more events; resolves once the others have been forwarded, or after this many milliseconds. */
  drain(milliseconds: number): Promise<void>;
  close(): Promise<void>;
  /** The numbers of the run, as a sentence. */
  summary(): string;
}

export function createEventPipeline(options: PipelineOptions): EventPipeline {
  const { clock, printer, forward, redactor, say, observer } = options;
  let { recorder } = options;
  const counts = { received: 0, accepted: 0, failed: 0, dropped: 0, ignored: 0 };
  let gaps: readonly Gap[] = [];
  const limiter = createRepeatLimiter(clock.now, say);
  const full = deferred<void>();
  const failure = deferred<never>();
  let isOpen = true;
  let isOverflowing = false;
  const forwarder = forward && startForwarder(forward);

  function startForwarder(target: ForwardTarget): Forwarder {
    const warnings = createBlacklistWarnings(target.name);
    return createForwarder({
      ...target,
      now: clock.now,
      keepsAnswers: observer !== undefined,
      onOutcome(event, { problem, ...rest }) {
        // It has the target's own words, which may echo the request.
        const shown = problem === undefined ? {} : { problem: redactor.text(problem) };
        const outcome = { ...rest, ...shown };
        counts[outcome.problem === undefined ? "accepted" : "failed"] += 1;
        printer.print(event, outcome);
        observer?.answered(event, outcome);
        const warning = warnings.after(outcome);
        if (warning !== undefined) say(warning);
      },
    });
  }

  function drop(event: ReceivedEvent): void {
    counts.dropped += 1;
    if (!isOverflowing) {
      limiter.say(
        "overflow",
        () =>
          `${forward?.name} is too slow: ${forward?.buffer} events are waiting for it, and new ones are not forwarded.`,
      );
    }
    isOverflowing = true;
    printer.print(event);
    observer?.dropped(event);
  }

  return {
    full: full.promise,
    failed: Promise.race([failure.promise, ...(options.recorder ? [options.recorder.failed] : [])]),
    fail: failure.reject,
    event(event) {
      if (!isOpen) return;
      counts.received += 1;
      if (counts.received >= options.maximumEvents) {
        isOpen = false;
        full.resolve();
      }
      recorder?.write(toRecordingLine(event));
      observer?.received(event);
      if (!forwarder) printer.print(event);
      else if (!forwarder.add(event)) drop(event);
      else if (isOverflowing) {
        isOverflowing = false;
        limiter.say("end of overflow", () => "Forwarding again.");
      }
    },
    gap(since, until, reason) {
      const gap = { since, until, reason };
      gaps = mergeGap(gaps, gap);
      say(`${describeLoss(gap)}: ${reason}.`);
      recorder?.write(toGapLine(gap));
      printer.printGap(gap);
    },
    say,
    handshake() {
      limiter.say(
        "handshake",
        (count) =>
          `Answered a validation request with 200 and its Validation-Token${count > 1 ? `; ${count} so far` : ""}.`,
      );
    },
    ignored(what, kind) {
      counts.ignored += 1;
      observer?.ignored(what, counts.ignored);
      limiter.say(kind, (count) => `Ignored ${what}${count > 1 ? `; ${count} so far` : ""}.`);
    },
    recordTo(next) {
      const previous = recorder;
      recorder = next;
      return previous;
    },
    async drain(milliseconds) {
      isOpen = false;
      if (!forwarder || forwarder.open === 0) return;
      const late = new AbortController();
      const limit = clock.sleep(milliseconds, late.signal).catch(() => {});
      await Promise.race([forwarder.idle(), limit]);
      late.abort();
    },
    async close() {
      isOpen = false;
      forwarder?.close();
      printer.flush();
      await recorder?.close();
    },
    summary: () => {
      const all = { ...counts, unprinted: printer.unprinted };
      return `${summarize(all, forward !== undefined)}${summarizeGaps(gaps)}`;
    },
  };
}

/** Gaps in order; one that begins within the last one, or right behind it, is joined to it. */
function mergeGap(gaps: readonly Gap[], gap: Gap): readonly Gap[] {
  const last = gaps.at(-1);
  if (!last || gap.since > last.until) return [...gaps, gap];
  const since = Math.min(last.since, gap.since);
  return [...gaps.slice(0, -1), { ...last, since, until: Math.max(last.until, gap.until) }];
}

function summarizeGaps([first, ...others]: readonly Gap[]): string {
  if (!first) return "";
  const more =
    others.length > 0
      ? `, and in ${others.length} later ${others.length === 1 ? "gap" : "gaps"}`
      : "";
  return ` ${describeLoss(first)}${more}.`;
}

function describeLoss({ since, until }: Gap): string {
  return `Events between ${timeOf(since)} and ${timeOf(Math.ceil(until / 1000) * 1000)} may have been lost`;
}

interface Counts {
  readonly received: number;
  readonly accepted: number;
  readonly failed: number;
  readonly dropped: number;
  readonly ignored: number;
  readonly unprinted: number;
}

function summarize(counts: Counts, forwards: boolean): string {
  const { received, accepted, failed, dropped, ignored, unprinted } = counts;
  const left = received - accepted - failed - dropped;
  const parts = [`Received ${pluralize(received, "event")}`];
  if (forwards) {
    parts.push(`forwarded ${accepted + failed}${failed > 0 ? ` (${failed} failed)` : ""}`);
    if (dropped > 0) parts.push(`dropped ${dropped} (the forward target was too slow)`);
    if (left > 0) parts.push(`did not forward ${left} in time`);
  }
  if (ignored > 0) parts.push(`ignored ${pluralize(ignored, "request")}`);
  if (unprinted > 0) parts.push(`did not print ${unprinted} (the reader was too slow)`);
  return `${parts.join(", ")}.`;
}
