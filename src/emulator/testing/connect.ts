import { request as openRequest } from "node:http";
import { elementsOf, membersOf, parseJson } from "../../machine/json.ts";
import { lookupFor } from "../../machine/lookup.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { pause } from "../../machine/real-time.ts";
import type { EventName } from "../../receiver/events.ts";
import type { Delivery, SentEvent } from "../backend.ts";
import { type Fault, findFlaw } from "../control/fault-rules.ts";
import type { ActiveFault } from "../control/faults.ts";
import type { LoggedRequest } from "../request-log.ts";
import { RuleError } from "../rules.ts";
import type { BodyOf, IdleOptions, TypedEvent } from "../server/running-emulator.ts";
import { readEvent, toInstant, toMilliseconds, toUser } from "../server/start-options.ts";
import { readChanges } from "../setting-table.ts";
import type { EmulatorSettings, SettingsChanges } from "../settings.ts";
import type { EmulatorState, SubscriptionState } from "../state.ts";
import { environmentFor } from "./environment.ts";
import type { StubAnswer, StubCall, StubOptions } from "./stubs.ts";
import { createWaits, defaultWaitTimeout, toTimeout, type Waits } from "./waits.ts";

export interface ConnectOptions {
  /** How long `waitForRequest` and its like wait by default, in milliseconds or such as `"3s"`: 1.5 s if not given. */
  readonly waitTimeout?: number | string;
}

/** A stub of an emulator in another process. */
export interface ConnectedStub {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The calls that it has answered so far, oldest first. */
  readonly calls: Promise<readonly StubCall[]>;
  remove(): Promise<void>;
}

/** The clock of an emulator in another process. */
export interface ConnectedClock {
  now(): Promise<Date>;
  readonly frozen: Promise<boolean>;
  /** As in the same process, but `settle` cannot be a function. */
  advance(duration: string | number, options?: ConnectedAdvanceOptions): Promise<void>;
  set(instant: Date | string | number, options?: ConnectedAdvanceOptions): Promise<void>;
  freeze(): Promise<void>;
  resume(): Promise<void>;
}

export interface ConnectedAdvanceOptions {
  readonly settle?: boolean | number | string | undefined;
  readonly step?: number | string | undefined;
}

/**
 * An emulator in another process, such as `rcwh emulator`. It can do what one in this process can, under the same names;
 * everything is a promise, which `await` takes in both cases. Over HTTP a stub answers with an object, not a function.
 */
export interface ConnectedEmulator extends Waits {
  readonly url: string;
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  jwt(user?: number): string;
  env(user?: number): Record<string, string>;
  readonly clock: ConnectedClock;
  idle(options?: Omit<IdleOptions, "signal">): Promise<void>;
  sendEvent<Filter extends EventName | (string & {})>(
    event: TypedEvent<Filter>,
  ): Promise<SentEvent<BodyOf<Filter>>>;
  readonly faults: {
    add(fault: Fault): Promise<string>;
    /** Returns whether there was such a fault. */
    remove(id: string): Promise<boolean>;
    clear(): Promise<void>;
    list(): Promise<readonly ActiveFault[]>;
  };
  on(
    method: string,
    path: string,
    answer: StubAnswer,
    options?: StubOptions,
  ): Promise<ConnectedStub>;
  blacklist(subscriptionId: string, reason?: string): Promise<void>;
  cutConnections(): Promise<number>;
  /** `allowRemoteDeliveries` and `certificateAuthorities` can be set only where the emulator is started. */
  configure(changes: SettingsChanges): Promise<void>;
  readonly settings: Promise<EmulatorSettings>;
  subscriptions(user?: number): Promise<readonly SubscriptionState[]>;
  state(): Promise<EmulatorState>;
  readonly requests: Promise<readonly LoggedRequest[]>;
  readonly deliveries: Promise<readonly Delivery[]>;
  clearLog(): Promise<void>;
  /** Forgets everything but the settings. */
  reset(): Promise<void>;
  /** Ends the waits. The emulator keeps running. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Controls an emulator that runs in another process, such as `rcwh emulator` or the one of `rcwh emulator exec`, whose address
 * is in `RCWH_SERVER`. Rejects with an Error if none answers.
 */
export async function connectEmulator(
  url: string,
  { waitTimeout }: ConnectOptions = {},
): Promise<ConnectedEmulator> {
  const { origin, port, hostname } = checkUrl(url);
  const call = createCaller(origin, hostname);
  const closing = new AbortController();
  const settings = () => call<EmulatorSettings>("GET", "/settings");
  const state = () => call<EmulatorState>("GET", "/state");
  const log = () =>
    call<{ requests: readonly LoggedRequest[]; deliveries: readonly Delivery[] }>("GET", "/log");
  const clock = () => call<{ now: string; frozen: boolean }>("GET", "/clock");
  const [{ clientId, clientSecret } = { clientId: "", clientSecret: "" }] = (await settings()).apps;
  const jwt = (user = 1) => `user-${toUser(user)}`;
  const waits = createWaits({
    url: origin,
    timeout: toTimeout(waitTimeout) ?? defaultWaitTimeout,
    closed: closing.signal,
    change: (signal) => pause(pollInterval, signal),
    requests: async () => (await log()).requests,
    deliveries: async () => (await log()).deliveries,
    subscriptions: async () => (await state()).subscriptions,
  });
  const close = async () => closing.abort(new Error("The connection to the emulator is closed."));
  const stubCalls = async (id: string) => {
    const { stubs } = await call<{ stubs: readonly { id: string; calls: readonly StubCall[] }[] }>(
      "GET",
      "/stubs",
    );
    return stubs.find((stub) => stub.id === id)?.calls ?? [];
  };
  return {
    ...waits,
    url: origin,
    port: Number(port || 80),
    clientId,
    clientSecret,
    jwt,
    env: (user) => environmentFor({ url: origin, clientId, clientSecret, jwt: jwt(user) }),
    clock: {
      now: async () => new Date((await clock()).now),
      get frozen() {
        return clock().then(({ frozen }) => frozen);
      },
      async advance(duration, options = {}) {
        const milliseconds = Math.round(toMilliseconds(duration));
        const advance = `${Math.floor(milliseconds / 1000)}s${milliseconds % 1000}ms`;
        await call("POST", "/clock", { advance, ...stopsOf(options) });
      },
      async set(instant, options = {}) {
        const set = new Date(toInstant(instant)).toISOString();
        await call("POST", "/clock", { set, ...stopsOf(options) });
      },
      freeze: async () => void (await call("POST", "/clock", { freeze: true })),
      resume: async () => void (await call("POST", "/clock", { freeze: false })),
    },
    async idle(options = {}) {
      await call("POST", "/idle", { timeout: waitTimeout, ...options });
    },
    async sendEvent(event) {
      const sent = await call<{ deliveries: readonly Delivery[]; reason?: string }>(
        "POST",
        "/events",
        readEvent(event),
      );
      const { deliveries, reason } = sent;
      return Object.defineProperty(deliveries, "reason", { value: reason }) as never;
    },
    faults: {
      async add(fault) {
        // Here, because it knows what is allowed.
        const flaw = findFlaw(fault);
        if (flaw) throw new RuleError(flaw);
        return (await call<{ id: string }>("POST", "/faults", fault)).id;
      },
      remove: async (id) => (await call("DELETE", `/faults/${encodeURIComponent(id)}`)) !== missing,
      clear: async () => void (await call("DELETE", "/faults")),
      list: async () => (await call<{ faults: readonly ActiveFault[] }>("GET", "/faults")).faults,
    },
    async on(method, path, answer, options = {}) {
      if (typeof answer === "function") {
        throw new TypeError(
          "A stub in another process needs an object as its answer, not a function.",
        );
      }
      const stub = await call<{ id: string }>("POST", "/stubs", {
        ...{ method, path, answer },
        ...options,
      });
      const { id } = stub;
      return {
        id,
        method: method.toUpperCase(),
        path,
        get calls() {
          return stubCalls(id);
        },
        remove: async () => void (await call("DELETE", `/stubs/${id}`)),
      };
    },
    async blacklist(id, reason) {
      const path = `/subscriptions/${encodeURIComponent(id)}/blacklist`;
      if ((await call("POST", path, { reason })) === missing) {
        throw new RangeError(`No such subscription: ${id}.`);
      }
    },
    cutConnections: async () => (await call<{ cut: number }>("POST", "/websockets/cut")).cut,
    async configure(changes) {
      readChanges(changes);
      await call("PATCH", "/settings", changes);
    },
    get settings() {
      return settings();
    },
    async subscriptions(user) {
      const wanted = user === undefined ? undefined : toUser(user);
      const { subscriptions } = await state();
      return subscriptions.filter((one) => wanted === undefined || one.user === wanted);
    },
    state,
    get requests() {
      return log().then(({ requests }) => requests);
    },
    get deliveries() {
      return log().then(({ deliveries }) => deliveries);
    },
    clearLog: async () => void (await call("DELETE", "/log")),
    reset: async () => void (await call("DELETE", "/state")),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Milliseconds between two looks while something is waited for. */
const pollInterval = 25;

/** What a call resolves to if there is nothing under the path. */
const missing = Symbol("missing");

function checkUrl(url: unknown): URL {
  const parsed = typeof url === "string" ? parseUrl(url) : undefined;
  if (parsed?.protocol === "http:") return parsed;
  throw new RangeError(
    `Invalid url value ${JSON.stringify(url)}: must be an emulator's, such as "http://127.0.0.1:4010".`,
  );
}

function stopsOf({ settle, step }: ConnectedAdvanceOptions): ConnectedAdvanceOptions {
  if (typeof settle !== "function") return { settle, step };
  throw new TypeError("settle can be a function only for an emulator in the same process.");
}

/** Calls the control API. Without `fetch`, which tests replace. */
function createCaller(origin: string, hostname: string) {
  return <Answer>(method: string, path: string, body?: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const request = openRequest(
        `${origin}/emulator/v1${path}`,
        {
          method,
          agent: false,
          ...lookupFor(hostname),
          headers: text === undefined ? {} : { "Content-Type": "application/json" },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const { statusCode = 0 } = response;
            const answer = parseJson(Buffer.concat(chunks).toString());
            if (statusCode < 300) return resolve(answer as Answer);
            if (statusCode === 404 && isMissing(answer)) return resolve(missing as Answer);
            const { message } = membersOf(answer);
            const why = typeof message === "string" ? message : `it answers ${statusCode}`;
            reject(new Error(`The emulator at ${origin} refuses ${method} ${path}: ${why}.`));
          });
        },
      );
      request.on("error", (cause: NodeJS.ErrnoException) => {
        const why = cause.code ?? cause.message;
        reject(new Error(`No emulator answers at ${origin} (${why}).`, { cause }));
      });
      request.end(text);
    });
}

function isMissing(answer: unknown): boolean {
  const [first] = elementsOf(membersOf(answer)["errors"]);
  return membersOf(first)["errorCode"] === "CMN-102";
}
