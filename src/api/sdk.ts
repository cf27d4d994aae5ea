import type { BorrowedToken, CachedToken, JwtCredentials } from "../config/types.ts";
import type { HttpAnswer, HttpRequest } from "./http.ts";

export interface SdkOptions {
  readonly credentials: JwtCredentials | BorrowedToken;
  readonly token: Pick<CachedToken, "accessToken" | "refreshToken"> | undefined;
  readonly version: string;
  /** Does the SDK's fetching. May throw whatever it likes; must resolve to nothing but a 2xx. */
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
}

/** What rcwh uses of RingCentral's SDK: its OAuth dialogue, and requests signed with the session's token. */
export interface Sdk {
  /** Signs in with the JWT. */
  login(jwt: string): Promise<void>;
  /** Exchanges the refresh token. */
  refresh(): Promise<void>;
  /** Revokes the access token, and its session with it. */
  logout(): Promise<void>;
  /** Sends a signed request and resolves to the answer's body. An absent body is no body. */
  send(method: string, path: string, body: object | undefined): Promise<string>;
}

/**
 * One conversation of @ringcentral/sdk with the platform. Each has a storage of its own, so that no two
 * ever share a token. Each error that `send` throws comes out untouched, and the SDK sees nothing but
 * 2xx: so it neither repeats, refreshes, forgets nor waits by itself.
 *
 * The SDK's parts are put together here and not by its `SDK` class, because that one reads the globals
 * `fetch`, `Request`, `Headers` and `localStorage` even where it is given others: the first three cost
 * 20 ms of startup, and the last one throws on Node 25.2 and puts a warning on stderr on Node 26
 * (https://github.com/nodejs/node/issues/60704).
 */
export async function openSdk({ credentials, token, version, send }: SdkOptions): Promise<Sdk> {
  classes ??= loadClasses();
  const [Platform, Client, Cache] = await classes;
  const externals = {
    fetch: (request: SdkRequest) => fetchFor(request, version, send),
    Request: SdkRequest,
    Response: SdkResponse,
    Headers: Map,
    localStorage: createStorage(),
  };
  const platform = new Platform({
    // Requests stay paths, which the transport completes: an absolute address would take the token elsewhere.
    server: "",
    clientId: credentials.kind === "jwt" ? credentials.clientId : "",
    clientSecret: credentials.kind === "jwt" ? credentials.clientSecret : "",
    appName: "rcwh",
    appVersion: version,
    externals,
    cache: new Cache({ externals, prefix: "rcwh-" }),
    client: new Client({ externals, defaultRequestInit: {} }),
    refreshDelayMs: 0,
    clearCacheOnRefreshError: false,
    handleRateLimit: false,
    enableDiscovery: false,
  });
  if (token) await platform.auth().setData(authDataOf(token));

  return {
    async login(jwt) {
      await uncarried(platform.login({ jwt }));
    },
    async refresh() {
      await uncarried(platform.refresh());
    },
    async logout() {
      await uncarried(platform.logout());
    },
    async send(method, path, body) {
      const response = await uncarried(platform.send({ method, url: path, ...(body && { body }) }));
      return response.text();
    },
  };
}

let classes: ReturnType<typeof loadClasses> | undefined;

/** Once, because there is a conversation for each request. */
function loadClasses() {
  return Promise.all([
    import("@ringcentral/sdk/lib/platform/Platform.js").then(classIn),
    import("@ringcentral/sdk/lib/http/Client.js").then(classIn),
    import("@ringcentral/sdk/lib/core/Cache.js").then(classIn),
  ]);
}

/** Node wraps CommonJS modules in another `default`, test runners and bundlers may not: the types only know Node. */
function classIn<Class>(module: { readonly default: { readonly default: Class } }): Class {
  return typeof module.default === "function" ? (module.default as Class) : module.default.default;
}

/**
 * The SDK sends the lifetimes of the last grant along with a refresh token, and NaN or -1 where it knows
 * none: these are RingCentral's defaults. Whether a token is still good is decided elsewhere, by our clock,
 * so that it never refreshes by itself.
 */
function authDataOf(token: Pick<CachedToken, "accessToken" | "refreshToken">) {
  return {
    token_type: "Bearer",
    access_token: token.accessToken,
    expires_in: "3600",
    expire_time: Number.MAX_SAFE_INTEGER,
    ...(token.refreshToken && {
      refresh_token: token.refreshToken,
      refresh_token_expires_in: "604800",
      refresh_token_expire_time: Number.MAX_SAFE_INTEGER,
    }),
  };
}

async function fetchFor(
  request: SdkRequest,
  version: string,
  send: SdkOptions["send"],
): Promise<SdkResponse> {
  const headers = Object.fromEntries([...request.headers].filter(([, value]) => value !== ""));
  try {
    const answer = await send({
      method: request.method,
      path: request.path,
      headers: { ...headers, Accept: "application/json", "User-Agent": `rcwh/${version}` },
      body: request.body,
    });
    return new SdkResponse(answer);
  } catch (error) {
    throw new Carrier(error);
  }
}

/** Takes an error through the SDK, which leaves alone what has an `originalMessage` and no `response`. */
class Carrier extends Error {
  readonly originalMessage = "carried";
  readonly carried: unknown;

  constructor(carried: unknown) {
    super("carried");
    this.carried = carried;
  }
}

async function uncarried<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof Carrier ? error.carried : error;
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
  readonly #body: string;

  constructor({ status, statusText, headers, body }: HttpAnswer) {
    this.status = status;
    this.statusText = statusText;
    this.headers = new Map(Object.entries(headers));
    this.#body = body;
  }

  clone(): SdkResponse {
    return this;
  }

  async text(): Promise<string> {
    return this.#body;
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#body);
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
