import { randomUUID } from "node:crypto";
import { Hono } from "hono/tiny";
import { answerProblem } from "./answers.ts";
import type { Backend, Exchange, Routes } from "./backend.ts";
import { blacklist } from "./blacklisting.ts";
import { createEmulatorClock, type EmulatorClock } from "./clock.ts";
import { createConnections } from "./connections.ts";
import { addControlRoutes } from "./control.ts";
import { type Delivery, type EmulatedEvent, sendEvent } from "./deliveries.ts";
import { createDeliveries } from "./delivery-queues.ts";
import { type Lookup, systemLookup } from "./endpoint.ts";
import { addExtensionRoutes } from "./extensions.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createGateway, gatewayPath } from "./gateway.ts";
import { createInterceptors, type Interceptor } from "./interceptors.ts";
import { addOAuthRoutes } from "./oauth.ts";
import { Problem, problemOf, unknownPath } from "./problems.ts";
import { createRandom } from "./random.ts";
import { createRateWindows } from "./rate-limits.ts";
import { codeOf, createRequestLog, type LoggedRequest } from "./request-log.ts";
import { createRetries } from "./retries.ts";
import type { WebSocketUpgrade } from "./serve.ts";
import { createSessions } from "./sessions.ts";
import { readChanges } from "./setting-rules.ts";
import { defaultSettings, type EmulatorSettings, type SettingsChanges } from "./settings.ts";
import {
  readSnapshot,
  restoreSnapshot,
  type Snapshot,
  savedLog,
  withoutRights,
} from "./snapshot.ts";
import { type EmulatorState, readState } from "./state.ts";
import { createSubscriptionStore } from "./subscription-store.ts";
import { scheduleTimers } from "./subscription-timers.ts";
import { addSubscriptionRoutes } from "./subscriptions.ts";
import { addWebSocketTokenRoute } from "./wstoken.ts";

export interface EmulatorOptions {
  /** What time it is until somebody moves it. */
  readonly clock: { now(): number };
  /** Whatever is not named here is as in `defaultSettings`. */
  readonly settings?: SettingsChanges;
  /** Makes ids, tokens, samples and dice the same every time; nobody can predict them without. */
  readonly seed?: number | string;
  /** Ids of requests, subscriptions and events; random UUIDs unless a test wants to know them. */
  readonly createId?: () => string;
  /** How names of endpoints are resolved; by the operating system unless given. */
  readonly lookup?: Lookup;
  /** Hears of a bug in the emulator, which clients are told of as a 500 without more. Written to stderr unless given. */
  readonly onError?: (error: unknown) => void;
}

/** RingCentral in memory, as one function from request to response. */
export interface Emulator {
  /** Answers one request. Never rejects: a connection that breaks is a `Response.error()`. */
  fetch(request: Request): Promise<Response>;
  /** Where WebSockets are opened, for `serve`. */
  readonly upgrade: WebSocketUpgrade;
  /** Cuts every WebSocket, as a bad network does, and says how many there were. Clients can recover. */
  cutConnections(): number;
  /** Lets something happen. Resolves when every endpoint that is subscribed to it has answered or failed. */
  sendEvent(event: EmulatedEvent): Promise<readonly Delivery[]>;
  /**
   * Offers each coming request to `answer`, before anything else sees it, until it has returned a response
   * `times` times (once unless said otherwise). Returns a function that withdraws the offer.
   */
  intercept(answer: Interceptor, times?: number): () => void;
  /** What shall go wrong with requests to come. */
  readonly faults: Faults;
  /** Blacklists a subscription, as the platform does when its endpoint fails for long: it delivers nothing more. */
  blacklist(subscriptionId: string, reason?: string): void;
  /** Changes settings for the requests to come, all of them or none. Throws an Error that names the one that cannot be. */
  configure(changes: SettingsChanges): void;
  /** Forgets the requests and deliveries so far. */
  clearLog(): void;
  /** Forgets sessions, subscriptions, faults and logs, sets the clock right, and starts the seed anew. Settings stay. */
  reset(): void;
  state(): EmulatorState;
  /** All that another emulator needs to go on from here. */
  snapshot(): Snapshot;
  /**
   * Goes on from a snapshot: time has passed since then, unless it stood still, and what fell due meanwhile
   * happens now, once. Resolves when that is done. The settings of `EmulatorOptions` stay.
   */
  restore(snapshot: Snapshot): Promise<void>;
  /** Calls `listener` whenever something may have changed. Returns what ends that. */
  watch(listener: () => void): () => void;
  readonly settings: EmulatorSettings;
  readonly clock: EmulatorClock;
  /** The latest requests to the platform, oldest first; the emulator's own routes are not among them. */
  readonly requests: readonly LoggedRequest[];
  /** The latest deliveries that have ended, in the order in which their events happened. */
  readonly deliveries: readonly Delivery[];
}

export function createEmulator(options: EmulatorOptions): Emulator {
  const initial = readChanges(options.settings ?? {});
  let settings: EmulatorSettings = { ...defaultSettings, ...initial };
  /** What of the settings was changed since the start. */
  let changes: Partial<EmulatorSettings> = {};
  let life = new AbortController();
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const tell of watchers) tell();
  };
  const clock = createEmulatorClock(options.clock, changed);
  const random = createRandom(options.seed);
  const createId = options.createId ?? random.uuid;
  const log = createRequestLog();
  const interceptors = createInterceptors();
  const faults = createFaults(random, () => settings);
  const backend: Backend = {
    get settings() {
      return settings;
    },
    clock,
    createId,
    random,
    lookup: options.lookup ?? systemLookup,
    sessions: createSessions(clock, random),
    subscriptions: createSubscriptionStore(clock),
    deliveries: createDeliveries(),
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
    get life() {
      return life.signal;
    },
  };
  const { sessions, subscriptions, deliveries, retries, connections, rateWindows, gateway } =
    backend;

  const reset = () => {
    life.abort();
    life = new AbortController();
    sessions.clear();
    subscriptions.clear();
    deliveries.clear();
    deliveries.abandon();
    retries.clear();
    connections.close();
    gateway.clear();
    rateWindows.clear();
    faults.clear();
    log.clear();
    backend.eventCount = 0;
    backend.eventSeries = undefined;
    backend.deliveryCount = 0;
    clock.reset();
    random.restart();
  };
  const scheduleAgain = scheduleTimers(backend);

  /** `gatewaySession` is what the request came through, if not over plain HTTP. */
  const answer = async (request: Request, gatewaySession?: string): Promise<Response> => {
    const { method, url } = request;
    const path = new URL(url).pathname;
    const isControl = path.startsWith("/emulator/");
    // Whoever only looks must not change what a seed gives next.
    const requestId = isControl ? randomUUID() : createId();
    const exchange: Exchange = { requestId, ...(gatewaySession && { gatewaySession }) };
    const finish = isControl ? undefined : log.begin(clock.now());
    const response =
      (await interceptors.answer(request)) ??
      (await faults.answer(request, exchange, async () => routes.fetch(request, exchange)));
    finish?.({ method, path, status: response.status, ...logged(exchange) });
    changed();
    return complete(response, exchange, isControl ? undefined : clock.now());
  };

  const emulator: Emulator = {
    fetch: (request) => answer(request),
    upgrade: { path: gatewayPath, accept: gateway.upgrade },
    cutConnections: () => gateway.cut(),
    sendEvent: (event) => sendEvent(event, backend).finally(changed),
    intercept: (answer, times = 1) => interceptors.offer(answer, times),
    faults,
    blacklist(subscriptionId, reason = "I/O operation is failed. Details: [Read timed out]") {
      const subscription = subscriptions.find(subscriptionId);
      if (!subscription) throw new RangeError(`There is no subscription ${subscriptionId}`);
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
    },
    reset,
    state: () => readState(backend),
    snapshot: () => ({
      format: "rcwh-emulator",
      schemaVersion: 1,
      savedAt: options.clock.now(),
      settings: withoutRights(changes),
      faults: faults.list(),
      requests: log.entries.slice(-savedLog),
      ...(random.position > 0 && { randomPosition: random.position }),
      ...readSnapshot(backend),
    }),
    async restore(snapshot) {
      reset();
      changes = readChanges(withoutRights(snapshot.settings));
      settings = { ...defaultSettings, ...changes, ...initial };
      log.restore(snapshot.requests);
      faults.restore(snapshot.faults);
      // Else a seed would give the ids again that there are already.
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
    requests: log.entries,
    deliveries: deliveries.log,
  };
  const routes = createRoutes(backend, emulator, options.onError ?? writeToConsole);
  return emulator;
}

function writeToConsole(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: somebody's test run, where nobody else would tell.
  console.error(error);
}

function createRoutes(
  backend: Backend,
  emulator: Emulator,
  report: (error: unknown) => void,
): Routes {
  const routes: Routes = new Hono();
  routes.use(async ({ req }, next) => {
    // The router takes a path with one slash too many for the one without.
    if (req.path.endsWith("/")) throw unknownPath();
    await next();
  });
  addOAuthRoutes(routes, backend);
  addWebSocketTokenRoute(routes, backend);
  addExtensionRoutes(routes, backend);
  addSubscriptionRoutes(routes, backend);
  addControlRoutes(routes, backend, emulator);
  routes.notFound(() => {
    throw unknownPath();
  });
  routes.onError((error, { env }) => {
    const isExpected = error instanceof Problem;
    // The emulator's own fault: whoever runs it should see which, and nobody else.
    if (!isExpected) report(error);
    const problem = isExpected ? error : problemOf("CMN-203");
    env.code = codeOf(problem);
    return answerProblem(problem);
  });
  return routes;
}

function logged({ requestId, body, user, code, fault }: Exchange) {
  return {
    requestId,
    ...(code !== undefined && { code }),
    ...(fault !== undefined && { fault }),
    ...(body !== undefined && { body }),
    ...(user !== undefined && { user }),
  };
}

/** Adds the headers that every answer has. */
function complete(
  response: Response,
  { requestId, rateLimitHeaders = {} }: Exchange,
  now: number | undefined,
): Response {
  if (response.type === "error") return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  // Where the clock has been moved it is another time than this machine's.
  const time = now !== undefined && { Date: new Date(now).toUTCString() };
  for (const [name, value] of Object.entries({
    RCRequestId: requestId,
    ...time,
    ...rateLimitHeaders,
  })) {
    if (!headers.has(name)) headers.set(name, value);
  }
  return new Response(body, { status, statusText, headers });
}
