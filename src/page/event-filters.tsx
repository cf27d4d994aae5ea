import { useMemo } from "preact/hooks";
import { isOutcome, outcomes } from "./outcome.ts";
import { usePage } from "./page-context.ts";
import { countFilters } from "./search.ts";
import { countReceived, countWaiting, unpaused } from "./state.ts";
import { count } from "./wording.ts";

interface EventFiltersProps {
  readonly found: number;
  /** Called when the search is left for the list. */
  readonly onLeave: () => void;
}

/** Search, filters, pause and clear. */
export function EventFilters({ found, onLeave }: EventFiltersProps) {
  const { state, dispatch } = usePage();
  const { criteria } = state;
  const events = unpaused(state);
  const filters = useMemo(() => countFilters(events), [events]);
  const isPaused = state.paused !== undefined;
  const waiting = countWaiting(state);
  const received = countReceived(state) - waiting;
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && criteria.query !== "") {
      dispatch({ type: "criteria", criteria: { query: "" } });
    } else if (event.key === "ArrowDown" || event.key === "Escape") onLeave();
    else return;
    event.preventDefault();
  };
  return (
    <search class="toolbar">
      <input
        id="search"
        type="search"
        aria-label="Search in bodies"
        placeholder="Search in bodies"
        value={criteria.query}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) =>
          dispatch({ type: "criteria", criteria: { query: currentTarget.value } })
        }
        onKeyDown={onKey}
      />
      <select
        aria-label="Event filter"
        value={criteria.filter}
        onChange={({ currentTarget }) =>
          dispatch({ type: "criteria", criteria: { filter: currentTarget.value } })
        }
      >
        <option value="">All filters</option>
        {criteria.filter !== "" && !filters.some(([filter]) => filter === criteria.filter) && (
          <option value={criteria.filter}>{criteria.filter} (0)</option>
        )}
        {filters.map(([filter, number]) => (
          <option key={filter} value={filter}>
            {filter} ({number})
          </option>
        ))}
      </select>
      <select
        aria-label="Outcome"
        value={criteria.outcome}
        onChange={({ currentTarget: { value } }) =>
          dispatch({ type: "criteria", criteria: { outcome: isOutcome(value) ? value : "" } })
        }
      >
        <option value="">All outcomes</option>
        {Object.entries(outcomes).map(([outcome, label]) => (
          <option key={outcome} value={outcome}>
            {label}
          </option>
        ))}
      </select>
      <button
        type="button"
        class={isPaused ? "paused" : ""}
        onClick={() => dispatch({ type: isPaused ? "resume" : "pause" })}
      >
        {isPaused ? "Resume" : "Pause"}
        {waiting > 0 && <span class="count">{waiting.toLocaleString("en")} new</span>}
      </button>
      <button
        type="button"
        disabled={events.length === 0}
        onClick={() => {
          dispatch({ type: "clear" });
          const message = "Cleared on this page only: rcwh and its other pages keep the events.";
          dispatch({ type: "toast", toast: { kind: "done", message } });
        }}
      >
        Clear
      </button>
      <p class="found">
        {found === events.length
          ? count(found, "event")
          : `${found.toLocaleString("en")} of ${count(events.length, "event")}`}
        {events.length < received && ` kept of ${received.toLocaleString("en")} received`}
      </p>
    </search>
  );
}
