import type { Clock } from "../machine/clock.ts";
import { deferred } from "../machine/promises.ts";
import { timeOf } from "../subscriptions/time.ts";
import { createConsequences } from "./blacklist-warnings.ts";
import { createForwarder, type Forwarder } from "./forwarder.ts";
import type { Printer } from "./printer.ts";
import type { ReceivedEvent } from "./received-event.ts";
import type { Recorder } from "./recorder.ts";
import { toRecordingLine } from "./recording.ts";
import { createSeldom } from "./repeat-limiter.ts";
import type { EventSink } from "./source.ts";

export interface SessionOptions {
  readonly clock: Clock;
  readonly printer: Printer;
  readonly recorder: Recorder | undefined;
  readonly forward: ForwardTarget | undefined;
  /** Events after which it is enough. */
  readonly enough: number;
  readonly say: (line: string) => void;
}

interface ForwardTarget {
  readonly url: string;
  /** The URL as people may see it. */
  readonly name: string;
  readonly verificationToken: string | undefined;
  /** Events that may wait for it. */
  readonly buffer: number;
}

/** What becomes of events between the way they came and the end of the run. */
export interface Session extends EventSink {
  /** A request that was answered and dropped. */
  rejected(reason: string): void;
  /** Resolves once there have been enough events. */
  readonly enough: Promise<void>;
  /** Rejects where events cannot be recorded any more, and with what `fail` is told. */
  readonly failed: Promise<never>;
  fail(error: unknown): void;
  /** Takes no more events, and resolves once those that came have been forwarded, or after this many milliseconds. */
  drain(milliseconds: number): Promise<void>;
  /** Ends what is open. */
  close(): Promise<void>;
  /** What there was, in a sentence. */
  summary(): string;
}

export function createSession(options: SessionOptions): Session {
  const { clock, printer, recorder, forward, say } = options;
  const counts = { received: 0, accepted: 0, refused: 0, dropped: 0, rejected: 0 };
  const seldom = createSeldom(clock.now, say);
  const consequences = createConsequences(forward?.name ?? "");
  const { promise: enough, resolve: settle } = deferred<void>();
  const bug = deferred<never>();
  let isOpen = true;
  let isOverflowing = false;

  const forwarder: Forwarder | undefined =
    forward &&
    createForwarder({
      ...forward,
      onOutcome(event, outcome) {
        if (outcome.problem === undefined) counts.accepted += 1;
        else counts.refused += 1;
        printer.print(event, outcome);
        const consequence = consequences.of(outcome);
        if (consequence !== undefined) say(consequence);
      },
    });

  function drop(event: ReceivedEvent): void {
    counts.dropped += 1;
    if (!isOverflowing) {
      seldom.say(
        `${forward?.name} is too slow: ${forward?.buffer} events wait for it, and those that come now are not forwarded.`,
      );
    }
    isOverflowing = true;
    printer.print(event);
  }

  return {
    enough,
    failed: Promise.race([bug.promise, ...(recorder ? [recorder.failed] : [])]),
    fail: bug.reject,
    event(event) {
      if (!isOpen) return;
      counts.received += 1;
      if (counts.received >= options.enough) {
        isOpen = false;
        settle();
      }
      recorder?.write(toRecordingLine(event));
      if (!forwarder) printer.print(event);
      else if (!forwarder.add(event)) drop(event);
      else if (isOverflowing) {
        isOverflowing = false;
        seldom.say("Forwarding again.");
      }
    },
    gap(since, until, reason) {
      say(`Events between ${timeOf(since)} and ${timeOf(until)} may have been lost: ${reason}.`);
    },
    say,
    rejected(reason) {
      counts.rejected += 1;
      seldom.say(`${reason}. It was not forwarded.`);
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
    summary() {
      const left = counts.received - counts.accepted - counts.refused - counts.dropped;
      return summarize(counts, forward ? left : undefined, printer.unprinted);
    },
  };
}

interface Counts {
  readonly received: number;
  readonly accepted: number;
  readonly refused: number;
  readonly dropped: number;
  readonly rejected: number;
}

function summarize(
  { received, accepted, refused, dropped, rejected }: Counts,
  left: number | undefined,
  unprinted: number,
): string {
  const parts = [
    `received ${received}`,
    ...(left !== undefined
      ? [
          `forwarded ${accepted + refused}${refused > 0 ? ` (${refused} of them answered badly)` : ""}`,
        ]
      : []),
    ...(dropped > 0 ? [`dropped ${dropped}, because the forward target was too slow`] : []),
    ...(left ? [`did not get to forward ${left}`] : []),
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
    ...(unprinted > 0 ? [`did not print ${unprinted}, because nobody read them`] : []),
  ];
  const text = parts.join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
