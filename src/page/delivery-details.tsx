import type { InspectedDelivery, InspectedEvent } from "../inspector/protocol.ts";
import { HeaderTable } from "./header-table.tsx";
import { Icon } from "./icon.tsx";
import { outcomeOf, outcomes } from "./outcome.ts";
import { RawText } from "./raw-text.tsx";
import { milliseconds } from "./wording.ts";

/** What was sent where, what came back, and what RingCentral would make of it. */
export function DeliveryDetails({ event }: { readonly event: InspectedEvent }) {
  const { delivery } = event;
  return (
    <section>
      <h3>Delivery</h3>
      {delivery ? (
        <Delivery event={event} delivery={delivery} />
      ) : (
        <p class="muted">
          Not forwarded. <code>rcwh listen --forward</code> sends events to your program.
        </p>
      )}
    </section>
  );
}

interface DeliveryProps {
  readonly event: InspectedEvent;
  readonly delivery: InspectedDelivery;
}

function Delivery({ event, delivery }: DeliveryProps) {
  const outcome = outcomeOf(event);
  const { target, status, headers, body, verdict, state } = delivery;
  const time = delivery.milliseconds;
  return (
    <>
      <p class={`verdict ${outcome}`}>
        <Icon name={outcome} />
        <span>
          <strong>{outcomes[outcome]}</strong>{" "}
          <span dir="auto">{verdict?.text ?? explanations[state]}</span>
          {verdict?.code && (
            <span class="hint">
              <code>rcwh explain {verdict.code}</code>
            </span>
          )}
        </span>
      </p>
      <dl class="facts">
        <div>
          <dt>Target</dt>
          <dd dir="auto">{target}</dd>
        </div>
        {status !== undefined && (
          <div>
            <dt>Status</dt>
            <dd>{status}</dd>
          </div>
        )}
        {time !== undefined && (
          <div>
            <dt>Time</dt>
            <dd>{milliseconds(time)}</dd>
          </div>
        )}
      </dl>
      {headers && (
        <details>
          <summary>Headers of the answer</summary>
          <HeaderTable headers={headers} caption="Headers of the answer" />
        </details>
      )}
      {body !== undefined && body !== "" && (
        <details open>
          <summary>Body of the answer</summary>
          <RawText text={body} label="Body of the answer" />
        </details>
      )}
    </>
  );
}

const explanations: Readonly<Record<InspectedDelivery["state"], string>> = {
  waiting: "The answer has not come yet.",
  answered: "The target has answered.",
  failed: "The target has not answered.",
  dropped: "The target was too slow, and this event was not sent to it.",
};
