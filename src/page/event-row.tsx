import type { InspectedEvent } from "../inspector/protocol.ts";
import { Highlighted } from "./highlighted.tsx";
import { OutcomeBadge } from "./outcome-badge.tsx";
import { clockTime } from "./wording.ts";

interface EventRowProps {
  readonly event: InspectedEvent;
  /** Pixels. */
  readonly top: number;
  /** From 1. */
  readonly position: number;
  readonly count: number;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly query: string;
}

const origins = { received: "", replayed: "Replay of", edited: "Edited from" } as const;

export function EventRow(props: EventRowProps) {
  const { event, top, position, count, isSelected, isTabStop, query } = props;
  const { number, receivedAt, origin, of, summary, filter } = event;
  return (
    <div
      class="row"
      role="option"
      data-number={number}
      aria-selected={isSelected}
      aria-posinset={position}
      aria-setsize={count}
      tabIndex={isTabStop ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span class="row-line">
        <span class="summary" dir="auto">
          <Highlighted text={summary} query={query} />
        </span>
        <time class="time" dateTime={new Date(receivedAt).toISOString()}>
          {clockTime(receivedAt)}
        </time>
      </span>
      <span class="row-line second">
        <span class="row-filter">
          {filter ?? "no filter"}
          {of !== undefined && ` · ${origins[origin]} #${of}`}
        </span>
        <OutcomeBadge event={event} />
      </span>
    </div>
  );
}
