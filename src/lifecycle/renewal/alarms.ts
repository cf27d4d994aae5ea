import { UsageError } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { disabledFiltersHint } from "../../subscriptions/disabled-filters.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../../subscriptions/health.ts";
import { parseDuration, remainingSeconds } from "../../subscriptions/lifetime.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { Subscription } from "../../subscriptions/subscription.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { type MissingCandidate, tellMissing, wayOut } from "../missing.ts";

/** The conditions of `--fail-on`. */
export interface AlarmConditions {
  /** Milliseconds: less than this remains, and it does not renew itself. */
  readonly expiring?: number;
  /** It delivers nothing, whether its status is Blacklisted or another one. */
  readonly blacklisted?: true;
  readonly disabledFilters?: true;
  /** It is on record, but the server no longer has it. An expired one counts as `expiring`, too. */
  readonly gone?: true;
}

export interface Alarm {
  readonly id: string;
  readonly code:
    | "EXPIRING"
    | "UNHEALTHY"
    | "DISABLED_FILTERS"
    | "MALFORMED"
    | "EXPIRED"
    | "DELETED"
    | "GAP";
  /** A sentence that names the subscription. */
  readonly message: string;
  readonly hint: string;
}

const flag = "--fail-on";
const forms = "expiring=24h, blacklisted, disabled-filters and gone";

/** Parses conditions separated by commas, such as `expiring=24h,blacklisted`. Throws UsageError. */
export function parseAlarmConditions(text: string): AlarmConditions {
  let conditions: AlarmConditions = {};
  for (const word of text.split(",").map((each) => each.trim())) {
    const [name, ...values] = word.split("=");
    const value = values.length > 0 ? values.join("=") : undefined;
    if (name === "expiring" && value) {
      conditions = { ...conditions, expiring: parseDuration(value, `${flag} expiring=`, "h") };
    } else if (name === "blacklisted" && value === undefined) {
      conditions = { ...conditions, blacklisted: true };
    } else if (name === "disabled-filters" && value === undefined) {
      conditions = { ...conditions, disabledFilters: true };
    } else if (name === "gone" && value === undefined) {
      conditions = { ...conditions, gone: true };
    } else {
      throw new UsageError(
        name === "expiring"
          ? `${flag} expiring needs a duration.`
          : `Invalid ${flag} condition ${JSON.stringify(word)}.`,
        `Use one or more of ${forms}, separated by commas.`,
      );
    }
  }
  return conditions;
}

/** Of what is only on record: an expiry stays an alarm until it is re-created or forgotten. */
export function findRecordedAlarms(
  recorded: MissingCandidate,
  { expiring, gone }: AlarmConditions,
): readonly Alarm[] {
  const { id, status, missing } = recorded;
  const isExpired = status === "Expired";
  if (!gone && !(expiring !== undefined && isExpired)) return [];
  const message = `${tellMissing(missing)}.`;
  return [{ id, code: isExpired ? "EXPIRED" : "DELETED", message, hint: wayOut(missing) }];
}

/** One alarm for each condition that a subscription meets. */
export function findAlarms(
  subscription: Subscription,
  { expiring, blacklisted, disabledFilters }: AlarmConditions,
  now: number,
  own?: OwnIds,
): readonly Alarm[] {
  // Its listener looks after it, and ends where it cannot.
  if (isOfListener(subscription)) return [];
  const { id, deliveryMode, disabledFilters: disabled = [] } = subscription;
  const name = nameOf(subscription);
  const alarms: Alarm[] = [];
  const left = remainingSeconds(subscription, now) * 1000;
  // RingCentral renews a WebSocket's while it is open.
  const expires = deliveryMode.transportType !== "WebSocket";
  if (expiring !== undefined && expires && !(left > expiring)) {
    const message =
      left < 1000 ? `${name} ${relativeExpiry(left)}.` : `${name} expires ${relativeExpiry(left)}.`;
    alarms.push({ id, code: "EXPIRING", message, hint: `Renew it with \`rcwh renew ${id}\`.` });
  }
  if (blacklisted && !isHealthy(subscription)) {
    const message = describeUnhealthy(subscription, name);
    alarms.push({ id, code: "UNHEALTHY", message, hint: repairHint(subscription) });
  }
  if (disabledFilters && disabled.length > 0) {
    const message = `${name} has disabled filters: ${disabled.map(({ filter }) => filter).join(", ")}.`;
    const hint = disabledFiltersHint(subscription, own) ?? `See \`rcwh show ${id}\`.`;
    alarms.push({ id, code: "DISABLED_FILTERS", message, hint });
  }
  return alarms;
}
