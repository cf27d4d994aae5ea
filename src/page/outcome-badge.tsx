import type { InspectedEvent } from "../inspector/protocol.ts";
import { Icon } from "./icon.tsx";
import { outcomeOf, outcomes } from "./outcome.ts";
import { milliseconds } from "./wording.ts";

/** What became of an event, and how long the answer took. */
export function OutcomeBadge({ event }: { readonly event: InspectedEvent }) {
  const outcome = outcomeOf(event);
  const { status, milliseconds: latency } = event.delivery ?? {};
  return (
    <span class={`badge ${outcome}`}>
      <Icon name={outcome} />
      <span>{outcomes[outcome]}</span>
      {status !== undefined && <span class="number">{status}</span>}
      {latency !== undefined && <span class="number">{milliseconds(latency)}</span>}
    </span>
  );
}
