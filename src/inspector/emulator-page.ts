import type { CommandContext } from "../context.ts";
import type { Delivery } from "../emulator/backend.ts";
import { keepAnswers } from "../emulator/deliveries/kept-answers.ts";
import type { Notification } from "../emulator/deliveries/retries.ts";
import type { Emulator } from "../emulator/interface.ts";
import { asSentence } from "../errors.ts";
import type { Recorder } from "../listener/recorder.ts";
import { toRecordingLine } from "../listener/recording.ts";
import type { JsonObject } from "../machine/json.ts";
import { deferred } from "../machine/promises.ts";
import { pause, setImmediate } from "../machine/real-time.ts";
import { ActionError, findKept, readEnvelope } from "./actions.ts";
import type { KeptEvent } from "./event-buffer.ts";
import {
  inspectDelivery,
  inspectOutcome,
  inspectSubscriptions,
  originalOf,
  targetOf,
  withToken,
} from "./inspect-emulator.ts";
import { inspectEvent } from "./inspect-event.ts";
import { openPage, type PagePlan } from "./open-page.ts";
import { createPageRecording } from "./page-recording.ts";
import type { Action, ActionResult, InspectedEvent } from "./protocol.ts";

/** An emulator that the page is about. */
export interface InspectedEmulator {
  readonly emulator: Emulator;
  /** Where it listens. */
  readonly url: string;
}

export interface EmulatorPage {
  /** Rejects for a bug. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Milliseconds between two looks at what has changed. */
const lookInterval = 100;

/** Serves the page of `emulator --ui`. Throws CliError if its port is taken. */
export async function openEmulatorPage(
  page: PagePlan,
  { emulator, url }: InspectedEmulator,
  version: string,
  context: CommandContext,
): Promise<EmulatorPage> {
  const { redactor } = context;
  const failure = deferred<never>();
  const ending = new AbortController();
  const { feed, close } = await openPage(
    page,
    {
      hello: () => ({
        kind: "emulator",
        version,
        title: `Emulated RingCentral at ${url}`,
        now: emulator.clock.now(),
      }),
      act,
      control: emulator.fetch,
      onError: failure.reject,
    },
    context,
  );
  let recorder: Recorder | undefined;
  const recording = createPageRecording(
    {
      recordTo(next) {
        const previous = recorder;
        recorder = next;
        return previous;
      },
      say: (line) => feed.note({ at: emulator.clock.now(), text: redactor.message(line) }),
    },
    feed,
  );
  /** The deliveries of the log that the page knows. */
  const known = new WeakSet<Delivery>();
  const answerTo = keepAnswers(emulator.deliveries);
  let subscriptions = "";

  function look(): void {
    const deliveries = emulator.deliveries.filter((delivery) => !known.has(delivery));
    const all = deliveries.length > 0 ? emulator.state().subscriptions : [];
    const withTokens = new Set(all.filter((one) => one.hasVerificationToken).map(({ id }) => id));
    for (const delivery of deliveries) {
      known.add(delivery);
      const original = originalOf(delivery);
      const hasToken = withTokens.has(delivery.subscriptionId);
      const event = inspectDelivery(delivery, original, redactor, hasToken, answerTo(delivery));
      feed.add(event, original);
      const { receivedAt, transport } = event;
      recorder?.write(toRecordingLine({ receivedAt, transport, ...original, event: undefined }));
    }
    const current = inspectSubscriptions(emulator);
    const text = JSON.stringify(current);
    if (text !== subscriptions) feed.setSubscriptions(current);
    subscriptions = text;
    feed.touchEmulator();
  }

  async function act(action: Action): Promise<ActionResult> {
    switch (action.action) {
      case "record":
        return recording.record(action.file);
      case "stop-recording":
        return recording.stop();
      case "replay": {
        const { number, kept } = { number: action.number, kept: findKept(action.number, feed) };
        return send(kept, kept.original.text, { origin: "replayed", of: number });
      }
      case "send": {
        const { text, of } = action;
        const envelope = readEnvelope(text);
        if (of === undefined) {
          throw new ActionError(
            "An event is sent to a subscription.",
            "Change one that was delivered, or send a new one with a filter.",
          );
        }
        return send(findKept(of, feed), text, { origin: "edited", of }, envelope);
      }
    }
  }

  /** Sends the text to the subscription of a kept event, as the emulator sends its own. */
  async function send(
    { event, original }: KeptEvent,
    text: string,
    source: Required<Pick<InspectedEvent, "origin" | "of">>,
    changed: JsonObject = {},
  ): Promise<ActionResult> {
    const { subscriptionId = "", transport } = event;
    const envelope = { ...readEnvelope(original.text), ...changed };
    if (envelope["body"] === undefined) {
      throw new ActionError(`The body of event ${source.of} is not in the state file.`);
    }
    const subscription = emulator.state().subscriptions.find(({ id }) => id === subscriptionId);
    if (!subscription) throw new ActionError(`Subscription ${subscriptionId} has ended.`);
    if (subscription.status === "Blacklisted") {
      throw new ActionError(
        `Subscription ${subscriptionId} is Blacklisted: nothing is delivered to it.`,
        "Bring it back with `rcwh recover`.",
      );
    }
    const sent = { ...original, text };
    const shown = withToken(sent, subscription.hasVerificationToken);
    const seen = { receivedAt: emulator.clock.now(), transport, ...shown, ...source };
    const target = targetOf(subscription.address);
    const waiting = { state: "waiting", target } as const;
    const number = feed.add(
      { ...inspectEvent(seen, redactor), subscriptionId, delivery: waiting },
      sent,
    );
    const notification = toNotification(envelope, subscriptionId);
    const delivery = await emulator.sendAgain(notification, text);
    if (!delivery) {
      feed.deliver(number, { state: "dropped", target });
      throw new ActionError(`Subscription ${subscriptionId} has ended.`);
    }
    known.add(delivery);
    feed.deliver(number, inspectOutcome(delivery, redactor, answerTo(delivery)));
    const how = source.origin === "replayed" ? "again" : "with changes";
    const { status, duration } = delivery;
    const answer = status === undefined ? "delivered" : `${status} in ${duration} ms`;
    const outcome = delivery.reason === undefined ? answer : redactor.text(delivery.reason);
    return {
      number,
      message: `Sent event ${source.of} ${how} to ${target}: ${asSentence(outcome)}`,
    };
  }

  let isLooking = false;
  let hasChanged = false;
  const unwatch = emulator.watch(() => {
    hasChanged = true;
    if (isLooking) return;
    isLooking = true;
    // Later, so that a delivery that the page has asked for is known by then.
    setImmediate(async () => {
      while (hasChanged && !ending.signal.aborted) {
        hasChanged = false;
        look();
        await pause(lookInterval, ending.signal);
      }
      isLooking = false;
    });
  });
  look();

  return {
    failed: failure.promise,
    async close() {
      unwatch();
      ending.abort();
      look();
      await close("The emulator has ended.");
      await recorder?.close();
    },
  };
}

function toNotification(envelope: JsonObject, subscriptionId: string): Notification {
  const { uuid, event, timestamp, ownerId, body } = envelope;
  const texts = { uuid, event, timestamp, ownerId };
  const [id = "", filter = "", instant = "", owner = ""] = Object.values(texts).map(String);
  return { uuid: id, event: filter, timestamp: instant, ownerId: owner, subscriptionId, body };
}
