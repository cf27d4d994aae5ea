import { useEffect, useState } from "preact/hooks";
import type { FoundFilters } from "../../inspector/protocol.ts";
import { findFilters } from "../server.ts";

type Filter = FoundFilters["filters"][number];

interface FilterFieldProps {
  readonly onChoose: (filter: Filter) => void;
}

/** Searches the catalogue of event filters as one types. */
export function FilterField({ onChoose }: FilterFieldProps) {
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<readonly Filter[]>([]);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (!isOpen) return;
    const controller = new AbortController();
    findFilters(search, controller.signal).then(
      (filters) => {
        setFound(filters);
        setActive(0);
        setProblem(filters.length === 0 ? "No filter matches." : "");
      },
      (error: Error) => error.name !== "AbortError" && setProblem(error.message),
    );
    return () => controller.abort();
  }, [search, isOpen]);

  const choose = (filter: Filter | undefined) => {
    if (!filter) return;
    setSearch(filter.filter);
    setOpen(false);
    onChoose(filter);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" && !isOpen) setOpen(true);
    else if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, active + 1));
    else if (event.key === "ArrowUp" && isOpen) setActive(Math.max(0, active - 1));
    else if (event.key === "Enter" && isOpen) choose(found[active]);
    else if (event.key === "Escape" && isOpen) setOpen(false);
    else return;
    event.preventDefault();
  };
  const hasList = isOpen && found.length > 0;
  useEffect(() => {
    document.getElementById(`filter-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  return (
    <div class="field combo">
      <label for="filter-search">Event filter</label>
      <input
        id="filter-search"
        role="combobox"
        aria-expanded={hasList}
        aria-controls="filter-list"
        aria-autocomplete="list"
        aria-activedescendant={hasList ? `filter-${active}` : undefined}
        value={search}
        placeholder="Search, such as sms or call"
        spellcheck={false}
        autocomplete="off"
        onFocus={({ currentTarget }) => currentTarget.select()}
        onClick={() => setOpen(true)}
        onInput={({ currentTarget }) => {
          setSearch(currentTarget.value);
          setOpen(true);
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
      />
      <div
        id="filter-list"
        class="options"
        role="listbox"
        aria-label="Event filters"
        hidden={!hasList}
      >
        {hasList &&
          found.map((filter, index) => (
            <div
              key={filter.uri}
              id={`filter-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // Before the field loses the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                choose(filter);
              }}
            >
              <strong>{filter.filter}</strong> <span class="muted">{filter.summary}</span>
            </div>
          ))}
      </div>
      {isOpen && problem !== "" && <p class="muted">{problem}</p>}
    </div>
  );
}
