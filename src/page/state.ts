import type {
  Hello,
  InspectedEvent,
  InspectedSubscription,
  Note,
  Update,
} from "../inspector/protocol.ts";
import { addEvents } from "./bounds.ts";
import { type Criteria, everything } from "./search.ts";

export type View = "events" | "subscriptions" | "emulator" | "requests" | "messages";

interface Toast {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly message: string;
  readonly hint?: string;
}

/** All that the page shows. */
export interface State {
  readonly connection: "connecting" | "live" | "lost" | "ended" | "replaced";
  /** What the program said when it ended. */
  readonly farewell?: string;
  readonly hello?: Hello;
  /** By the clock of this machine, when `hello` came. */
  readonly helloAt: number;
  /** Oldest first. */
  readonly events: readonly InspectedEvent[];
  readonly subscriptions: readonly InspectedSubscription[];
  readonly notes: readonly Note[];
  readonly recording?: string;
  /** The emulator's clock, as it was `at` an instant of this machine's. */
  readonly clock?: { readonly now: number; readonly frozen: boolean; readonly at: number };
  /** Grows whenever something in the emulator may have changed. */
  readonly emulatorChanges: number;
  readonly view: View;
  readonly criteria: Criteria;
  /** While paused, the number of the last event that had come, and those that are shown however many follow. */
  readonly paused?: { readonly at: number; readonly events: readonly InspectedEvent[] };
  /** Events up to this number are not shown any more. */
  readonly clearedAt: number;
  readonly selected?: number;
  readonly toast?: Toast;
}

export type Change =
  | { readonly type: "update"; readonly update: Update; readonly at: number }
  | { readonly type: "connecting" }
  | { readonly type: "lost" }
  /** Another run of the program has taken its place. */
  | { readonly type: "replaced" }
  | { readonly type: "clock"; readonly clock: NonNullable<State["clock"]> }
  | { readonly type: "view"; readonly view: View }
  | { readonly type: "criteria"; readonly criteria: Partial<Criteria> }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "clear" }
  | { readonly type: "select"; readonly number: number | undefined }
  | { readonly type: "toast"; readonly toast: Omit<Toast, "id"> }
  | { readonly type: "dismiss" };

export const initialState: State = {
  connection: "connecting",
  helloAt: 0,
  events: [],
  subscriptions: [],
  notes: [],
  emulatorChanges: 0,
  view: "events",
  criteria: everything,
  clearedAt: 0,
};

/** Until the server has said how much it keeps. */
const fewest = { events: 1000, bytes: 16_000_000 };
const mostNotes = 200;

export function reduce(state: State, change: Change): State {
  switch (change.type) {
    case "update":
      return applyUpdate(state, change.update, change.at);
    case "connecting":
    case "lost":
    case "replaced":
      return state.connection === "ended" ? state : { ...state, connection: change.type };
    case "clock":
      return { ...state, clock: change.clock };
    case "view":
      return { ...state, view: change.view };
    case "criteria":
      return { ...state, criteria: { ...state.criteria, ...change.criteria } };
    case "pause":
      return { ...state, paused: { at: lastNumber(state), events: state.events } };
    case "resume":
      return without(state, "paused");
    case "clear": {
      const rest = without(without(state, "selected"), "paused");
      return { ...rest, events: [], clearedAt: lastNumber(state) };
    }
    case "select":
      if (change.number === undefined) return without(state, "selected");
      return { ...state, selected: change.number };
    case "toast":
      return { ...state, toast: { ...change.toast, id: (state.toast?.id ?? 0) + 1 } };
    case "dismiss":
      return without(state, "toast");
  }
}

function applyUpdate(state: State, update: Update, at: number): State {
  switch (update.type) {
    case "hello":
      // Everything comes again. What is there already keeps its place.
      return { ...state, connection: "live", hello: update.hello, helloAt: at, notes: [] };
    case "events": {
      const added = update.events.filter(({ number }) => number > state.clearedAt);
      const limits = state.hello?.keeps ?? fewest;
      const events = addEvents(state.events, added, limits);
      if (events === state.events) return state;
      const { paused } = state;
      if (!paused) return { ...state, events };
      return { ...state, events, paused: { ...paused, events: updated(paused.events, added) } };
    }
    case "subscriptions":
      return { ...state, subscriptions: update.subscriptions };
    case "notes":
      return { ...state, notes: [...state.notes, ...update.notes].slice(-mostNotes) };
    case "recording": {
      const { file } = update;
      return file === undefined ? without(state, "recording") : { ...state, recording: file };
    }
    case "emulator":
      return { ...state, emulatorChanges: state.emulatorChanges + 1 };
    case "end":
      return { ...state, connection: "ended", farewell: update.message };
    default:
      // From a newer server than the page, which a reload replaces.
      return state;
  }
}

/** Those whose delivery has changed, in their places. */
function updated(
  events: readonly InspectedEvent[],
  changed: readonly InspectedEvent[],
): readonly InspectedEvent[] {
  const last = events.at(-1)?.number ?? 0;
  const byNumber = new Map(changed.map((event) => [event.number, event]));
  if (!changed.some(({ number }) => number <= last)) return events;
  return events.map((event) => byNumber.get(event.number) ?? event);
}

/** Events that may be shown: while paused, those that were kept then. */
export function unpaused({ events, paused }: State): readonly InspectedEvent[] {
  return paused ? paused.events : events;
}

/** How many events have come since the list was paused. */
export function countWaiting(state: State): number {
  return state.paused ? lastNumber(state) - state.paused.at : 0;
}

/** How many events have come since the list was cleared, kept or not. */
export function countReceived(state: State): number {
  return lastNumber(state) - state.clearedAt;
}

/** By halving: events are in order. */
function countUpTo(events: readonly InspectedEvent[], number: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.number ?? 0) <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function findEvent(
  { events, paused }: Pick<State, "events" | "paused">,
  number: number | undefined,
): InspectedEvent | undefined {
  if (number === undefined) return undefined;
  for (const list of [events, paused?.events ?? []]) {
    const event: InspectedEvent | undefined = list[countUpTo(list, number) - 1];
    if (event?.number === number) return event;
  }
  return undefined;
}

function lastNumber({ events, clearedAt }: State): number {
  return events.at(-1)?.number ?? clearedAt;
}

function without<Name extends keyof State>(state: State, name: Name): State {
  const { [name]: _, ...rest } = state;
  return rest as State;
}
