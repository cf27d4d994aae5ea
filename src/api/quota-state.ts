/**
 * What is known of the quota of one user and app, as plain data that processes can share. All instants
 * are milliseconds since the epoch, by the clock of this machine.
 */

import {
  isListOf,
  isMapOf,
  isNumber,
  isOptional,
  isShape,
  isText,
  memberOf,
  parseJson,
  type Test,
} from "../machine/json.ts";

export interface QuotaState {
  /** By usage plan group. */
  readonly groups: Readonly<Record<string, GroupState>>;
  /** Apps may have plans of their own: the group that the server named for an operation, where it is another one. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Milliseconds by which the server's clock was ahead of this machine's. */
  readonly serverAhead?: number;
}

export interface GroupState {
  /** Requests in a window; absent if the server announces no limit. */
  readonly limit?: number;
  /** Milliseconds. It slides. */
  readonly window: number;
  /** When each request was sent that may still count, oldest first. */
  readonly sent: readonly number[];
  /** The server's own count, if it is higher than ours because somebody else sends requests, too. */
  readonly serverCount?: { readonly at: number; readonly remaining: number };
  /** After a 429: no requests, however few were sent. */
  readonly pause?: RetryPause;
}

export interface RetryPause {
  readonly from: number;
  readonly until: number;
}

/** What an answer's headers say of its group. */
export interface Announcement {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Milliseconds. */
  readonly window: number | undefined;
}

/** RingCentral's documented limits hold until an answer says otherwise. */
const documentedLimits: Readonly<Record<string, number>> = {
  light: 50,
  medium: 40,
  heavy: 10,
  auth: 5,
};
const documentedWindow = 60_000;

/** Milliseconds allowed for a request to arrive: the server counts it from then on. */
const travelTime = 1000;

/** The share of the limit below which requests are spread evenly over the window. */
const slowShare = 0.2;

/** The group without what has expired, and without instants in the future, which a wrong clock left. */
export function groupNow({ groups }: QuotaState, group: string, now: number): GroupState {
  const limit = memberOf(documentedLimits, group);
  const state = memberOf(groups, group) ?? {
    window: documentedWindow,
    sent: [],
    ...(limit !== undefined && { limit }),
  };
  const { serverCount, pause, ...rest } = state;
  return {
    ...rest,
    sent: state.sent.filter((at) => at <= now && now < at + state.window + travelTime),
    ...(serverCount &&
      serverCount.at <= now &&
      now < serverCount.at + state.window && { serverCount }),
    ...(isPaused(pause, now) && { pause }),
  };
}

export function isPaused(pause: RetryPause | undefined, now: number): pause is RetryPause {
  return pause !== undefined && pause.from <= now && now < pause.until;
}

/** The instant from which a request may be sent; in the past where that is now. */
export function readyAt({ limit, window, sent, serverCount, pause }: GroupState): number {
  if (pause) return pause.until;
  const last = sent.at(-1) ?? 0;
  const oldestOfFull = limit === undefined ? undefined : sent[sent.length - limit];
  if (oldestOfFull !== undefined) return oldestOfFull + window + travelTime;
  if (serverCount && serverCount.remaining <= 0) return serverCount.at + window;
  if (limit === undefined) return 0;
  const available = Math.min(limit - sent.length, serverCount?.remaining ?? limit);
  return available < limit * slowShare ? last + window / limit : 0;
}

/** Milliseconds. A `Date` has whole seconds, and answers take time. */
const clockTolerance = 10_000;

/**
 * With the difference of the clocks that an answer showed. Where one of them was moved by more than a window, as that of
 * an emulator, the server counts no earlier request any more. Returns the same object if nothing changed.
 */
export function withServerAhead(state: QuotaState, serverAhead: number): QuotaState {
  const moved = Math.abs(serverAhead - (state.serverAhead ?? serverAhead));
  if (state.serverAhead !== undefined && moved <= clockTolerance) return state;
  const groups = Object.entries(state.groups).map(([name, { limit, window, ...counts }]) => [
    name,
    moved > window
      ? { window, sent: [], ...(limit !== undefined && { limit }) }
      : { window, ...counts, ...(limit !== undefined && { limit }) },
  ]);
  return { ...state, groups: Object.fromEntries(groups), serverAhead };
}

/** With one more request on its way. */
export function withSent(group: GroupState, now: number): GroupState {
  const { sent, serverCount } = group;
  return {
    ...group,
    sent: [...sent, now],
    ...(serverCount && { serverCount: { ...serverCount, remaining: serverCount.remaining - 1 } }),
  };
}

/** With the request counted as late as the server can have counted it, now that its outcome is known. */
export function withArrived(group: GroupState, sentAt: number, now: number): GroupState {
  if (now - sentAt <= travelTime) return group;
  const index = group.sent.lastIndexOf(sentAt);
  return index < 0 ? group : { ...group, sent: [...group.sent.toSpliced(index, 1), now] };
}

/** Without a request that never got there. */
export function withoutSent(group: GroupState, sentAt: number): GroupState {
  const index = group.sent.lastIndexOf(sentAt);
  return index < 0 ? group : { ...group, sent: group.sent.toSpliced(index, 1) };
}

/** Adds what an answer announced. Returns the same object if nothing changed. */
export function withAnnounced(
  group: GroupState,
  { limit, remaining, window }: Announcement,
  sentAt: number,
  now: number,
): GroupState {
  const { limit: known, serverCount, ...rest } = group;
  if (remaining === undefined) return known === undefined && !serverCount ? group : { ...rest };

  const counted = group.sent.filter((at) => at <= sentAt).length;
  const stated = limit ?? Math.max(known ?? 0, remaining + counted);
  const later = group.sent.length - counted;
  const isOurs = remaining - later >= stated - group.sent.length;
  const next: GroupState = {
    ...rest,
    limit: stated,
    window: window ?? group.window,
    ...(!isOurs && { serverCount: { at: now, remaining: remaining - later } }),
  };
  const isKnown = !serverCount && isOurs && next.limit === known && next.window === group.window;
  return isKnown ? group : next;
}

/** Paused for as long as the server asks. What was counted before does not prolong the pause. */
export function withPause({ limit, window, pause }: GroupState, asked: RetryPause): GroupState {
  return {
    ...(limit !== undefined && { limit }),
    window,
    sent: [],
    pause: pause && pause.until > asked.until ? pause : asked,
  };
}

/** The latest texts, each of which is read several times for each request. As many as there may be accounts at a time. */
const known = new Map<string, QuotaState>();
const mostKnown = 300;

function know(text: string, state: QuotaState): void {
  if (known.size >= mostKnown) known.clear();
  known.set(text, state);
}

/** Ignores invalid text, which another version of rcwh may have written. */
export function parseQuota(text: string | undefined): QuotaState {
  const before = text === undefined ? undefined : known.get(text);
  if (before) return before;
  const value = parseJson(text);
  const state = isQuotaState(value) ? value : { groups: {}, renamed: {} };
  if (text !== undefined) know(text, state);
  return state;
}

export function formatQuota(state: QuotaState): string {
  const text = JSON.stringify(state);
  know(text, state);
  return text;
}

export function parsePause(text: string | undefined): RetryPause | undefined {
  const pause = parseJson(text);
  return isRetryPause(pause) ? pause : undefined;
}

const isCount: Test = (value) => Number.isInteger(value) && Number(value) > 0;

const isRetryPause = isShape<RetryPause>({ from: isNumber, until: isNumber });

const isQuotaState = isShape<QuotaState>({
  groups: isMapOf(
    isShape<GroupState>({
      limit: isOptional(isCount),
      window: isCount,
      sent: isListOf(isNumber),
      serverCount: isOptional(isShape({ at: isNumber, remaining: isNumber })),
      pause: isOptional(isRetryPause),
    }),
  ),
  renamed: isMapOf(isText),
  serverAhead: isOptional(isNumber),
});
