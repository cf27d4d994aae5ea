import { test as base } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { type EmulatorSettings, emulatorApp } from "../../src/emulator/settings.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";
import { watchEmulator } from "../support/conformance.ts";
import { answeringLast, patience } from "../support/endpoints.ts";

export const platform = "/restapi/v1.0/subscription";
export const webinar = "/webinar/notifications/v1/subscriptions";
export const start = Date.parse("2026-11-22T12:00:00.000Z");
export const basic = `Basic ${btoa(`${emulatorApp.clientId}:${emulatorApp.clientSecret}`)}`;
export const jwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Ids of user 1, and of user 2, whom user 1 cannot read. */
export const own = { accountId: "4000000001", extensionId: "7000000001" };
export const otherUser = { accountId: "4000000002", extensionId: "7000000002" };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON body, the text if it is not JSON, undefined if it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: the answers of an API, which each test knows.
  readonly body: any;
  /** The error code. */
  readonly code: string | undefined;
}

interface CallOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent unchanged. */
  readonly text?: string;
}

export interface Fixtures {
  readonly emulator: Emulator;
  readonly configure: (settings: Partial<EmulatorSettings>) => void;
  /** Every answer is checked against RingCentral's definition if that is available. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly login: (fields?: Readonly<Record<string, string>>, auth?: string) => Promise<Answer>;
  /** The access token of a new session. */
  readonly signIn: (user?: number) => Promise<string>;
  /** The address of a correct webhook, and the requests that it received. */
  readonly webhook: { readonly url: string; readonly events: unknown[]; readonly tokens: string[] };
  /** Creates a subscription as user 1 unless a token says otherwise. */
  readonly subscribe: (changes?: SubscribeOptions) => Promise<Answer>;
}

interface SubscribeOptions {
  readonly filters?: readonly string[];
  readonly address?: string;
  readonly expiresIn?: unknown;
  readonly verificationToken?: unknown;
  readonly token?: string;
  readonly collection?: string;
}

/** Vitest's `test` with an emulator whose clock is frozen. */
export const test = base.extend<Fixtures>({
  emulator: async ({}, use) => {
    const emulator = watchEmulator(
      // Many tests send more requests than the limits allow.
      createEmulator({
        clock: { now: () => start },
        settings: { rateLimits: "off", endpointDeadline: patience },
      }),
    );
    await use(emulator);
    await emulator.conclude();
  },

  configure: async ({ emulator }, use) => use((settings) => emulator.configure(settings)),

  call: async ({ emulator }, use) =>
    use(async (method, path, { token, headers, body, text } = {}) => {
      const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await emulator.fetch(
        new Request(`http://127.0.0.1:4010${path}`, {
          method,
          headers: {
            ...(body !== undefined && { "Content-Type": "application/json" }),
            ...(token !== undefined && { Authorization: `Bearer ${token}` }),
            ...headers,
          },
          ...(content !== undefined && { body: content }),
        }),
      );
      return read(method, path, response);
    }),

  login: async ({ call }, use) =>
    use((fields = { grant_type: jwtGrant, assertion: "user-1" }, auth = basic) =>
      call("POST", "/restapi/oauth/token", {
        text: new URLSearchParams(fields).toString(),
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          ...(auth !== "" && { Authorization: auth }),
        },
      }),
    ),

  signIn: async ({ login }, use) =>
    use(async (user = 1) => {
      const answer = await login({ grant_type: jwtGrant, assertion: `user-${user}` });
      return answer.body.access_token;
    }),

  webhook: async ({}, use) => {
    const events: unknown[] = [];
    const tokens: string[] = [];
    const receive = createReceiver({
      onRejected: (reason) => {
        throw new Error(reason);
      },
      onEvent: (event, { headers }) => {
        events.push(event);
        tokens.push(headers.get("verification-token") ?? "");
      },
    });
    await using server = await serve(answeringLast(receive));
    await use({ url: `${server.url}/hook`, events, tokens });
  },

  subscribe: async ({ call, signIn, webhook }, use) =>
    use(async (changes = {}) => {
      const { filters = ["/team-messaging/v1/posts"], address = webhook.url } = changes;
      const { expiresIn, verificationToken, collection = platform } = changes;
      return call("POST", collection, {
        token: changes.token ?? (await signIn()),
        body: {
          eventFilters: filters,
          deliveryMode: { transportType: "WebHook", address, verificationToken },
          expiresIn,
        },
      });
    }),
});

async function read(method: string, path: string, response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const json = headers.get("content-type") === "application/json; charset=UTF-8";
  const body = json ? JSON.parse(text) : text || undefined;
  if (!headers.has("rcrequestid")) throw new Error(`${method} ${path} has no RCRequestId`);
  return { status, headers, body, code: body?.errors?.[0]?.errorCode ?? body?.errorCode };
}
