import { aliasesFor } from "../../filters/aliases.ts";
import { type OwnIds, withTildes } from "../../filters/compare.ts";
import { shortFilter } from "../../filters/search.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import type { MissingCandidate } from "../../lifecycle/missing.ts";
import { redactAddress } from "../../machine/redact.ts";
import { isKeptByOthers } from "../../subscriptions/due.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { defaultLifetime } from "../../subscriptions/limits.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { idShortener } from "../../subscriptions/short-id.ts";
import { enabledFilters } from "../../subscriptions/subscription-filters.ts";
import { describeEnd, relativeExpiry } from "../../subscriptions/time.ts";
import { malformedRow } from "../output/malformed-row.ts";
import { describeFilters } from "../output/subscription-columns.ts";
import type { Listed } from "./list-accounts.ts";

/** `warn`: it is time to renew it, or filters are disabled. `gone`: it is only on record. */
export type Health = "good" | "warn" | "bad" | "gone";

/** One line of the screen, with all that its details and actions need. Its texts are safe and without secrets. */
export interface ScreenRow {
  /** The same in every listing. */
  readonly key: string;
  readonly id: string;
  readonly shortId: string;
  readonly profile: string;
  readonly api: string;
  readonly status: string;
  readonly transport: string;
  readonly kind: "live" | "malformed" | "recorded";
  readonly health: Health;
  readonly isDue: boolean;
  /** By this machine's clock, milliseconds since the epoch: NaN where that cannot be read. */
  readonly endsAt: number;
  /** What its expiry column shows where that is not how long it still lives. */
  readonly describeEnd?: (now: number) => string;
  /** Milliseconds, what the bar is drawn against. */
  readonly lifetime: number;
  /** Whether that is on record, and no guess. */
  readonly isLifetimeKnown: boolean;
  /** The most that it was ever granted, by the server's times, milliseconds: NaN where they cannot be read. */
  readonly mostLifetime: number;
  readonly createdAt: number;
  /** How far the server's clock is ahead of this machine's, milliseconds. */
  readonly ahead: number;
  readonly isKeptByOthers: boolean;
  /** As people may see it. */
  readonly url: string;
  readonly filters: readonly string[];
  /** The same, as short as can be: an alias where there is one. */
  readonly shortFilters: readonly string[];
  /** What a search looks at. */
  readonly text: string;
  readonly subscription?: OwnedSubscription;
  readonly recorded?: MissingCandidate;
  readonly record?: SubscriptionRecord | undefined;
  readonly problem?: string;
  /** As the server has it, with the filters that deliver events: for the commands, never for the screen. */
  readonly target: {
    readonly id: string;
    readonly profile: string;
    readonly address: string;
    readonly filters: readonly string[];
  };
}

export interface RowOptions {
  readonly showSecrets: boolean;
  /** When the listing came, by this machine's clock. */
  readonly at: number;
  /** Makes a stranger's text safe, and takes secrets out of it. */
  readonly safe: (text: string) => string;
}

/** The rows of a listing, each profile's together: what lives, then what cannot be read, then what is only on record. */
export function rowsOf(listed: Listed, options: RowOptions): readonly ScreenRow[] {
  const { subscriptions, malformed, recorded } = listed;
  const shortId = idShortener([...subscriptions, ...malformed, ...recorded].map(({ id }) => id));
  const rows = [
    ...subscriptions.map((each) => livingRow(each, listed, options)),
    ...malformed.map((each) => unreadableRow(malformedRow(each), each.problem, listed, options)),
    ...recorded.map((each) => recordedRow(each, listed, options)),
  ];
  const safe = options.safe;
  return rows.map((row) => ({ ...row, id: safe(row.id), shortId: safe(shortId(row.id)) }));
}

type Shared = Pick<
  ScreenRow,
  | "key"
  | "id"
  | "shortId"
  | "profile"
  | "api"
  | "status"
  | "transport"
  | "url"
  | "filters"
  | "shortFilters"
  | "text"
  | "target"
>;

function sharedPart(
  row: Pick<
    OwnedSubscription,
    "id" | "profile" | "api" | "status" | "deliveryMode" | "eventFilters" | "disabledFilters"
  >,
  { ownOf }: Listed,
  { showSecrets, safe }: RowOptions,
): Shared {
  const { id, profile, api, deliveryMode, eventFilters } = row;
  const { address = "", transportType } = deliveryMode;
  const status = safe(row.status);
  const transport = safe(transportType);
  const url = safe(redactAddress(address, showSecrets)) || transport;
  const filters = describeFilters(row, ownOf(row)).map(safe);
  const shortFilters = describeFilters(row, ownOf(row), shortestSpelling).map(safe);
  return {
    ...{ key: `${profile}\n${id}`, id, shortId: id, profile: safe(profile), api, status },
    ...{ transport, url, filters, shortFilters },
    text: [id, status, url, ...shortFilters, ...filters, ...eventFilters].join("\n").toLowerCase(),
    target: { id, profile, address, filters: enabledFilters(row) },
  };
}

const aliases = new Map<string, string>();

function shortestSpelling(uri: string, own: OwnIds = {}): string {
  const whole = withTildes(uri, own);
  const known = aliases.get(whole);
  if (known !== undefined) return known;
  const [spelling = shortFilter(whole)] = aliasesFor(whole).toSorted((a, b) => a.length - b.length);
  // A listing every few seconds has the same ones again.
  if (aliases.size < 1000) aliases.set(whole, spelling);
  return spelling;
}

function livingRow(
  subscription: OwnedSubscription,
  listed: Listed,
  options: RowOptions,
): ScreenRow {
  const { creationTime, expirationTime, disabledFilters = [] } = subscription;
  const { due, nowOf, recordOf } = listed;
  const remaining = remainingSeconds(subscription, nowOf(subscription)) * 1000;
  const endsAt = options.at + remaining;
  const record = recordOf(subscription);
  const known = record?.expiresIn === undefined ? undefined : record.expiresIn * 1000;
  const sinceCreation = Date.parse(expirationTime) - Date.parse(creationTime);
  const isOver = !(remaining > 0);
  const isDue = due.has(subscription);
  const needsAttention = isDue || disabledFilters.length > 0;
  return {
    ...sharedPart(subscription, listed, options),
    kind: "live",
    health: !isHealthy(subscription) || isOver ? "bad" : needsAttention ? "warn" : "good",
    isDue,
    endsAt,
    lifetime: known ?? guessLifetime(remaining, sinceCreation),
    isLifetimeKnown: known !== undefined,
    mostLifetime: sinceCreation,
    createdAt: Date.parse(creationTime),
    ahead: Date.parse(expirationTime) - endsAt || 0,
    isKeptByOthers: isKeptByOthers(subscription),
    subscription,
    record,
  };
}

/**
 * Without a recorded lifetime, what is due is decided as for RingCentral's default, and the bar is for that, too: none is full
 * beside the mark of what is due. Where more is left, the bar is for what is between creation and expiry: renewing does not
 * move `creationTime`, so that is the most that the lifetime can be.
 */
export function guessLifetime(remaining: number, sinceCreation: number): number {
  const usual = defaultLifetime * 1000;
  if (!(remaining > usual)) return usual;
  return sinceCreation > 0 ? Math.max(sinceCreation, remaining) : remaining;
}

const unknownTimes = {
  lifetime: Number.NaN,
  isLifetimeKnown: false,
  mostLifetime: Number.NaN,
  createdAt: Number.NaN,
};

function unreadableRow(
  row: ReturnType<typeof malformedRow>,
  problem: string,
  listed: Listed,
  options: RowOptions,
): ScreenRow {
  return {
    ...sharedPart(row, listed, options),
    kind: "malformed",
    health: "bad",
    isDue: false,
    ...unknownTimes,
    endsAt: Number.NaN,
    ahead: 0,
    isKeptByOthers: true,
    describeEnd: () => "unreadable",
    problem: options.safe(problem),
  };
}

function recordedRow(recorded: MissingCandidate, listed: Listed, options: RowOptions): ScreenRow {
  const ahead = listed.nowOf(recorded) - options.at;
  return {
    ...sharedPart(recorded, listed, options),
    kind: "recorded",
    health: "gone",
    isDue: false,
    endsAt: Date.parse(recorded.expirationTime) - ahead,
    ...unknownTimes,
    ahead,
    isKeptByOthers: false,
    describeEnd: (now) => describeEnd(recorded, now + ahead),
    recorded,
    record: recorded.missing.record,
  };
}

/** What the expiry column shows: `in 2 d 4 h`. */
export function expiryOf(row: ScreenRow, now: number): string {
  return row.describeEnd?.(now) ?? relativeExpiry(row.endsAt - now);
}

/** How much of its lifetime is left, from 0 to 1. */
export function shareLeft({ kind, endsAt, lifetime }: ScreenRow, now: number): number {
  if (kind !== "live") return 0;
  const share = (endsAt - now) / lifetime;
  return Number.isNaN(share) ? 0 : Math.max(0, Math.min(1, share));
}
