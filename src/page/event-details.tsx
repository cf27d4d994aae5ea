import { useEffect, useRef } from "preact/hooks";
import type { InspectedEvent } from "../inspector/protocol.ts";
import { DeliveryDetails } from "./delivery-details.tsx";
import { HeaderTable } from "./header-table.tsx";
import { Icon } from "./icon.tsx";
import { OriginLinks } from "./origin-links.tsx";
import { usePage } from "./page-context.ts";
import { Payload } from "./payload.tsx";
import type { EventActions } from "./use-event-actions.ts";
import { dayAndTime } from "./wording.ts";

interface EventDetailsProps {
  readonly event: InspectedEvent | undefined;
  readonly actions: EventActions;
  readonly onEdit: () => void;
  readonly onBack: () => void;
}

export function EventDetails({ event, actions, onEdit, onBack }: EventDetailsProps) {
  const { state } = usePage();
  const box = useRef<HTMLElement>(null);
  const number = event?.number;
  useEffect(() => {
    if (box.current) box.current.scrollTop = 0;
  }, [number]);
  const isLive = state.connection === "live";
  const onKey = (pressed: KeyboardEvent) => {
    if (pressed.key !== "Escape" || pressed.defaultPrevented) return;
    pressed.preventDefault();
    onBack();
  };
  if (!event) {
    return (
      <aside class="details nothing" aria-label="Details" id="details" tabIndex={-1}>
        <p class="empty">
          {state.selected !== undefined
            ? "This event is not kept any more: newer ones have taken its place."
            : "Select an event to see its payload, headers and delivery."}
        </p>
      </aside>
    );
  }
  const { receivedAt, transport, filter, subscriptionId, headers } = event;
  return (
    <aside
      ref={box}
      class="details"
      aria-labelledby="details-title"
      id="details"
      tabIndex={-1}
      onKeyDown={onKey}
    >
      <div class="details-head">
        <button type="button" class="back" onClick={onBack}>
          <Icon name="back" /> Events
        </button>
        <h2 id="details-title" dir="auto">
          {event.summary}
        </h2>
        <dl class="facts">
          <Fact name="Number">#{event.number}</Fact>
          <Fact name="Received">
            <time dateTime={new Date(receivedAt).toISOString()}>{dayAndTime(receivedAt)}</time>
          </Fact>
          {filter !== undefined && <Fact name="Filter">{filter}</Fact>}
          <Fact name="Transport">{transport}</Fact>
          {subscriptionId !== undefined && <Fact name="Subscription">{subscriptionId}</Fact>}
        </dl>
        <OriginLinks event={event} />
        <div class="actions">
          <button type="button" class="main" disabled={!isLive} onClick={actions.replay}>
            Replay
          </button>
          <button type="button" disabled={!isLive} onClick={onEdit}>
            Edit and resend…
          </button>
          <button type="button" onClick={actions.copyCurl}>
            Copy as curl
          </button>
          <button type="button" onClick={actions.copyFixture}>
            Copy as fixture
          </button>
          <button type="button" onClick={actions.copyBody}>
            Copy body
          </button>
        </div>
      </div>
      <DeliveryDetails event={event} />
      <Payload key={event.number} text={event.text} />
      <section>
        <h3>Headers</h3>
        <HeaderTable headers={headers} caption="Headers of the event" />
        {event.sent && (
          <details>
            <summary>Headers sent to the target</summary>
            <HeaderTable headers={event.sent} caption="Headers sent to the target" />
          </details>
        )}
      </section>
    </aside>
  );
}

interface FactProps {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}

function Fact({ name, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}
