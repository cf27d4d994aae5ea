import type { EventSeries } from "../events/samples/event-context.ts";
import { isObject, parseJson } from "../machine/json.ts";
import type { Backend, Delivery, RateWindow } from "./backend.ts";
import type { ActiveFault } from "./control/faults.ts";
import { scheduleRetry } from "./deliveries/deliveries.ts";
import type { Retry } from "./deliveries/retries.ts";
import type { LoggedRequest } from "./request-log.ts";
import {
  isBoolean,
  isCount,
  isListOf,
  isNumber,
  isOneOf,
  isRecordOf,
  isText,
  type Rule,
} from "./rules.ts";
import { changesShape, isProtected } from "./setting-table.ts";
import type { EmulatorSettings } from "./settings.ts";
import type { Session } from "./sign-in/sessions.ts";
import type { StoredSubscription } from "./subscriptions/store.ts";

/** All that another emulator needs to resume, secrets included. Instants are milliseconds since the epoch. */
export interface Snapshot {
  readonly format: "rcwh-emulator";
  readonly schemaVersion: 1;
  /** By the clock that was given to the emulator. */
  readonly savedAt: number;
  /** By the emulator's own clock. */
  readonly now: number;
  readonly frozen: boolean;
  /** The settings that were changed while it ran. */
  readonly settings: Partial<EmulatorSettings>;
  readonly sessions: readonly Session[];
  /** Webhooks only: WebSocket subscriptions end with the process. */
  readonly subscriptions: readonly StoredSubscription[];
  readonly rateWindows: readonly RateWindow[];
  readonly faults: readonly ActiveFault[];
  /** The latest ones. */
  readonly requests: readonly LoggedRequest[];
  /** The latest ones. */
  readonly deliveries: readonly Delivery[];
  /** Deliveries that will be retried. */
  readonly retries: readonly Retry[];
  /** How many events were sent. */
  readonly eventCount: number;
  /** What the latest event shares with the next. */
  readonly eventSeries?: EventSeries;
  /** The position in the sequence of the seed. */
  readonly randomPosition?: number;
  /** How many deliveries were started. */
  readonly deliveryCount: number;
}

/** A text that is not a snapshot. The message finishes the sentence "It cannot be used: …". */
export class UnusableSnapshot extends Error {}

/** Throws `UnusableSnapshot`. */
export function parseSnapshot(text: string): Snapshot {
  const value = parseJson(text);
  if (value === undefined) throw new UnusableSnapshot("it is not JSON, or is incomplete");
  if (!isObject(value) || value["format"] !== "rcwh-emulator") {
    throw new UnusableSnapshot("it does not hold the state of an emulator");
  }
  if (value["schemaVersion"] !== 1) {
    throw new UnusableSnapshot("it was written by another version of rcwh");
  }
  const flaw = snapshotShape.find(value, "");
  if (flaw) throw new UnusableSnapshot(`the field ${flaw.name} is damaged`);
  // Every field has been checked.
  return value as unknown as Snapshot;
}

/** Without the protected settings: a file must not change them. */
export function withoutProtected(settings: Partial<EmulatorSettings>): Partial<EmulatorSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !isProtected(name)));
}

/** The part of a snapshot that the backend holds. */
export function readSnapshot(backend: Backend) {
  const { clock, sessions, subscriptions, rateWindows, deliveries, retries } = backend;
  return {
    now: clock.now(),
    frozen: clock.frozen,
    sessions: sessions.all(),
    subscriptions: subscriptions
      .all()
      .filter(({ deliveryMode }) => deliveryMode.transportType === "WebHook"),
    rateWindows: rateWindows.all(),
    deliveries: deliveries.log.slice(-savedLogEntries).map(({ body: _, ...rest }) => rest),
    retries: retries.all(),
    eventCount: backend.eventCount,
    ...(backend.eventSeries && { eventSeries: backend.eventSeries }),
    deliveryCount: backend.deliveryCount,
  };
}

/** Puts that part into the backend. The clock must already show the time of the snapshot. */
export function restoreSnapshot(snapshot: Snapshot, backend: Backend): void {
  backend.sessions.restore(snapshot.sessions);
  for (const subscription of snapshot.subscriptions) backend.subscriptions.put(subscription);
  backend.rateWindows.restore(snapshot.rateWindows);
  backend.deliveries.restore(snapshot.deliveries);
  for (const retry of snapshot.retries) scheduleRetry(retry, backend);
  backend.eventCount = snapshot.eventCount;
  backend.eventSeries = snapshot.eventSeries;
  backend.deliveryCount = snapshot.deliveryCount;
}

/** Entries of each log in a snapshot: few, because it is saved after each request. */
export const savedLogEntries = 200;

const areSettings: Rule = {
  ...changesShape,
  find: (value, name) => changesShape.find(isObject(value) ? withoutProtected(value) : value, name),
};

const isRecord = isRecordOf({});
const isSession = isRecordOf({
  id: isText,
  user: isNumber,
  clientId: isText,
  endpointId: isText,
  scopes: isListOf(isText),
  startedAt: isNumber,
  accessToken: isText,
  accessTokenExpiresAt: isNumber,
});
const isSubscription = isRecordOf({
  id: isText,
  api: isOneOf("platform", "webinar"),
  user: isNumber,
  clientId: isText,
  deliveryMode: isRecordOf({ transportType: isOneOf("WebHook"), address: isText }),
  eventFilters: isListOf(isText),
  disabledFilters: isListOf(isRecordOf({ filter: isText, reason: isText, message: isText })),
  createdAt: isNumber,
  expiresAt: isNumber,
  lifetime: isNumber,
});
const isNotification = isRecordOf({
  uuid: isText,
  event: isText,
  timestamp: isText,
  subscriptionId: isText,
  ownerId: isText,
});

const snapshotShape = isRecordOf(
  {
    savedAt: isNumber,
    now: isNumber,
    frozen: isBoolean,
    settings: areSettings,
    sessions: isListOf(isSession),
    subscriptions: isListOf(isSubscription),
    rateWindows: isListOf(
      isRecordOf({ clientId: isText, group: isText, requests: isListOf(isNumber) }),
    ),
    faults: isListOf(isRecordOf({ id: isText, fired: isNumber })),
    requests: isListOf(isRecord),
    deliveries: isListOf(isRecord),
    retries: isListOf(
      isRecordOf({
        notification: isNotification,
        place: isNumber,
        attempt: isNumber,
        instant: isNumber,
      }),
    ),
    eventCount: isNumber,
    deliveryCount: isNumber,
  },
  {
    // The generator is run that many times.
    randomPosition: isCount(0, 2 ** 32),
    eventSeries: isRecordOf({ seed: isText, since: isNumber }),
  },
);
