/**
 * What is known of the quota of one user and app, as plain data that processes can share. All instants
 * are milliseconds since the epoch, by the clock of this machine. Pure.
 */

import { isObject, membersOf, parseJson } from "../machine/json.ts";

export interface QuotaState {
  /** By usage plan group. */
  readonly groups: Readonly<Record<string, GroupState>>;
  /** Apps may have plans of their own: the group that the server named for an operation, where it is another one. */
  readonly renamed: Readonly<Record<string, string>>;
}

export interface GroupState {
  /** Requests in a window; absent where the server announces no limit. */
  readonly limit?: number;
  /** Milliseconds. It slides. */
  readonly window: number;
  /** When each request was sent that may still count, oldest first. */
  readonly sent: readonly number[];
  /** The server's word where it counts more requests than were sent from here: somebody else sends some too. */
  readonly word?: { readonly at: number; readonly remaining: number };
  /** After a 429. */
  readonly silence?: Silence;
}

export interface Silence {
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

/** A request counts from its arrival, which is later than its departure: milliseconds that are allowed for that. */
const travelTime = 1000;

/** When so much of the limit is left, requests go out at the pace that the limit can bear for ever. */
const slowShare = 0.2;

/** The group as it stands now: without what has passed, and without what a clock that was wrong has left. */
export function groupNow({ groups }: QuotaState, group: string, now: number): GroupState {
  const limit = documentedLimits[group];
  const state = groups[group] ?? {
    window: documentedWindow,
    sent: [],
    ...(limit !== undefined && { limit }),
  };
  const { word, silence, ...rest } = state;
  return {
    ...rest,
    sent: state.sent.filter((at) => at <= now && now < at + state.window + travelTime),
    ...(word && word.at <= now && now < word.at + state.window && { word }),
    ...(isSilent(silence, now) && { silence }),
  };
}

export function isSilent(silence: Silence | undefined, now: number): silence is Silence {
  return silence !== undefined && silence.from <= now && now < silence.until;
}

/** From when on a request may be sent; not in the future where that is now. */
export function readyAt({ limit, window, sent, word, silence }: GroupState): number {
  if (silence) return silence.until;
  const last = sent.at(-1) ?? 0;
  const oldestOfFull = limit === undefined ? undefined : sent[sent.length - limit];
  if (oldestOfFull !== undefined) return oldestOfFull + window + travelTime;
  if (word && word.remaining <= 0) return word.at + window;
  if (limit === undefined) return 0;
  const available = Math.min(limit - sent.length, word?.remaining ?? limit);
  return available < limit * slowShare ? last + window / limit : 0;
}

/** With one more request on its way. */
export function withSent(group: GroupState, now: number): GroupState {
  const { sent, word } = group;
  return {
    ...group,
    sent: [...sent, now],
    ...(word && { word: { ...word, remaining: word.remaining - 1 } }),
  };
}

/** With the request counted as late as the server can have counted it, now that its fate is known. */
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

/** With what the answer to a request announced. The same object where that is what was known. */
export function withAnnounced(
  group: GroupState,
  { limit, remaining, window }: Announcement,
  sentAt: number,
  now: number,
): GroupState {
  const { limit: known, word, ...rest } = group;
  if (remaining === undefined) return known === undefined && !word ? group : { ...rest };

  const counted = group.sent.filter((at) => at <= sentAt).length;
  const stated = limit ?? Math.max(known ?? 0, remaining + counted);
  const later = group.sent.length - counted;
  const isOurs = remaining - later >= stated - group.sent.length;
  const next: GroupState = {
    ...rest,
    limit: stated,
    window: window ?? group.window,
    ...(!isOurs && { word: { at: now, remaining: remaining - later } }),
  };
  const isKnown = !word && isOurs && next.limit === known && next.window === group.window;
  return isKnown ? group : next;
}

/** Silent for as long as the server asks. That is its last word: what was counted before does not prolong it. */
export function silenced({ limit, window, silence }: GroupState, asked: Silence): GroupState {
  return {
    ...(limit !== undefined && { limit }),
    window,
    sent: [],
    silence: silence && silence.until > asked.until ? silence : asked,
  };
}

/** Another version of rcwh may have written it, or nobody yet: nothing depends on it, so what is wrong counts as nothing. */
export function parseQuota(text: string | undefined): QuotaState {
  const { groups, renamed } = membersOf(parseJson(text));
  const isWhole =
    isObject(groups) &&
    isObject(renamed) &&
    Object.values(groups).every(isGroup) &&
    Object.values(renamed).every((name) => typeof name === "string");
  return isWhole ? ({ groups, renamed } as QuotaState) : { groups: {}, renamed: {} };
}

export function parseSilence(text: string | undefined): Silence | undefined {
  const silence = parseJson(text);
  return isSilence(silence) ? silence : undefined;
}

function isGroup(value: unknown): value is GroupState {
  const { limit, window, sent, word, silence } = membersOf(value);
  return (
    (limit === undefined || isCount(limit)) &&
    isCount(window) &&
    Array.isArray(sent) &&
    sent.every(Number.isFinite) &&
    (word === undefined || ["at", "remaining"].every((name) => isIn(word, name))) &&
    (silence === undefined || isSilence(silence))
  );
}

function isSilence(value: unknown): value is Silence {
  return isIn(value, "from") && isIn(value, "until");
}

function isIn(value: unknown, name: string): boolean {
  return Number.isFinite(membersOf(value)[name]);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}
