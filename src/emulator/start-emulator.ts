import { parseEventFilter } from "../filters/parse.ts";
import type { EmulatorClock } from "./clock.ts";
import { createEmulator, type Emulator } from "./emulator.ts";
import type { Clock, RunningEmulator, StartOptions } from "./running-emulator.ts";
import { type RunningServer, serve } from "./serve.ts";
import { emulatorApp } from "./settings.ts";
import type { StateFile } from "./state-file.ts";
import { instantOf, millisecondsOf } from "./time.ts";

export type { Delivery, EmulatedEvent } from "./deliveries.ts";
export type { ActiveFault, Fault, Faults } from "./faults.ts";
export type { LoggedRequest } from "./request-log.ts";
export type { Clock, RunningEmulator, StartOptions } from "./running-emulator.ts";
export type { AppSettings, EmulatorSettings, UserSettings } from "./settings.ts";
export type { EmulatorState, SessionState, SubscriptionState } from "./state.ts";

/**
 * Starts a RingCentral on a loopback port: OAuth, both Subscription APIs, the WebSocket gateway, handshakes,
 * deliveries and rate limits. Rejects with an Error that says why where the port is taken, the state file
 * cannot be used, or an option makes no sense.
 */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  const { port = 0, frozen = false, state } = options;
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new RangeError(`${port} is not a port: use a number from 0 to 65535.`);
  }
  const base = createBase(options.time === undefined ? undefined : toInstant(options.time));
  const emulator = createEmulator({
    clock: base,
    ...(options.settings && { settings: options.settings }),
    ...(options.seed !== undefined && { seed: options.seed }),
  });
  const initialSettings = emulator.settings;
  const begin = () => {
    base.restart();
    if (frozen) emulator.clock.freeze();
  };
  begin();
  const file = state === undefined ? undefined : await follow(state, emulator);
  const server = await serve(emulator.fetch, { port, upgrade: emulator.upgrade }).catch(
    async (error: unknown) => {
      await file?.close();
      throw plainError(error);
    },
  );

  const close = once(async () => {
    await server.close();
    await file?.close();
    // Timers, WebSockets and connections to endpoints end with this.
    emulator.reset();
  });
  const reset = () => {
    emulator.reset();
    emulator.configure(initialSettings);
    begin();
  };
  return createRunning(emulator, server, { reset, close });
}

function createRunning(
  emulator: Emulator,
  { url, port }: RunningServer,
  { reset, close }: Pick<RunningEmulator, "reset" | "close">,
): RunningEmulator {
  const [app = emulatorApp] = emulator.settings.apps;
  const { faults, requests, deliveries, configure, state, clearLog, blacklist, cutConnections } =
    emulator;
  return {
    url,
    port,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    jwt: (user = 1) => `user-${user}`,
    clock: createClock(emulator.clock),
    sendEvent: async (event) => emulator.sendEvent({ ...event, filter: wholeFilter(event.filter) }),
    faults,
    cutConnections,
    blacklist,
    configure,
    get settings() {
      return emulator.settings;
    },
    subscriptions: (user) =>
      state().subscriptions.filter((one) => user === undefined || one.user === user),
    state,
    requests,
    deliveries,
    clearLog,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The machine's time, or one that is `start` when it is asked for first. */
function createBase(start: number | undefined) {
  let askedAt: number | undefined;
  return {
    now() {
      const now = Date.now();
      askedAt ??= now;
      return start === undefined ? now : start + now - askedAt;
    },
    restart() {
      askedAt = undefined;
    },
  };
}

function createClock(clock: EmulatorClock): Clock {
  return {
    now: () => new Date(clock.now()),
    get frozen() {
      return clock.frozen;
    },
    advance: async (duration) => clock.advance(toMilliseconds(duration)),
    set: async (instant) => clock.set(toInstant(instant)),
    freeze: () => clock.freeze(),
    resume: () => clock.resume(),
  };
}

function toMilliseconds(duration: string | number): number {
  const milliseconds = typeof duration === "number" ? duration : millisecondsOf(duration);
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw new RangeError(
    `${JSON.stringify(duration)} is not a duration such as "90s", "3d" or "1h30m".`,
  );
}

function toInstant(time: Date | string | number): number {
  const instant = typeof time === "string" ? instantOf(time) : Number(time);
  if (Number.isFinite(instant)) return instant;
  throw new RangeError(`${JSON.stringify(time)} is not an instant such as "2027-01-31T00:00:00Z".`);
}

function wholeFilter(filter: string): string {
  return parseEventFilter(filter, { allowUnknown: true }).eventFilter;
}

async function follow(path: string, emulator: Emulator): Promise<StateFile> {
  const [{ openStateFile }, { setTimeout }] = await Promise.all([
    import("./state-file.ts"),
    import("node:timers/promises"),
  ]);
  const sleep = (milliseconds: number) => setTimeout(milliseconds);
  const { signal } = new AbortController();
  return openStateFile(path, emulator, { clock: { now: Date.now, sleep }, signal }).catch(
    (error: unknown) => {
      throw plainError(error);
    },
  );
}

/** The command line's errors carry exit codes, and hints that name its flags. */
function plainError(error: unknown): unknown {
  return error instanceof Error ? new Error(error.message, { cause: error.cause }) : error;
}

function once<Result>(act: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= act();
    return result;
  };
}
