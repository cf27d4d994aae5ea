import type { BorrowedToken, CachedToken, JwtCredentials } from "../config/credentials.ts";
import { once } from "../machine/promises.ts";
import type { HttpRequest, JsonAnswer } from "./http.ts";

export interface SdkOptions {
  readonly credentials: JwtCredentials | BorrowedToken;
  readonly version: string;
}

/** Carries one request of the SDK's. May throw anything; must resolve to nothing but a 2xx. */
export type Send = (request: HttpRequest) => Promise<JsonAnswer>;

type Token = Pick<CachedToken, "accessToken" | "refreshToken">;

/**
 * What rcwh uses of RingCentral's SDK: its OAuth dialogue, of which only one may run at a time, and
 * requests, of which any number may.
 */
export interface Sdk {
  /** Signs in with the JWT. */
  login(jwt: string, send: Send): Promise<void>;
  /** Exchanges the refresh token. */
  refresh(token: Token, send: Send): Promise<void>;
  /** Revokes the access token, and its session with it. */
  logout(token: Token, send: Send): Promise<void>;
  /** Sends a request with the access token and resolves to the answer's JSON. */
  request(token: Token, call: SdkCall, send: Send): Promise<unknown>;
}

interface SdkCall {
  readonly method: string;
  readonly path: string;
  /** Undefined sends no body. */
  readonly body: object | undefined;
}

/**
 * @ringcentral/sdk on our transport. Each error that `send` throws comes out untouched, and the SDK sees
 * nothing but 2xx, so it never repeats, refreshes, forgets or waits by itself.
 *
 * The SDK's parts are put together here and not by its `SDK` class, because that one reads the globals
 * `fetch`, `Request`, `Headers` and `localStorage` even where it is given others: the first three cost
 * 20 ms of startup, and the last one throws on Node 25.2 and puts a warning on stderr on Node 26
 * (https://github.com/nodejs/node/issues/60704).
 */
export async function openSdk({ credentials, version }: SdkOptions): Promise<Sdk> {
  const [Platform, Client, Cache] = await loadClasses();
  const { clientId, clientSecret } =
    credentials.kind === "jwt" ? credentials : { clientId: "", clientSecret: "" };
  let sendDialogue: Send | undefined;
  const externals = {
    fetch: (request: SdkRequest) => fetchFor(request, version, sendDialogue),
    Request: SdkRequest,
    Response: SdkResponse,
    Headers: Map,
    localStorage: createStorage(),
  };
  const client = new Client({ externals, defaultRequestInit: {} });
  const platform = new Platform({
    // Requests stay paths, which the transport completes: an absolute address would take the token elsewhere.
    server: "",
    clientId,
    clientSecret,
    appName: "rcwh",
    appVersion: version,
    externals,
    cache: new Cache({ externals, prefix: "rcwh-" }),
    client,
    refreshDelayMs: 0,
    clearCacheOnRefreshError: false,
    handleRateLimit: false,
    enableDiscovery: false,
  });

  return {
    async login(jwt, send) {
      sendDialogue = send;
      await unwrapErrors(platform.login({ jwt }));
    },
    async refresh(token, send) {
      sendDialogue = send;
      await platform.auth().setData(authDataOf(token));
      await unwrapErrors(platform.refresh());
    },
    async logout(token, send) {
      sendDialogue = send;
      await platform.auth().setData(authDataOf(token));
      await unwrapErrors(platform.logout());
    },
    async request({ accessToken }, { method, path, body }, send) {
      // The token comes with the request, so that requests with different tokens cannot mix them up.
      const headers = { Authorization: `Bearer ${accessToken}`, "Client-Id": clientId };
      const init = { method, url: path, headers, ...(body && { body }) };
      // Signed as `platform.send` does it, which takes as long to hand on a request as Node takes to send it.
      const signed = client.createRequest(init);
      await platform.inflateRequest(signed, { skipAuthCheck: true });
      // `externals` made it.
      const request = signed as unknown as SdkRequest;
      return (await send(toHttpRequest(request, version))).json;
    },
  };
}

/** Once for all accounts: bundled, each import copies all that a module has. */
const loadClasses = once(() =>
  Promise.all([
    import("@ringcentral/sdk/lib/platform/Platform.js").then(classIn),
    import("@ringcentral/sdk/lib/http/Client.js").then(classIn),
    import("@ringcentral/sdk/lib/core/Cache.js").then(classIn),
  ]),
);

/** Node wraps CommonJS modules in another `default`, test runners and bundlers may not: the types only know Node. */
function classIn<Class>(module: { readonly default: { readonly default: Class } }): Class {
  return typeof module.default === "function" ? (module.default as Class) : module.default.default;
}

/**
 * The SDK sends the lifetimes of the last grant along with a refresh token, and NaN or -1 where it knows
 * none: these are RingCentral's defaults. Whether a token is still good is decided elsewhere, by our clock,
 * so that it never refreshes by itself.
 */
function authDataOf({ accessToken, refreshToken }: Token) {
  return {
    token_type: "Bearer",
    access_token: accessToken,
    expires_in: "3600",
    expire_time: Number.MAX_SAFE_INTEGER,
    ...(refreshToken && {
      refresh_token: refreshToken,
      refresh_token_expires_in: "604800",
      refresh_token_expire_time: Number.MAX_SAFE_INTEGER,
    }),
  };
}

async function fetchFor(
  request: SdkRequest,
  version: string,
  send: Send | undefined,
): Promise<SdkResponse> {
  try {
    if (!send) throw new Error("The SDK sent a request that nobody asked for.");
    return new SdkResponse(await send(toHttpRequest(request, version)));
  } catch (error) {
    throw new WrappedError(error);
  }
}

function toHttpRequest(
  { method, path, headers: all, body }: SdkRequest,
  version: string,
): HttpRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of all) if (value !== "") headers[name] = value;
  headers["Accept"] = "application/json";
  headers["User-Agent"] = `rcwh/${version}`;
  return { method, path, headers, body };
}

/** Takes an error through the SDK, which leaves alone what has an `originalMessage` and no `response`. */
class WrappedError extends Error {
  readonly originalMessage = "wrapped";
  readonly wrapped: unknown;

  constructor(wrapped: unknown) {
    super("wrapped");
    this.wrapped = wrapped;
  }
}

async function unwrapErrors<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof WrappedError ? error.wrapped : error;
  }
}

interface SdkRequestInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As much of `Request` as the SDK touches: it sets headers after construction. */
class SdkRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Map<string, string>;
  readonly body: string | undefined;

  constructor(path: string, { method, headers, body }: SdkRequestInit) {
    this.path = path;
    this.method = method;
    this.headers = new Map(Object.entries(headers));
    this.body = body;
    // It declares JSON even where there is nothing to declare.
    if (body === undefined) this.headers.delete("Content-Type");
  }
}

/** As much of `Response` as the SDK touches. The body is here already, so that nothing can hang on it. */
class SdkResponse {
  readonly ok = true;
  readonly status: number;
  readonly statusText: string;
  readonly headers: ReadonlyMap<string, string | undefined>;
  readonly #json: unknown;

  constructor({ status, statusText, headers, json }: JsonAnswer) {
    this.status = status;
    this.statusText = statusText;
    this.headers = new Map(Object.entries(headers));
    this.#json = json;
  }

  clone(): SdkResponse {
    return this;
  }

  async json(): Promise<unknown> {
    return this.#json;
  }
}

/** Where the SDK keeps the session's token: in memory, with the `keys` that it needs to clear it. */
function createStorage() {
  const items = new Map<string, string>();
  return {
    keys: () => [...items.keys()],
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}
