import type { Backend } from "./backend.ts";
import type { Delivery } from "./deliveries.ts";
import type { ActiveFault } from "./faults.ts";
import type { RateWindow } from "./rate-limits.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { Session } from "./sessions.ts";
import type { EmulatorSettings } from "./settings.ts";
import type { StoredSubscription } from "./subscription-store.ts";

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
  /** How many events there were. */
  readonly eventCount: number;
}

/** What a text that is no snapshot is instead. */
export class ForeignSnapshot extends Error {}

/** Throws `ForeignSnapshot`, whose message finishes the sentence "It cannot be used: …". */
export function parseSnapshot(text: string): Snapshot {
  const value = parseJson(text);
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
  const { clock, sessions, subscriptions, rateWindows, deliveries } = backend;
  return {
    now: clock.now(),
    frozen: clock.frozen,
    sessions: sessions.all(),
    subscriptions: subscriptions
      .all()
      .filter(({ deliveryMode }) => deliveryMode.transportType === "WebHook"),
    rateWindows: rateWindows.all(),
    deliveries: deliveries.log.slice(-savedLog),
    eventCount: backend.eventCount,
  };
}

/** Puts it there. The clock has to be where it was when the snapshot was taken. */
export function restoreSnapshot(snapshot: Snapshot, backend: Backend): void {
  backend.sessions.restore(snapshot.sessions);
  for (const subscription of snapshot.subscriptions) backend.subscriptions.put(subscription);
  backend.rateWindows.restore(snapshot.rateWindows);
  backend.deliveries.restore(snapshot.deliveries);
  backend.eventCount = snapshot.eventCount;
}

/** So many entries of each log are kept, so that saving after each request costs little. */
export const savedLog = 200;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ForeignSnapshot("it is not JSON, or not all of it");
  }
}

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
  settings: isObject,
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
  eventCount: isNumber,
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
