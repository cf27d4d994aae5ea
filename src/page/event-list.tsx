import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { InspectedEvent } from "../inspector/protocol.ts";
import { EventRow } from "./event-row.tsx";
import { usePage } from "./page-context.ts";
import { useSize } from "./use-size.ts";
import { scrollTopFor, visibleRows } from "./visible-rows.ts";

/** In rem, as in the style. */
const rowHeightInRem = 3.25;

/** The events, newest first. Only those that can be seen, and the one with the focus, are in the document. */
export function EventList({ events }: { readonly events: readonly InspectedEvent[] }) {
  const { state, dispatch } = usePage();
  const [box, size] = useSize<HTMLDivElement>();
  const [scrollTop, setScrollTop] = useState(0);
  const rowHeight = size.rem * rowHeightInRem;
  const count = events.length;
  const rowOf = (number: number | undefined) => {
    const index = number === undefined ? -1 : events.findIndex((each) => each.number === number);
    return index < 0 ? undefined : count - 1 - index;
  };
  const selectedRow = rowOf(state.selected);
  const wantsFocus = useRef(false);

  useAnchor(events, box, rowHeight);

  const move = (row: number) => {
    const event = events[count - 1 - Math.max(0, Math.min(count - 1, row))];
    if (!event) return;
    wantsFocus.current = true;
    dispatch({ type: "select", number: event.number });
  };
  useLayoutEffect(() => {
    const list = box.current;
    if (!wantsFocus.current || selectedRow === undefined || !list) return;
    wantsFocus.current = false;
    list.scrollTop = scrollTopFor(selectedRow, rowHeight, list.scrollTop, list.clientHeight);
    list.querySelector<HTMLElement>("[aria-selected=true]")?.focus({ preventScroll: true });
  });

  useKeptFocus(box);

  const onKey = (event: KeyboardEvent) => {
    const row = selectedRow ?? -1;
    const page = Math.max(1, Math.floor(size.height / rowHeight) - 1);
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: row + 1,
      ArrowUp: row - 1,
      PageDown: row + page,
      PageUp: row - page,
      Home: 0,
      End: count - 1,
    };
    const target = targets[event.key];
    if (target !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) move(target);
    else if (event.key === "Enter" || event.key === " ") {
      if (state.selected === undefined) move(0);
      else document.getElementById("details")?.focus();
    } else return;
    event.preventDefault();
  };

  const { from, to } = visibleRows(count, rowHeight, scrollTop, size.height);
  const rows = Array.from({ length: to - from }, (_, index) => from + index);
  // The row that Tab leads to must be there.
  const tabRow = selectedRow ?? 0;
  if (count > 0 && (tabRow < from || tabRow >= to)) rows.push(tabRow);

  return (
    <div
      ref={box}
      class="list"
      tabIndex={-1}
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
    >
      {count === 0 ? (
        <NoEvents />
      ) : (
        <div
          class="list-inner"
          role="listbox"
          aria-label="Events, newest first"
          tabIndex={-1}
          style={{ height: `${count * rowHeight}px` }}
          onKeyDown={onKey}
          onClick={({ target }) => {
            const row = (target as Element).closest<HTMLElement>("[data-number]");
            if (row) dispatch({ type: "select", number: Number(row.dataset["number"]) });
          }}
        >
          {rows.map((row) => {
            const event = events[count - 1 - row];
            return (
              event && (
                <EventRow
                  key={event.number}
                  event={event}
                  top={row * rowHeight}
                  position={row + 1}
                  count={count}
                  isSelected={row === selectedRow}
                  isTabStop={row === tabRow}
                  query={state.criteria.query}
                />
              )
            );
          })}
        </div>
      )}
    </div>
  );
}

/** Keeps what is read where it is while events come above it, unless the list is at its top. */
function useAnchor(
  events: readonly InspectedEvent[],
  box: { readonly current: HTMLDivElement | null },
  rowHeight: number,
): void {
  const before = useRef<readonly InspectedEvent[]>([]);
  useLayoutEffect(() => {
    const list = box.current;
    const known = before.current;
    before.current = events;
    if (!list || known === events || list.scrollTop < rowHeight / 2) return;
    const row = Math.floor(list.scrollTop / rowHeight);
    const anchor = known[known.length - 1 - row]?.number;
    const index = events.findIndex(({ number }) => number === anchor);
    if (index >= 0) list.scrollTop += (events.length - 1 - index - row) * rowHeight;
  });
}

/** Keeps the focus in the list when the row that had it is gone: filtered, or replaced by newer ones. */
function useKeptFocus(box: { readonly current: HTMLDivElement | null }): void {
  const hadFocus = useRef(false);
  useEffect(() => {
    const onFocus = () => {
      hadFocus.current = box.current?.contains(document.activeElement) ?? false;
    };
    document.addEventListener("focusin", onFocus);
    return () => document.removeEventListener("focusin", onFocus);
  }, []);
  useLayoutEffect(() => {
    if (!hadFocus.current || document.activeElement !== document.body) return;
    const stop = box.current?.querySelector<HTMLElement>("[tabindex='0']") ?? box.current;
    stop?.focus({ preventScroll: true });
  });
}

function NoEvents() {
  const { state } = usePage();
  const { events, hello } = state;
  return (
    <p class="empty">
      {events.length > 0
        ? "No event matches."
        : hello?.kind === "emulator"
          ? "No events yet. Send one under Emulator."
          : "No events yet. They appear here as they come."}
    </p>
  );
}
