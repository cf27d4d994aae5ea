import type { ScreenRow } from "./screen-rows.ts";

/** The rows of one profile. */
export interface Group {
  readonly profile: string;
  /** In the order of the listing: what is only on record is last. */
  readonly rows: readonly ScreenRow[];
  /** When they were listed, by this machine's clock. */
  readonly at: number;
  /** Why they could not be listed again, if so. */
  readonly problem?: string;
}

const sorts = ["expiry", "status", "address", "created"] as const;
type Sort = (typeof sorts)[number];

/** What is seen, without the size of the terminal and the time. */
export interface ScreenState {
  readonly groups: readonly Group[];
  /** Whether groups have headings. */
  readonly isMany: boolean;
  /** The key of the row under the cursor. */
  readonly selected: string | undefined;
  readonly query: string;
  /** Whether keys belong to the query. */
  readonly isTyping: boolean;
  readonly sort: Sort;
  /** Only these: a status, or `due`. */
  readonly only: string | undefined;
  /** The first line of the list that is seen. */
  readonly top: number;
  /** Whether all keys are shown in place of the list, and from which line. */
  readonly help: number | undefined;
}

export type Item =
  | { readonly heading: Group; readonly row?: undefined }
  | { readonly row: ScreenRow; readonly heading?: undefined };

export function startState(groups: readonly Group[], isMany: boolean): ScreenState {
  const state: ScreenState = {
    ...{ groups, isMany, selected: undefined, query: "", isTyping: false, sort: "expiry" },
    ...{ only: undefined, top: 0, help: undefined },
  };
  return select(state, 0);
}

/** The lines of the list: headings, and the rows that the search and the filter leave. */
export function itemsOf(state: ScreenState): readonly Item[] {
  const { groups, isMany } = state;
  const isNarrowed = state.query.trim() !== "" || state.only !== undefined;
  return groups.flatMap((group) => {
    const rows = sorted(
      group.rows.filter((row) => isWanted(row, state)),
      state.sort,
    ).map((row): Item => ({ row }));
    const isShown = rows.length > 0 || group.problem !== undefined || !isNarrowed;
    return isMany && isShown ? [{ heading: group }, ...rows] : rows;
  });
}

export function rowsIn(state: ScreenState): readonly ScreenRow[] {
  return itemsOf(state).flatMap(({ row }) => row ?? []);
}

export function allRows({ groups }: ScreenState): readonly ScreenRow[] {
  return groups.flatMap(({ rows }) => rows);
}

export function selectedRow(state: ScreenState): ScreenRow | undefined {
  return rowsIn(state).find(({ key }) => key === state.selected);
}

function isWanted(row: ScreenRow, { query, only }: ScreenState): boolean {
  if (only === "due" ? !isOnlyDue(row) : only !== undefined && row.status !== only) {
    return false;
  }
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => row.text.includes(word));
}

const ranks = { live: 0, malformed: 1, recorded: 2 } as const;
const severity = { bad: 0, warn: 1, good: 2, gone: 3 } as const;

/** Whatever the order, what is only on record stays last. */
function sorted(rows: readonly ScreenRow[], sort: Sort): readonly ScreenRow[] {
  const compare = (a: ScreenRow, b: ScreenRow): number => {
    switch (sort) {
      case "expiry":
        return 0;
      case "status":
        return severity[a.health] - severity[b.health] || compareText(a.status, b.status);
      case "address":
        return compareText(a.url, b.url);
      case "created":
        return (b.createdAt || 0) - (a.createdAt || 0);
    }
  };
  // Equal ones stay as they were listed, soonest to expire first.
  return rows.toSorted((a, b) => ranks[a.kind] - ranks[b.kind] || compare(a, b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Selects the row of this index, or the nearest. */
function select(state: ScreenState, index: number): ScreenState {
  const rows = rowsIn(state);
  const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
  return { ...state, selected: row?.key };
}

/** Moves the cursor by this many rows, and stops at the first and the last. */
export function move(state: ScreenState, by: number): ScreenState {
  const index = rowsIn(state).findIndex(({ key }) => key === state.selected);
  return select(state, Math.max(0, index) + by);
}

/** The same with other conditions: the cursor stays on its row, if that is still there. */
function narrowed(state: ScreenState, change: Partial<ScreenState>): ScreenState {
  const next = { ...state, ...change };
  const index = rowsIn(state).findIndex(({ key }) => key === state.selected);
  return selectedRow(next) ? next : select(next, change.query === undefined ? index : 0);
}

export function search(state: ScreenState, query: string): ScreenState {
  return narrowed(state, { query });
}

export function sortNext(state: ScreenState): ScreenState {
  const next = sorts[(sorts.indexOf(state.sort) + 1) % sorts.length] ?? "expiry";
  return narrowed(state, { sort: next });
}

/** Whether it only has to be renewed: what delivers nothing needs more. */
export function isOnlyDue({ health, isDue }: ScreenRow): boolean {
  return health === "warn" && isDue;
}

/** What the rows can be narrowed to: everything, what is due, and each status. */
function filtersFor(state: ScreenState): readonly (string | undefined)[] {
  const rows = allRows(state);
  const statuses = [...new Set(rows.map(({ status }) => status))];
  return [undefined, ...(rows.some(isOnlyDue) ? ["due"] : []), ...statuses];
}

export function filterNext(state: ScreenState): ScreenState {
  const choices = filtersFor(state);
  return narrowed(state, { only: choices[(choices.indexOf(state.only) + 1) % choices.length] });
}

/** Everything again: no search, no filter. */
export function clear(state: ScreenState): ScreenState {
  return narrowed(state, { query: "", only: undefined, isTyping: false });
}

/**
 * The state with a new listing. The cursor stays on its subscription, or goes to what has taken its place: one that was not there
 * before, of the same profile, with the same URL or filters. Otherwise it stays where it was in the list.
 */
export function withGroups(state: ScreenState, groups: readonly Group[]): ScreenState {
  const next = { ...state, groups };
  const only = filtersFor(next).includes(state.only) ? state.only : undefined;
  const before = selectedRow(state);
  const known = new Set(allRows(state).map(({ key }) => key));
  const isThere = allRows(next).some(({ key }) => key === before?.key);
  const successor =
    before && !isThere
      ? allRows(next)
          .filter(({ key, kind, profile }) => {
            return !known.has(key) && kind === "live" && profile === before.profile;
          })
          .toSorted((a, b) => likeness(b, before) - likeness(a, before))
          .find((row) => likeness(row, before) > 0)
      : undefined;
  return narrowed({ ...state, only }, { groups, selected: successor?.key ?? state.selected });
}

function likeness({ target }: ScreenRow, before: ScreenRow): number {
  const sameAddress = target.address !== "" && target.address === before.target.address;
  const sameFilters =
    [...target.filters].sort().join() === [...before.target.filters].sort().join();
  return Number(sameAddress) + Number(sameFilters);
}

/** The first line of `height` to show, so that the selected row is one of them, and no line is empty for nothing. */
export function topFor(
  items: readonly Item[],
  { selected, top }: ScreenState,
  height: number,
): number {
  const at = items.findIndex(({ row }) => row !== undefined && row.key === selected);
  const last = Math.max(0, items.length - height);
  if (at < 0) return Math.min(top, last);
  // The heading above the first row of a group is worth seeing.
  const first = height > 1 && items[at - 1]?.heading ? at - 1 : at;
  const least = at - height + 1;
  return Math.max(0, Math.min(last, Math.max(least, Math.min(top, first))));
}
