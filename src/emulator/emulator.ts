import { randomUUID } from "node:crypto";
import { Hono } from "hono/tiny";
import { createConnections } from "../endpoint/connections.ts";
import { addressesOf } from "../machine/lookup.ts";
import { addAccountRoutes } from "./account/account.ts";
import { createActivity } from "./activity.ts";
import { answerProblem, textOf } from "./answers.ts";
import type { Backend, Exchange, Routes } from "./backend.ts";
import { createEmulatorClock } from "./clock.ts";
import { addControlRoutes } from "./control/control.ts";
import { createFaults } from "./control/faults.ts";
import { blacklist } from "./deliveries/blacklisting.ts";
import { sendAgain, sendEvent } from "./deliveries/deliveries.ts";
import { createDeliveries } from "./deliveries/delivery-queues.ts";
import { createRetries } from "./deliveries/retries.ts";
import { addWebSocketTokenRoute, createGateway, gatewayPath } from "./gateway/gateway.ts";
import { createInterceptors } from "./interceptors.ts";
import type { Emulator, EmulatorOptions } from "./interface.ts";
import { Problem, problemOf, unknownPath } from "./problems.ts";
import { createRandom } from "./random.ts";
import { createRateWindows } from "./rate-limits.ts";
import { codeOf, createRequestLog } from "./request-log.ts";
import { defaultSettings, readChanges } from "./setting-table.ts";
import type { EmulatorSettings } from "./settings.ts";
import { addOAuthRoutes } from "./sign-in/oauth.ts";
import { createSessions } from "./sign-in/sessions.ts";
import { readSnapshot, restoreSnapshot, savedLogEntries, withoutProtected } from "./snapshot.ts";
import { readState } from "./state.ts";
import { createSubscriptionStore } from "./subscriptions/store.ts";
import { addSubscriptionRoutes } from "./subscriptions/subscriptions.ts";
import { scheduleTimers } from "./subscriptions/timers.ts";
import { createStubs } from "./testing/stubs.ts";

export function createEmulator(options: EmulatorOptions): Emulator {
  const initial = readChanges(options.settings ?? {});
  let settings: EmulatorSettings = { ...defaultSettings, ...initial };
  /** The settings that were changed since the start. */
  let changes: Partial<EmulatorSettings> = {};
  let untilReset = new AbortController();
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const tell of watchers) tell();
  };
  const activity = createActivity(changed);
  const clock = createEmulatorClock(options.clock, changed);
  const random = createRandom(options.seed);
  const createId = options.createId ?? random.uuid;
  const log = createRequestLog();
  const interceptors = createInterceptors();
  const stubs = createStubs();
  const faults = createFaults(random, () => settings);
  const backend: Backend = {
    get settings() {
      return settings;
    },
    clock,
    createId,
    createEventId: options.createId ?? random.decimal,
    random,
    lookup: options.lookup ?? addressesOf,
    sessions: createSessions(clock, random),
    subscriptions: createSubscriptionStore(clock),
    deliveries: createDeliveries(activity),
    retries: createRetries(clock),
    connections: createConnections(),
    rateWindows: createRateWindows(),
    gateway: createGateway(
      () => backend,
      (request, session) => answer(request, session),
    ),
    eventCount: 0,
    eventSeries: undefined,
    deliveryCount: 0,
    get resetSignal() {
      return untilReset.signal;
    },
  };
  const { sessions, subscriptions, deliveries, retries, connections, rateWindows, gateway } =
    backend;

  const reset = () => {
    untilReset.abort();
    untilReset = new AbortController();
    sessions.clear();
    subscriptions.clear();
    deliveries.clear();
    deliveries.abandon();
    retries.clear();
    connections.close();
    gateway.clear();
    rateWindows.clear();
    faults.clear();
    stubs.clear();
    log.clear();
    backend.eventCount = 0;
    backend.eventSeries = undefined;
    backend.deliveryCount = 0;
    clock.reset();
    random.restart();
  };
  const scheduleAgain = scheduleTimers(backend);

  /** `gatewaySession` is set for a request that came over a WebSocket. */
  const answer = async (request: Request, gatewaySession?: string): Promise<Response> => {
    const { method, url } = request;
    const path = new URL(url).pathname;
    const isControl = path.startsWith("/emulator/");
    // Requests to the control API must not change what the seed gives next.
    const requestId = isControl ? randomUUID() : createId();
    const exchange: Exchange = { requestId, ...(gatewaySession && { gatewaySession }) };
    const finish = isControl ? undefined : log.begin(clock.now());
    // A reader that reads again after each change must not cause one by reading.
    const isLook = isControl && method === "GET";
    const end = isLook ? () => {} : isControl ? changed : activity.begin();
    const response =
      (await interceptors.answer(request)) ??
      (await faults.answer(request, exchange, async () => routes.fetch(request, exchange)));
    finish?.({ method, path, status: response.status, ...logged(exchange) });
    end();
    return complete(response, exchange, isControl ? undefined : clock.now());
  };

  const emulator: Emulator = {
    fetch: (request) => answer(request),
    upgrade: { path: gatewayPath, accept: gateway.upgrade },
    cutConnections: () => gateway.cut(),
    sendEvent: (event) => sendEvent(event, backend).finally(changed),
    sendAgain: (notification, text) => sendAgain(notification, text, backend),
    intercept: (answer, times = 1) => interceptors.offer(answer, times),
    faults,
    stubs,
    blacklist(subscriptionId, reason = "I/O operation is failed. Details: [Read timed out]") {
      const subscription = subscriptions.find(subscriptionId);
      if (!subscription) throw new RangeError(`No such subscription: ${subscriptionId}.`);
      blacklist(subscription, reason, backend);
      changed();
    },
    configure(proposed) {
      const wanted = readChanges(proposed);
      settings = { ...settings, ...wanted };
      changes = { ...changes, ...wanted };
      scheduleAgain();
      changed();
    },
    clearLog() {
      log.clear();
      deliveries.clear();
      stubs.clearCalls();
    },
    reset,
    state: () => readState(backend),
    snapshot: () => ({
      format: "rcwh-emulator",
      schemaVersion: 1,
      savedAt: options.clock.now(),
      settings: withoutProtected(changes),
      faults: faults.list(),
      requests: log.entries.slice(-savedLogEntries),
      ...(random.position > 0 && { randomPosition: random.position }),
      ...readSnapshot(backend),
    }),
    async restore(snapshot) {
      reset();
      changes = readChanges(withoutProtected(snapshot.settings));
      settings = { ...defaultSettings, ...changes, ...initial };
      log.restore(snapshot.requests);
      faults.restore(snapshot.faults);
      // Otherwise the seed would give the same ids again.
      random.restart(snapshot.randomPosition);
      if (snapshot.frozen) clock.freeze();
      await clock.set(snapshot.now);
      restoreSnapshot(snapshot, backend);
      const missed = Math.max(0, options.clock.now() - snapshot.savedAt);
      await clock.leap(snapshot.now + (snapshot.frozen ? 0 : missed));
    },
    watch(listener) {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
    get settings() {
      return settings;
    },
    clock,
    idle: activity.idle,
    requests: log.entries,
    deliveries: deliveries.log,
  };
  const routes = createRoutes(backend, emulator, options.onError ?? writeToConsole);
  return emulator;
}

function writeToConsole(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: in a test run nothing else would show it.
  console.error(error);
}

function createRoutes(
  backend: Backend,
  emulator: Emulator,
  report: (error: unknown) => void,
): Routes {
  const routes: Routes = new Hono();
  routes.use(async ({ req }, next) => {
    // The router ignores a trailing slash, RingCentral does not.
    if (req.path.endsWith("/")) throw unknownPath();
    await next();
  });
  routes.use(async (call, next) => {
    const answered = await emulator.stubs.answer(call, backend);
    if (answered) return answered;
    return next();
  });
  addOAuthRoutes(routes, backend);
  addWebSocketTokenRoute(routes, backend);
  addAccountRoutes(routes, backend);
  addSubscriptionRoutes(routes, backend);
  addControlRoutes(routes, backend, emulator);
  routes.notFound(() => {
    throw unknownPath();
  });
  routes.onError((error, { env }) => {
    const isExpected = error instanceof Problem;
    // A bug in the emulator: its operator should see the details, clients should not.
    if (!isExpected) report(error);
    const problem = isExpected ? error : problemOf("CMN-203");
    env.code = codeOf(problem);
    return answerProblem(problem);
  });
  return routes;
}

function logged({ requestId, body, user, code, fault, note }: Exchange) {
  return {
    requestId,
    ...(code !== undefined && { code }),
    ...(fault !== undefined && { fault }),
    ...(note !== undefined && { note }),
    ...(body !== undefined && { body }),
    ...(user !== undefined && { user }),
  };
}

/** Adds the headers of every answer. */
function complete(
  response: Response,
  { requestId, rateLimitHeaders = {} }: Exchange,
  now: number | undefined,
): Response {
  if (response.type === "error") return response;
  const { body, status, statusText } = response;
  const isOurs = textOf(response) !== undefined;
  const headers = isOurs ? response.headers : new Headers(response.headers);
  // The emulator's clock may differ from this machine's.
  const time = now !== undefined && { Date: new Date(now).toUTCString() };
  for (const [name, value] of Object.entries({
    RCRequestId: requestId,
    ...time,
    ...rateLimitHeaders,
  })) {
    if (!headers.has(name)) headers.set(name, value);
  }
  return isOurs ? response : new Response(body, { status, statusText, headers });
}
