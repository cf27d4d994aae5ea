import type { InspectedEvent } from "../inspector/protocol.ts";
import { usePage } from "./page-context.ts";
import { findEvent } from "./state.ts";

/** More than these are only counted. */
const mostLinks = 8;

/** From which event this one was made, and which were made from it. */
export function OriginLinks({ event }: { readonly event: InspectedEvent }) {
  const { events } = usePage().state;
  const copies = events.filter(({ of }) => of === event.number).map(({ number }) => number);
  if (event.of === undefined && copies.length === 0) return null;
  return (
    <p class="origins">
      {event.of !== undefined && (
        <span>
          {event.origin === "edited" ? "Edited from " : "Replay of "}
          <EventLink number={event.of} />
        </span>
      )}
      {copies.length > 0 && (
        <span>
          Sent again as{" "}
          {copies.slice(-mostLinks).map((number) => (
            <EventLink key={number} number={number} />
          ))}
          {copies.length > mostLinks && ` and ${copies.length - mostLinks} before`}
        </span>
      )}
    </p>
  );
}

function EventLink({ number }: { readonly number: number }) {
  const { state, dispatch } = usePage();
  if (!findEvent(state, number)) return <span>#{number}</span>;
  return (
    <button type="button" class="link" onClick={() => dispatch({ type: "select", number })}>
      #{number}
    </button>
  );
}
