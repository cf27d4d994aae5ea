import type { Listing } from "../../lifecycle/listing.ts";
import { malformedAlarm } from "../../lifecycle/malformed.ts";
import { tellMissing, wayOut } from "../../lifecycle/missing.ts";
import type { Alarm } from "../../lifecycle/renewal/alarms.ts";
import { redactAddress } from "../../machine/redact.ts";
import { isKeptByOthers } from "../../subscriptions/due.ts";
import { type Forecast, forecast, type RenewalRuns } from "../../subscriptions/forecast.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../../subscriptions/health.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { idShortener } from "../../subscriptions/short-id.ts";
import { instant, relativeExpiry, relativeTime } from "../../subscriptions/time.ts";
import { malformedRow } from "../output/malformed-row.ts";
import { gapRemedy, type RemedyOptions } from "./gap-remedy.ts";

/** What is to come for one subscription. Times are milliseconds since the epoch, by the server's clock. */
export interface ForecastRow extends Forecast {
  readonly id: string;
  /** The beginning of the id that no other row has, of eight characters or more. */
  readonly shortId: string;
  readonly profile: string;
  readonly api: string;
  readonly status: string;
  readonly address: string;
  /** The address as people may see it. */
  readonly url: string;
  readonly expirationTime: string;
  /** Why it delivers nothing now, and no run of `renew` changes that. */
  readonly lost?: string;
  /** RingCentral or a listener renews it. */
  readonly keptByOthers?: true;
  /** Nothing is known about it. */
  readonly isUnknown?: true;
  /** Why it needs attention. */
  readonly alarm?: Alarm;
}

/** What is drawn. Milliseconds. */
export interface ForecastPlan {
  readonly rows: readonly ForecastRow[];
  readonly from: number;
  readonly until: number;
  readonly every: number;
}

export interface RowOptions {
  readonly runs: RenewalRuns;
  /** Milliseconds that the forecast is about. */
  readonly horizon: number;
  readonly showSecrets: boolean;
  /** Whether malformed records are among them. */
  readonly isAboutAll: boolean;
}

/** A row for everything that an account has or had; each has its whole id for a short one. */
export function forecastRows(listing: Listing, options: RowOptions): readonly ForecastRow[] {
  const { subscriptions, recorded, malformed, records, own, now } = listing;
  const { runs, horizon, showSecrets, isAboutAll } = options;
  const shown = (address: string) => redactAddress(address, showSecrets);
  const living = subscriptions.map((subscription): ForecastRow => {
    const { id, profile, api, status, expirationTime } = subscription;
    const address = subscription.deliveryMode.address ?? "";
    const recorded = records.get(id);
    const known = { recorded, own, runs, now };
    const found = forecast(subscription, { ...known, until: now + horizon });
    const keptByOthers = isKeptByOthers(subscription);
    const alarm = keptByOthers ? undefined : alarmAbout(subscription, found, known);
    return {
      ...{ id, shortId: id, profile, api, status, address, url: shown(address), expirationTime },
      ...found,
      ...(isHealthy(subscription)
        ? found.expiresAt <= now && { lost: "Expired" }
        : { lost: status }),
      ...(keptByOthers && { keptByOthers }),
      ...(alarm && { alarm }),
    };
  });
  const gone = recorded.map((each): ForecastRow => {
    const { id, profile, api, status, expirationTime, deliveryMode, missing } = each;
    const address = deliveryMode.address ?? "";
    const code = status === "Expired" ? "EXPIRED" : "DELETED";
    return {
      ...{ id, shortId: id, profile, api, status, address, url: shown(address), expirationTime },
      ...{ expiresAt: now, renewals: [], gapFrom: now, lost: status },
      alarm: { id, code, message: `${tellMissing(missing)}.`, hint: wayOut(missing) },
    };
  });
  // It is unknown whether a malformed one matches the flags.
  const unreadable = (isAboutAll ? malformed : []).map((each): ForecastRow => {
    const { id, profile, api, status, expirationTime, deliveryMode } = malformedRow(each);
    const address = deliveryMode.address ?? "";
    return {
      ...{ id, shortId: id, profile, api, status, address, url: shown(address), expirationTime },
      ...{ expiresAt: Number.NaN, renewals: [], isUnknown: true },
      alarm: malformedAlarm(each),
    };
  });
  return [...living, ...gone, ...unreadable];
}

function alarmAbout(
  subscription: Listing["subscriptions"][number],
  { expiresAt, gapFrom }: Forecast,
  known: RemedyOptions,
): Alarm | undefined {
  const { id } = subscription;
  const { now, runs } = known;
  const name = nameOf(subscription);
  if (!isHealthy(subscription)) {
    const message = describeUnhealthy(subscription, name);
    return { id, code: "UNHEALTHY", message, hint: repairHint(subscription) };
  }
  if (gapFrom === undefined) return undefined;
  const message =
    expiresAt <= now
      ? `${name} ${relativeExpiry(expiresAt - now)}: no events are delivered.`
      : `Runs every ${formatDuration(runs.every / 1000)} come too late for ${name}: it expires ${relativeTime(gapFrom - now)}.`;
  return { id, code: "GAP", message, hint: gapRemedy(subscription, known) };
}

/** The rows with their ids shortened as far as they stay apart. */
export function shortenIds(rows: readonly ForecastRow[]): readonly ForecastRow[] {
  const shortId = idShortener(rows.map(({ id }) => id));
  return rows.map((row) => ({ ...row, shortId: shortId(row.id) }));
}

/** Lost ones first, then by when they expire if no run works. */
export function byExpiryToCome(a: ForecastRow, b: ForecastRow): number {
  const end = ({ lost, gapFrom, expiresAt }: ForecastRow) =>
    lost !== undefined && gapFrom !== undefined ? 0 : expiresAt || 0;
  return end(a) - end(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A row as JSON has it. Instants are RFC 3339. */
export interface ForecastDocument
  extends Pick<ForecastRow, "id" | "profile" | "api" | "status" | "expirationTime">,
    Pick<ForecastRow, "lost" | "keptByOthers">,
    Partial<Pick<ForecastRow, "address">> {
  readonly renewals: readonly string[];
  readonly gapFrom?: string;
}

export function toForecastDocument(row: ForecastRow): ForecastDocument {
  const { id, profile, api, status, address, expirationTime, renewals, gapFrom } = row;
  const { lost, keptByOthers, isUnknown } = row;
  return {
    ...{ id, profile, api, status, ...(address !== "" && { address }), expirationTime },
    renewals: renewals.map(instant),
    ...(gapFrom !== undefined && { gapFrom: instant(gapFrom) }),
    ...(lost !== undefined && { lost }),
    ...(isUnknown && { lost: "Malformed" }),
    ...(keptByOthers && { keptByOthers }),
  };
}
