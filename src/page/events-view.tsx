import { useMemo, useRef, useState } from "preact/hooks";
import type { InspectedEvent } from "../inspector/protocol.ts";
import { EditDialog } from "./edit-dialog.tsx";
import { EventDetails } from "./event-details.tsx";
import { EventFilters } from "./event-filters.tsx";
import { EventList } from "./event-list.tsx";
import { usePage } from "./page-context.ts";
import { createSearch } from "./search.ts";
import { useShortcuts } from "./shortcuts.ts";
import { findEvent, unpaused } from "./state.ts";
import { Timeline } from "./timeline-chart.tsx";
import { useEventActions } from "./use-event-actions.ts";

export function EventsView() {
  const { state, dispatch, hasShortcuts } = usePage();
  const { criteria, selected } = state;
  const search = useMemo(createSearch, []);
  const isPaused = state.paused !== undefined;
  const events = unpaused(state);
  const found = useMemo(() => search(events, criteria), [events, criteria]);
  const event = findEvent(state, selected);
  const [edited, setEdited] = useState<InspectedEvent>();
  const list = useRef<HTMLDivElement>(null);
  const actions = useEventActions(event);
  const focusList = () =>
    list.current?.querySelector<HTMLElement>("[role=option][tabindex='0']")?.focus();

  useShortcuts(
    {
      "/": () => document.getElementById("search")?.focus(),
      p: () => dispatch({ type: isPaused ? "resume" : "pause" }),
      r: actions.replay,
      e: () => event && setEdited(event),
      c: actions.copyCurl,
    },
    hasShortcuts,
  );

  return (
    <section class={event ? "events has-details" : "events"} aria-label="Events">
      <div class="list-column">
        <h2 class="unseen">Events</h2>
        <EventFilters found={found.length} onLeave={focusList} />
        <Timeline events={found} />
        <div ref={list} class="list-place">
          <EventList events={found} />
        </div>
      </div>
      <EventDetails
        event={event}
        actions={actions}
        onEdit={() => event && setEdited(event)}
        onBack={() => {
          if (matchMedia("(max-width: 56rem)").matches) {
            dispatch({ type: "select", number: undefined });
          }
          requestAnimationFrame(focusList);
        }}
      />
      {edited && <EditDialog event={edited} onClose={() => setEdited(undefined)} />}
    </section>
  );
}
