import type { ClientOptions, RingCentralClient } from "../../src/api/client.ts";
import { createCommandClient } from "../../src/api/command-client.ts";
import { createTransport } from "../../src/api/transport.ts";
import type { Identity } from "../../src/config/credentials.ts";
import { createMemoryQuotaStore } from "../../src/config/quota-store.ts";
import type { Clock } from "../../src/machine/clock.ts";
import { createRedactor } from "../../src/machine/redact.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import {
  type ReceivedRequest,
  type ScriptedAnswer,
  type ScriptedServer,
  startScriptedServer,
} from "../support/scripted-server.ts";
import { createTokenCache, type MemoryTokenCache } from "../support/token-cache.ts";

export const startTime = Date.parse("2026-11-22T12:00:00Z");
export const tokenKey = "server client jwt";
export const collection = "/restapi/v1.0/subscription";

export const secrets = {
  clientSecret: "client/secret+of?the=app",
  jwt: "eyJraWQiOiJ0ZXN0In0.eyJzdWIiOiIxMDEifQ.signature-of-the-jwt",
  verificationToken: 'verification "token" of the webhook',
  query: "key-in-the-query",
} as const;

export interface FakeClock extends Clock {
  /** Milliseconds of each wait, in order. */
  readonly sleeps: number[];
  advance(milliseconds: number): void;
}

/** A clock that moves only during a sleep, which ends at once. */
export function createClock(): FakeClock {
  let now = startTime;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  };
}

export interface FakePlatform extends ScriptedServer {
  /** Access tokens that the platform accepts, oldest first. */
  readonly sessions: string[];
  /** The number of logins with the JWT and of refreshes. */
  readonly counts: { logins: number; refreshes: number };
}

export type Override = (
  request: ReceivedRequest,
  platform: FakePlatform,
) => ScriptedAnswer | Promise<ScriptedAnswer> | undefined;

/** Signs in, checks bearer tokens and lists one subscription; `override` may answer first. */
export async function startPlatform(
  override: Override = () => undefined,
  options: { readonly refreshTokens?: boolean } = {},
): Promise<FakePlatform> {
  const sessions: string[] = [];
  const counts = { logins: 0, refreshes: 0 };
  const server = await startScriptedServer(
    (request) => override(request, platform) ?? answer(request),
  );
  const platform: FakePlatform = Object.assign(server, { sessions, counts });
  return platform;

  function answer(request: ReceivedRequest): ScriptedAnswer {
    const form = new URLSearchParams(request.body);
    if (request.path === "/restapi/oauth/token") return grant(form);
    if (request.path === "/restapi/oauth/revoke") {
      const revoked = sessions.indexOf(form.get("token") ?? "");
      if (revoked >= 0) sessions.splice(revoked, 1);
      return { status: 200 };
    }
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (!sessions.includes(token)) return refusal(401, "OAU-213", "Token not found");
    if (request.method === "DELETE") return { status: 204 };
    if (request.path === collection && request.method === "GET") {
      return { body: { records: [subscription("a")] } };
    }
    if (request.path.endsWith("/extension/~")) return { body: { id: 101, name: "Ada" } };
    const [, id = "a"] = /\/subscriptions?\/([^/]+)/.exec(request.path) ?? [];
    return { body: subscription(decodeURIComponent(id)) };
  }

  function grant(form: URLSearchParams): ScriptedAnswer {
    const refreshing = form.get("grant_type") === "refresh_token";
    if (refreshing) counts.refreshes += 1;
    else counts.logins += 1;
    const number = counts.logins + counts.refreshes;
    sessions.push(`access-token-${number}`);
    return { body: tokenAnswer(number, options.refreshTokens ?? false) };
  }
}

function tokenAnswer(number: number, withRefreshToken = false): object {
  return {
    access_token: `access-token-${number}`,
    token_type: "bearer",
    expires_in: 3600,
    scope: "SubscriptionWebhook ReadAccounts",
    owner_id: "101",
    ...(withRefreshToken && {
      refresh_token: `refresh-token-${number}`,
      refresh_token_expires_in: 604_800,
    }),
  };
}

export function refusal(status: number, errorCode: string, message: string): ScriptedAnswer {
  return {
    status,
    headers: { RCRequestId: "request-1" },
    body: { errorCode, message, errors: [{ errorCode, message }] },
  };
}

export function subscription(id: string, changes: Partial<Subscription> = {}): Subscription {
  return {
    id,
    uri: `https://platform.ringcentral.com/restapi/v1.0/subscription/${id}`,
    eventFilters: ["/restapi/v1.0/account/1/extension/101/presence"],
    deliveryMode: {
      transportType: "WebHook",
      address: `https://example.com/hook?key=${secrets.query}`,
      encryption: false,
    },
    creationTime: "2026-11-22T12:00:00.000Z",
    expirationTime: "2026-11-29T12:00:00.000Z",
    expiresIn: 604_799,
    status: "Active",
    ...changes,
  };
}

export const createRequest = {
  eventFilters: ["/restapi/v1.0/account/~/extension/~/presence"],
  deliveryMode: {
    transportType: "WebHook",
    address: `https://example.com/hook?key=${secrets.query}`,
    verificationToken: secrets.verificationToken,
  },
  expiresIn: 604_800,
} as const;

export interface TestClient {
  readonly client: RingCentralClient;
  readonly clock: FakeClock;
  readonly tokens: MemoryTokenCache;
  readonly trace: string[];
  readonly progress: string[];
}

export async function connect(
  server: string,
  options: Partial<ClientOptions> & { readonly cache?: MemoryTokenCache } = {},
): Promise<TestClient> {
  const clock = createClock();
  const { cache = createTokenCache(), ...changes } = options;
  const trace: string[] = [];
  const progress: string[] = [];
  const client = await createCommandClient({
    identity: identityAt(server),
    transport: createTransport({ server, env: {} }),
    tokens: cache,
    quotas: createMemoryQuotaStore(),
    redactor: createRedactor(),
    clock,
    signal: new AbortController().signal,
    timeout: 5000,
    deadlineAt: startTime + 90_000,
    version: "1.2.3",
    trace: (line) => trace.push(line),
    progress: (line) => progress.push(line),
    random: () => 0,
    ...changes,
  });
  return { client, clock, tokens: cache, trace, progress };
}

export function identityAt(server: string): Identity {
  const { clientSecret, jwt } = secrets;
  return {
    profile: "default",
    server,
    source: "profile default",
    credentials: { kind: "jwt", clientId: "client", clientSecret, jwt },
    tokenKey,
    recordsKey: "default",
  };
}

export function borrowedIdentityAt(server: string): Identity {
  return { ...identityAt(server), credentials: { kind: "token", accessToken: "borrowed-token" } };
}

/** The reason of the promise's rejection. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}
