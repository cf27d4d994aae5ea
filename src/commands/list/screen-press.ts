import { type RowAction, refusalFor, rowKeys, viewKeys } from "./screen-keys.ts";
import type { ScreenRow } from "./screen-rows.ts";
import type { ScreenState } from "./screen-state.ts";
import * as view from "./screen-state.ts";

/** What a key comes to: another state, and what else is to be done. */
export interface Pressed {
  readonly state: ScreenState;
  readonly act?: { readonly action: RowAction; readonly row: ScreenRow };
  readonly other?: "quit" | "refresh" | "repaint";
  readonly notice?: string;
}

/** `key` and `typed` as in `Prompter.keys`; `page` is how many lines a page has. */
export function press(state: ScreenState, key: string, typed: string, page: number): Pressed {
  if (state.isTyping) return { state: type(state, key, typed, page) };
  // With Ctrl, a letter types nothing.
  if (typed === "" && key === "l") return { state, other: "repaint" };
  const name = typed === "" && key.length > 1 ? key : typed;
  if (state.help !== undefined) return { state: scrollHelp(state, name, page) };
  const by = step(name, page);
  if (by !== undefined) return { state: view.move(state, by) };
  const viewAction = viewKeys[name];
  switch (viewAction) {
    case "search":
      return { state: { ...state, isTyping: true } };
    case "sort":
      return { state: view.sortNext(state) };
    case "filter":
      return { state: view.filterNext(state) };
    case "clear":
      return { state: view.clear(state) };
    case "help":
      return { state: { ...state, help: 0 } };
    case "refresh":
    case "quit":
      return { state, other: viewAction };
  }
  const action = rowKeys[name];
  const row = view.selectedRow(state);
  if (action === undefined || row === undefined) return { state };
  const notice = refusalFor(action, row);
  return notice === undefined ? { state, act: { action, row } } : { state, notice };
}

/** How far a key moves; undefined for all others. */
function step(name: string, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page },
    ...{ home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
    G: Number.POSITIVE_INFINITY,
  };
  return Object.hasOwn(steps, name) ? steps[name] : undefined;
}

function scrollHelp(state: ScreenState, name: string, page: number): ScreenState {
  const by = step(name, page);
  if (by === undefined) return { ...state, help: undefined };
  // The layout knows where it ends.
  return { ...state, help: Math.max(0, Math.min(1000, (state.help ?? 0) + by)) };
}

/** Keys of the search: what is typed narrows the list at once, and arrows still move. */
function type(state: ScreenState, key: string, typed: string, page: number): ScreenState {
  const { query } = state;
  if (typed !== "") return view.search(state, query + typed);
  switch (key) {
    case "escape":
      return view.search({ ...state, isTyping: false }, "");
    case "return":
    case "enter":
      return { ...state, isTyping: false };
    case "backspace":
      return query === ""
        ? { ...state, isTyping: false }
        : view.search(state, [...query].slice(0, -1).join(""));
    case "u":
      return view.search(state, "");
    case "w":
      return view.search(state, /^(?:.*\s)?/.exec(query.trimEnd())?.[0] ?? "");
  }
  const by = step(key, page);
  return by === undefined || key.length === 1 ? state : view.move(state, by);
}
