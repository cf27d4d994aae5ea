import type { CommandContext } from "../context.ts";
import type { DeliveryOutcome } from "../endpoint/delivery.ts";
import { deliveryHeaders } from "../endpoint/delivery-headers.ts";
import { createDeliverySender } from "../endpoint/delivery-sender.ts";
import { asSentence, CliError, Interruption } from "../errors.ts";
import { aliasesFor } from "../filters/aliases.ts";
import { shortFilter } from "../filters/search.ts";
import { linkSignal } from "../listener/linked-signal.ts";
import type { ListenerControls, ListenerObserver } from "../listener/observer.ts";
import type { ListenPlan } from "../listener/plan.ts";
import type { ReceivedEvent } from "../listener/source.ts";
import { ActionError, findKept, readEnvelope } from "./actions.ts";
import type { Original } from "./event-buffer.ts";
import { inspectAnswer, inspectEvent } from "./inspect-event.ts";
import { openPage, type PagePlan } from "./open-page.ts";
import { createPageRecording, type PageRecording } from "./page-recording.ts";
import type { Action, ActionResult, InspectedEvent } from "./protocol.ts";
import { pollSubscriptions } from "./subscription-poll.ts";

/** Where an event comes from that the page sends. */
type Source = Pick<InspectedEvent, "origin" | "of">;

/** Serves the page of `listen --ui`. Throws CliError if its port is taken. */
export async function openListenerPage(
  page: PagePlan,
  { subscription, forward, record, server }: ListenPlan,
  version: string,
  context: CommandContext,
): Promise<ListenerObserver> {
  const { clock, redactor } = context;
  const link = linkSignal(context.signal);
  const sender =
    forward &&
    createDeliverySender(forward.url, {
      verificationToken: forward.verificationToken,
      connections: 4,
      signal: link.signal,
      keepsAnswers: true,
    });
  /** Of the events that are on their way to the target. */
  const numbers = new WeakMap<ReceivedEvent, number>();
  let controls: ListenerControls | undefined;
  let recording: PageRecording | undefined;
  let stopPolling = () => {};

  const { feed, close } = await openPage(
    page,
    {
      hello: () => ({
        kind: "listen",
        version,
        title: subscription
          ? `Listening for ${subscription.eventFilters.map(nameOfFilter).join(", ")}`
          : "Receiving what is sent to this listener",
        ...(forward && { target: forward.name }),
        ...(!subscription && { listsSubscriptions: false }),
        now: clock.now(),
      }),
      act,
      onError: (error) => controls?.fail(error),
    },
    context,
  );
  if (record !== undefined) feed.setRecording(record);
  const note = (line: string) => feed.note({ at: clock.now(), text: redactor.message(line) });
  async function act(action: Action): Promise<ActionResult> {
    if (!recording) throw new ActionError("The listener is not ready yet.");
    switch (action.action) {
      case "record":
        return recording.record(action.file);
      case "stop-recording":
        return recording.stop();
      case "replay": {
        const { original, event } = findKept(action.number, feed);
        return send(original, { origin: "replayed", of: event.number }, event.transport);
      }
      case "send": {
        const { text, of } = action;
        readEnvelope(text);
        if (of === undefined) return send({ headers: {}, text }, { origin: "edited" });
        const { original, event } = findKept(of, feed);
        return send({ ...original, text }, { origin: "edited", of }, event.transport);
      }
    }
  }

  /** What the target gets that the event may have come without: rcwh's own token, for one. */
  function headersTo(original: Original): Pick<InspectedEvent, "sent"> {
    if (!forward) return {};
    return { sent: deliveryHeaders(forward.url, original, forward.verificationToken) };
  }

  async function send(
    original: Original,
    source: Source,
    transport: InspectedEvent["transport"] = "WebHook",
  ): Promise<ActionResult> {
    if (!forward || !sender) {
      throw new ActionError(
        "Cannot send it: this listener has no forward target.",
        "Start it with --forward-to, such as `rcwh listen --receive-only --ui --forward-to 3000`.",
      );
    }
    const seen = {
      receivedAt: clock.now(),
      transport,
      ...original,
      ...headersTo(original),
      ...source,
    };
    const { name: target } = forward;
    const waiting = { state: "waiting", target } as const;
    const number = feed.add({ ...inspectEvent(seen, redactor), delivery: waiting }, original);
    const outcome = await sender.send(original).catch((error: unknown) => {
      if (!link.signal.aborted) throw error;
      throw new ActionError("The listener has ended.");
    });
    feed.deliver(number, inspectAnswer(outcome, target, redactor));
    const message = `Sent ${nameOf(source)} to ${target}: ${asSentence(describe(outcome, redactor))}`;
    controls?.say(message);
    return { number, message };
  }

  return {
    start(given) {
      controls = given;
      recording = createPageRecording(given, feed);
    },
    ready() {
      if (subscription)
        stopPolling = pollSubscriptions(context, feed.setSubscriptions, (line) =>
          controls?.say(line),
        );
    },
    received(event) {
      const { receivedAt, transport, headers, text } = event;
      const original = { headers, text };
      const came = { receivedAt, transport, origin: "received" } as const;
      // A delivery without the right one is ignored, and the listener keeps it from events.
      const hasToken = server.verificationToken !== undefined && transport === "WebHook";
      const shown = hasToken ? { ...headers, "Verification-Token": "…" } : headers;
      const seen = { ...came, text, headers: shown, ...headersTo(original) };
      const delivery = forward && { delivery: { state: "waiting", target: forward.name } as const };
      const number = feed.add(
        { ...inspectEvent(seen, redactor, event.event), ...delivery },
        original,
      );
      if (forward) numbers.set(event, number);
    },
    dropped(event) {
      const number = numbers.get(event);
      if (number === undefined || !forward) return;
      feed.deliver(number, { state: "dropped", target: forward.name });
    },
    answered(event, outcome) {
      const number = numbers.get(event);
      if (number === undefined || !forward) return;
      feed.deliver(number, inspectAnswer(outcome, forward.name, redactor));
    },
    ignored(what, count) {
      const total = count > 1 ? `; ${count} requests ignored so far` : "";
      note(`${ignoring}${what}${total}.`);
    },
    printed(line) {
      // The page has a message for each of them.
      if (!line.startsWith(ignoring)) note(line);
    },
    async close(error) {
      stopPolling();
      link.abort();
      sender?.close();
      const isFailure = error instanceof CliError && !(error instanceof Interruption);
      await close(isFailure ? redactor.message(error.message) : "The listener has ended.");
    },
  };
}

const ignoring = "Ignored ";

/** What the page sends, as an object of a sentence. */
function nameOf({ origin, of }: Source): string {
  if (of === undefined) return "an event";
  return origin === "replayed" ? `event ${of} again` : `event ${of} with changes`;
}

function describe(
  { problem, status, milliseconds }: DeliveryOutcome,
  redactor: CommandContext["redactor"],
): string {
  return problem === undefined ? `${status} in ${milliseconds} ms` : redactor.text(problem);
}

/** As short as can be: it is a heading. */
function nameOfFilter(eventFilter: string): string {
  const [alias = shortFilter(eventFilter)] = aliasesFor(eventFilter);
  return alias;
}
