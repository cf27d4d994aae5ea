import { once } from "../../machine/promises.ts";
import type { EmulatorClock } from "../clock.ts";
import { createEmulator } from "../emulator.ts";
import type { Emulator } from "../interface.ts";
import { emulatorApp } from "../settings.ts";
import { environmentFor } from "../testing/environment.ts";
import { comeToRest, toStops } from "../testing/rest.ts";
import { createWaits, defaultWaitTimeout, toTimeout, type Waits } from "../testing/waits.ts";
import type { Clock, IdleOptions, RunningEmulator, StartOptions } from "./running-emulator.ts";
import { type RunningServer, serve } from "./serve.ts";
import { checkOptions, readEvent, toInstant, toMilliseconds, toUser } from "./start-options.ts";
import type { StateFile } from "./state-file.ts";

export type { Delivery, EmulatedEvent, SentEvent } from "../backend.ts";
export type { Fault } from "../control/fault-rules.ts";
export type { ActiveFault, Faults } from "../control/faults.ts";
export type { ProblemCode } from "../problem-codes.ts";
export type { LoggedRequest } from "../request-log.ts";
export type {
  App,
  AppSettings,
  DisabledFilterRule,
  EmulatorSettings,
  ExtensionStatus,
  RateLimitGroup,
  SettingsChanges,
  UserSettings,
} from "../settings.ts";
export type { EmulatorState, SessionState, SubscriptionState } from "../state.ts";
export {
  type ConnectedAdvanceOptions,
  type ConnectedClock,
  type ConnectedEmulator,
  type ConnectedStub,
  type ConnectOptions,
  connectEmulator,
} from "../testing/connect.ts";
export type {
  DeliveryMatch,
  RequestMatch,
  SubscriptionMatch,
  TextMatch,
  Wanted,
} from "../testing/matching.ts";
export type { Stub, StubAnswer, StubCall, StubHandler, StubOptions } from "../testing/stubs.ts";
export type { LogWaitOptions, WaitOptions, Waits } from "../testing/waits.ts";
export type {
  AdvanceOptions,
  BodyOf,
  Clock,
  IdleOptions,
  RunningEmulator,
  StartOptions,
  TypedEvent,
} from "./running-emulator.ts";

/**
 * Starts an emulated RingCentral on a loopback port: OAuth, both Subscription APIs, the WebSocket gateway,
 * handshakes, deliveries and rate limits. Rejects with an Error if the port is taken, the state file cannot be used,
 * or an option is invalid.
 */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  checkOptions(options);
  const { port = 0, frozen = false, state, onError } = options;
  const base = createBase(options.time === undefined ? undefined : toInstant(options.time));
  const emulator = createEmulator({
    clock: base,
    ...(options.settings && { settings: options.settings }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(onError && { onError }),
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
      emulator.reset();
      await file?.close();
      throw plainError(error);
    },
  );

  const closing = new AbortController();
  const close = once(async () => {
    closing.abort(new Error("The emulator is closed."));
    await server.close();
    await file?.close();
    // Ends timers, WebSockets and connections to endpoints.
    emulator.reset();
  });
  const reset = () => {
    emulator.reset();
    emulator.configure(initialSettings);
    begin();
  };
  const checkOpen = () => closing.signal.throwIfAborted();
  const waits = createWaits({
    url: server.url,
    timeout: toTimeout(options.waitTimeout) ?? defaultWaitTimeout,
    closed: closing.signal,
    change: (signal) => nextChange(emulator, signal),
    requests: () => emulator.requests,
    deliveries: () => emulator.deliveries,
    subscriptions: () => emulator.state().subscriptions,
  });
  const rest = (given: IdleOptions = {}) =>
    comeToRest(emulator, { timeout: options.waitTimeout, ...given }, closing.signal);
  return createRunning(emulator, server, { ...waits, reset, close, checkOpen, idle: rest });
}

interface Life extends Waits, Pick<RunningEmulator, "reset" | "close" | "idle"> {
  /** Throws once the emulator is closed. */
  checkOpen(): void;
}

function createRunning(
  emulator: Emulator,
  { url, port }: RunningServer,
  { checkOpen, reset, close, idle, ...waits }: Life,
): RunningEmulator {
  const [app = emulatorApp] = emulator.settings.apps;
  const { requests, deliveries, state } = emulator;
  const open = <Given extends readonly unknown[], Result>(act: (...given: Given) => Result) => {
    return (...given: Given) => {
      checkOpen();
      return act(...given);
    };
  };
  const { clientId, clientSecret } = app;
  const jwt = (user = 1) => `user-${toUser(user)}`;
  return {
    url,
    port,
    clientId,
    clientSecret,
    jwt,
    env: (user) => environmentFor({ url, clientId, clientSecret, jwt: jwt(user) }),
    clock: createClock(emulator.clock, checkOpen, idle),
    idle,
    async sendEvent(event) {
      checkOpen();
      // The body is the one that was given, or made up for the filter.
      return (await emulator.sendEvent(readEvent(event))) as never;
    },
    faults: { ...emulator.faults, add: open(emulator.faults.add) },
    on: open(emulator.stubs.add),
    cutConnections: emulator.cutConnections,
    blacklist: open(emulator.blacklist),
    configure: open(emulator.configure),
    get settings() {
      return emulator.settings;
    },
    subscriptions(user) {
      const wanted = user === undefined ? undefined : toUser(user);
      return state().subscriptions.filter((one) => wanted === undefined || one.user === wanted);
    },
    state,
    requests,
    deliveries,
    ...waits,
    clearLog: emulator.clearLog,
    reset: open(reset),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Resolves when something may have changed, or when the signal aborts. */
function nextChange(emulator: Emulator, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unwatch();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const unwatch = emulator.watch(done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

/** The machine's clock, or one that shows `start` at its first reading. */
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

function createClock(
  clock: EmulatorClock,
  checkOpen: () => void,
  idle: RunningEmulator["idle"],
): Clock {
  return {
    now: () => new Date(clock.now()),
    get frozen() {
      return clock.frozen;
    },
    async advance(duration, options) {
      checkOpen();
      await clock.advance(toMilliseconds(duration), toStops(options, idle));
    },
    async set(instant, options) {
      checkOpen();
      await clock.set(toInstant(instant), toStops(options, idle));
    },
    freeze() {
      checkOpen();
      clock.freeze();
    },
    resume() {
      checkOpen();
      clock.resume();
    },
  };
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

/** Without the exit codes and hints of errors for the command line. */
function plainError(error: unknown): unknown {
  return error instanceof Error ? new Error(error.message, { cause: error.cause }) : error;
}
