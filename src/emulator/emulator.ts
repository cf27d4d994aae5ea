import { Hono } from "hono/tiny";
import { answerProblem } from "./answers.ts";
import type { Backend, Exchange, Routes } from "./backend.ts";
import { createEmulatorClock, type EmulatorClock } from "./clock.ts";
import { addControlRoutes } from "./control.ts";
import { createDeliveries, type Delivery, type EmulatedEvent, sendEvent } from "./deliveries.ts";
import { type Lookup, systemLookup } from "./endpoint.ts";
import { addExtensionRoutes } from "./extensions.ts";
import { createGateway } from "./gateway.ts";
import { addOAuthRoutes } from "./oauth.ts";
import { apiProblem, Problem, unknownPath } from "./problems.ts";
import { createRandom } from "./random.ts";
import { createSessions } from "./sessions.ts";
import { defaultSettings, type EmulatorSettings } from "./settings.ts";
import { type EmulatorState, readState } from "./state.ts";
import { createSubscriptionStore } from "./subscription-store.ts";
import { addSubscriptionRoutes } from "./subscriptions.ts";

export interface EmulatorOptions {
  /** What time it is until somebody moves it. */
  readonly clock: { now(): number };
  /** Whatever is not named here is as in `defaultSettings`. */
  readonly settings?: Partial<EmulatorSettings>;
  /** Makes ids, tokens, samples and dice the same every time; nobody can predict them without. */
  readonly seed?: number | string;
  /** Ids of requests, subscriptions and events; random UUIDs unless a test wants to know them. */
  readonly createId?: () => string;
  /** How names of endpoints are resolved; by the operating system unless given. */
  readonly lookup?: Lookup;
}

/** RingCentral in memory, as one function from request to response. */
export interface Emulator {
  /** Answers one request. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Lets something happen. Resolves when every endpoint that is subscribed to it has answered or failed. */
  sendEvent(event: EmulatedEvent): Promise<readonly Delivery[]>;
  /**
   * Offers each coming request to `answer`, before anything else sees it, until it has returned a response
   * `times` times (once unless said otherwise). Returns a function that withdraws the offer.
   */
  intercept(answer: Interceptor, times?: number): () => void;
  /** Blacklists a subscription, as the platform does when its endpoint fails for long: it delivers nothing more. */
  blacklist(subscriptionId: string, reason?: string): void;
  /** Changes settings for the requests to come. */
  configure(changes: Partial<EmulatorSettings>): void;
  /** Forgets sessions, subscriptions and logs, and sets the clock right. Settings stay. */
  reset(): void;
  state(): EmulatorState;
  readonly settings: EmulatorSettings;
  readonly clock: EmulatorClock;
  /** The latest requests to the platform, oldest first; the emulator's own routes are not among them. */
  readonly requests: readonly LoggedRequest[];
  /** The latest deliveries, in the order in which they ended. */
  readonly deliveries: readonly Delivery[];
}

type Interceptor = (request: Request) => Response | undefined | Promise<Response | undefined>;

interface LoggedRequest {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, which may carry secrets. */
  readonly path: string;
  readonly status: number;
  /** The JSON that a subscription call sent, tokens replaced by `…`. */
  readonly body?: unknown;
  /** The signed-in user's number. */
  readonly user?: number;
}

export function createEmulator(options: EmulatorOptions): Emulator {
  let settings: EmulatorSettings = { ...defaultSettings, ...options.settings };
  const clock = createEmulatorClock(options.clock);
  const random = createRandom(options.seed);
  const createId = options.createId ?? random.uuid;
  const requests: LoggedRequest[] = [];
  const offers = new Set<{ readonly answer: Interceptor; times: number }>();
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
    gateway: createGateway(),
  };
  const { sessions, subscriptions, deliveries, gateway } = backend;

  const reset = () => {
    sessions.clear();
    subscriptions.clear();
    deliveries.clear();
    gateway.clear();
    requests.length = 0;
    clock.reset();
  };
  const routes = createRoutes(backend, reset);

  const intercepted = async (request: Request): Promise<Response | undefined> => {
    for (const offer of offers) {
      const response = await offer.answer(request.clone());
      // Another request may have taken it while this one was looked at.
      if (!response || offer.times < 1) continue;
      offer.times--;
      if (offer.times === 0) offers.delete(offer);
      return response;
    }
    return undefined;
  };

  return {
    async fetch(request) {
      const exchange: Exchange = { requestId: createId() };
      const response = (await intercepted(request)) ?? (await routes.fetch(request, exchange));
      const { method, url } = request;
      const path = new URL(url).pathname;
      if (!path.startsWith("/emulator/")) {
        requests.push({ method, path, status: response.status, ...logged(exchange) });
        if (requests.length > longestLog) requests.shift();
      }
      return withRequestId(response, exchange.requestId);
    },
    sendEvent: (event) => sendEvent(event, backend),
    intercept(answer, times = 1) {
      const offer = { answer, times };
      offers.add(offer);
      return () => void offers.delete(offer);
    },
    blacklist(subscriptionId, reason = "I/O operation is failed. Details: [Read timed out]") {
      const subscription = subscriptions.find(subscriptionId);
      if (!subscription) throw new RangeError(`There is no subscription ${subscriptionId}`);
      subscriptions.put({ ...subscription, blacklisted: { at: clock.now(), reason } });
    },
    configure(changes) {
      settings = { ...settings, ...changes };
    },
    reset,
    state: () => readState(backend),
    get settings() {
      return settings;
    },
    clock,
    requests,
    deliveries: deliveries.log,
  };
}

const longestLog = 10_000;

function createRoutes(backend: Backend, reset: () => void): Routes {
  const routes: Routes = new Hono();
  routes.use(async ({ req }, next) => {
    // The router takes a path with one slash too many for the one without.
    if (req.path.endsWith("/")) throw unknownPath();
    await next();
  });
  addOAuthRoutes(routes, backend);
  addExtensionRoutes(routes, backend);
  addSubscriptionRoutes(routes, backend);
  addControlRoutes(routes, backend, { readState: () => readState(backend), reset });
  routes.notFound(() => answerProblem(unknownPath()));
  routes.onError((error) => {
    if (error instanceof Problem) return answerProblem(error);
    // The emulator's own fault: whoever runs it should see which.
    return answerProblem(apiProblem(500, "CMN-203", `Internal Server Error: ${error.stack}`));
  });
  return routes;
}

function logged({ requestId, body, session }: Exchange) {
  return {
    requestId,
    ...(body !== undefined && { body }),
    ...(session && { user: session.user }),
  };
}

function withRequestId(response: Response, requestId: string): Response {
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  if (!headers.has("RCRequestId")) headers.set("RCRequestId", requestId);
  return new Response(body, { status, statusText, headers });
}
