import type { Series } from "../events/samples/event-context.ts";
import { isObject, parseJson } from "../machine/json.ts";
import type { Backend, Delivery, RateWindow } from "./backend.ts";
import type { ActiveFault } from "./control/faults.ts";
import { readChanges } from "./control/setting-rules.ts";
import { scheduleRetry } from "./deliveries/deliveries.ts";
import type { Retry } from "./deliveries/retries.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { EmulatorSettings } from "./settings.ts";
import type { Session } from "./sign-in/sessions.ts";
import type { StoredSubscription } from "./subscriptions/store.ts";

/** All that the emulator needs to go on where it was, secrets included. Instants are milliseconds since the epoch. */
export interface Snapshot {
  readonly format: "rcwh-emulator";
  readonly schemaVersion: 1;
  /** By the clock that the emulator was given. */
  readonly savedAt: number;
  /** By the emulator's own clock. */
  readonly now: number;
  readonly frozen: boolean;
  /** What was changed while it ran. */
  readonly settings: Partial<EmulatorSettings>;
  readonly sessions: readonly Session[];
  /** The ones over a WebSocket end with the process that holds it. */
  readonly subscriptions: readonly StoredSubscription[];
  readonly rateWindows: readonly RateWindow[];
  readonly faults: readonly ActiveFault[];
  /** The latest ones, as the next. */
  readonly requests: readonly LoggedRequest[];
  readonly deliveries: readonly Delivery[];
  /** Deliveries that are to be tried again. */
  readonly retries: readonly Retry[];
  /** How many events there were. */
  readonly eventCount: number;
  /** What the latest one shares with the next. */
  readonly eventSeries?: Series;
  /** How far the sequence of a seed has come. */
  readonly randomPosition?: number;
  /** How many deliveries began. */
  readonly deliveryCount: number;
}

/** What a text that is no snapshot is instead. */
export class ForeignSnapshot extends Error {}

/** Throws `ForeignSnapshot`, whose message finishes the sentence "It cannot be used: …". */
export function parseSnapshot(text: string): Snapshot {
  const value = parseJson(text);
  if (value === undefined) throw new ForeignSnapshot("it is not JSON, or not all of it");
  if (!isObject(value) || value["format"] !== "rcwh-emulator") {
    throw new ForeignSnapshot("it holds something else than an emulator's state");
  }
  if (value["schemaVersion"] !== 1) {
    throw new ForeignSnapshot("another version of rcwh wrote it");
  }
  const wrong = Object.entries(fields).find(([name, accepts]) => !accepts(value[name]));
  if (wrong) throw new ForeignSnapshot(`its ${wrong[0]} are damaged`);
  // Every field has been looked at.
  return value as unknown as Snapshot;
}

/** What of the settings a file must never decide: whom the emulator may call, and whom it trusts. */
export function withoutRights({
  allowRemoteDeliveries: _,
  certificateAuthorities: __,
  ...settings
}: Partial<EmulatorSettings>): Partial<EmulatorSettings> {
  return settings;
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
    deliveries: deliveries.log.slice(-savedLog),
    retries: retries.all(),
    eventCount: backend.eventCount,
    ...(backend.eventSeries && { eventSeries: backend.eventSeries }),
    deliveryCount: backend.deliveryCount,
  };
}

/** Puts it there. The clock has to be where it was when the snapshot was taken. */
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

/** So many entries of each log are kept, so that saving after each request costs little. */
export const savedLog = 200;

type Test = (value: unknown) => boolean;

const isNumber: Test = (value) => typeof value === "number" && Number.isFinite(value);
const isText: Test = (value) => typeof value === "string";
const isFlag: Test = (value) => typeof value === "boolean";
const isListOf =
  (accepts: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(accepts);
const isShape =
  (shape: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isObject(value) && Object.entries(shape).every(([name, accepts]) => accepts(value[name]));

const fields: Readonly<Record<string, Test>> = {
  savedAt: isNumber,
  now: isNumber,
  frozen: isFlag,
  settings: areSettings,
  sessions: isListOf(
    isShape({
      id: isText,
      user: isNumber,
      clientId: isText,
      endpointId: isText,
      scopes: isListOf(isText),
      startedAt: isNumber,
      accessToken: isText,
      accessTokenExpiresAt: isNumber,
    }),
  ),
  subscriptions: isListOf(
    isShape({
      id: isText,
      api: (value) => value === "platform" || value === "webinar",
      user: isNumber,
      clientId: isText,
      deliveryMode: isShape({ transportType: (value) => value === "WebHook", address: isText }),
      eventFilters: isListOf(isText),
      disabledFilters: isListOf(isShape({ filter: isText, reason: isText, message: isText })),
      createdAt: isNumber,
      expiresAt: isNumber,
      lifetime: isNumber,
    }),
  ),
  rateWindows: isListOf(isShape({ clientId: isText, group: isText, requests: isListOf(isNumber) })),
  faults: isListOf(isShape({ id: isText, fired: isNumber })),
  requests: isListOf(isObject),
  deliveries: isListOf(isObject),
  retries: isListOf(
    isShape({
      notification: isShape({
        uuid: isText,
        event: isText,
        timestamp: isText,
        subscriptionId: isText,
        ownerId: isText,
      }),
      place: isNumber,
      attempt: isNumber,
      instant: isNumber,
    }),
  ),
  eventCount: isNumber,
  // A loop runs so often.
  randomPosition: (value) =>
    value === undefined || (isNumber(value) && Number(value) >= 0 && Number(value) <= 2 ** 32),
  eventSeries: (value) => value === undefined || isShape({ seed: isText, since: isNumber })(value),
  deliveryCount: isNumber,
};

/** What a file must not decide is left out anyway. */
function areSettings(value: unknown): boolean {
  try {
    return isObject(value) && readChanges(withoutRights(value)) !== undefined;
  } catch {
    return false;
  }
}
