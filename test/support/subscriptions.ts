import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Emulator } from "../../src/emulator/interface.ts";
import { userOf } from "../../src/emulator/sign-in/users.ts";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";
import type { Subscription } from "../../src/subscriptions/subscription.ts";
import { now } from "./rcwh.ts";

const { accountId, extensionId } = userOf(1);

/** Filters of user 1, as the server returns them. */
export const ownFilters = {
  sms: `/restapi/v1.0/account/${accountId}/extension/${extensionId}/message-store/instant?type=SMS`,
  presence: `/restapi/v1.0/account/${accountId}/extension/${extensionId}/presence`,
  voicemail: `/restapi/v1.0/account/${accountId}/extension/${extensionId}/voicemail`,
  posts: "/team-messaging/v1/posts",
} as const;

/** A subscription as the server returns it, created yesterday for 7 days by default. */
export function subscription(
  id: string,
  { hours = 144, ...members }: Partial<Subscription> & { readonly hours?: number } = {},
): Subscription {
  const whole = id.padEnd(8, "0").slice(0, 8);
  return {
    id: `${whole}-1111-4111-8111-111111111111`,
    uri: `https://platform.ringcentral.com/restapi/v1.0/subscription/${whole}`,
    eventFilters: [ownFilters.posts],
    creationTime: new Date(now - 86_400_000).toISOString(),
    expirationTime: new Date(now + hours * 3_600_000).toISOString(),
    expiresIn: hours * 3600,
    status: "Active",
    deliveryMode: {
      transportType: "WebHook",
      encryption: false,
      address: "https://example.com/ringcentral",
    },
    ...members,
  };
}

/** Makes the server list these, whatever it contains. */
export function answerList(emulator: Emulator, records: readonly Subscription[]): void {
  emulator.intercept(
    ({ method, url }) =>
      method === "GET" && new URL(url).pathname === "/restapi/v1.0/subscription"
        ? Response.json({ uri: url, records })
        : undefined,
    Number.POSITIVE_INFINITY,
  );
}

/** Adds records to what the server lists, whatever they are. */
export function answerRecords(emulator: Emulator): { add(...records: readonly unknown[]): void } {
  let added: readonly unknown[] = [];
  const path = "/restapi/v1.0/subscription";
  let isInner = false;
  emulator.intercept(async (request) => {
    if (isInner || request.method !== "GET" || new URL(request.url).pathname !== path) return;
    isInner = true;
    const answer = await emulator.fetch(request).finally(() => {
      isInner = false;
    });
    if (!answer.ok) return answer;
    const { uri, records } = (await answer.json()) as { uri: string; records: unknown[] };
    const { headers } = answer;
    headers.delete("Content-Length");
    return Response.json({ uri, records: [...records, ...added] }, { headers });
  }, Number.POSITIVE_INFINITY);
  return {
    add(...records) {
      added = records;
    },
  };
}

export interface SubscribeOptions {
  readonly eventFilters?: readonly string[];
  /** Seconds. */
  readonly expiresIn?: number;
  readonly api?: "platform" | "webinar";
}

/** Creates a subscription of user 1 without rcwh, so that it has no record. */
export async function subscribe(
  emulator: Emulator,
  address: string,
  options: SubscribeOptions = {},
): Promise<string> {
  const [id = ""] = await subscribeAll(emulator, [address], options);
  return id;
}

/** The same for several addresses, with one session. */
export async function subscribeAll(
  emulator: Emulator,
  addresses: readonly string[],
  { eventFilters = [ownFilters.posts], expiresIn, api = "platform" }: SubscribeOptions = {},
): Promise<readonly string[]> {
  const server = "http://emulator.test";
  const credentials = Buffer.from("emulator-client:emulator-secret").toString("base64");
  const login = await emulator.fetch(
    new Request(`${server}/restapi/oauth/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${credentials}` },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: "user-1",
      }),
    }),
  );
  const { access_token: token } = (await login.json()) as { readonly access_token: string };
  const path =
    api === "platform" ? "/restapi/v1.0/subscription" : "/webinar/notifications/v1/subscriptions";
  const ids: string[] = [];
  for (const address of addresses) {
    const created = await emulator.fetch(
      new Request(server + path, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({
          eventFilters,
          deliveryMode: { transportType: "WebHook", address },
          ...(expiresIn !== undefined && { expiresIn }),
        }),
      }),
    );
    const { id } = (await created.json()) as { readonly id?: string };
    if (id === undefined) throw new Error(`The emulator refused: HTTP ${created.status}`);
    ids.push(id);
  }
  return ids;
}

/** The id of the emulator's only subscription. */
export function onlyId(emulator: Emulator): string {
  const [only, ...others] = emulator.state().subscriptions;
  if (!only || others.length > 0) throw new Error(`There are ${others.length + (only ? 1 : 0)}.`);
  return only.id;
}

/** Seconds that each subscription has left by the emulator's clock, in order of creation. */
export function remaining(emulator: Emulator): readonly number[] {
  return emulator
    .state()
    .subscriptions.map(({ expirationTime }) =>
      Math.round((Date.parse(expirationTime) - emulator.clock.now()) / 1000),
    );
}

/** The bodies of the PUTs that the emulator received, oldest first. */
export function putBodies(emulator: Emulator): readonly unknown[] {
  return emulator.requests.filter(({ method }) => method === "PUT").map(({ body }) => body);
}

interface Stored {
  readonly records: SubscriptionRecord;
  readonly replacements: { readonly id: string };
}

/** The records of all profiles below a test's directory. */
export async function stored<Member extends keyof Stored>(
  directory: string,
  member: Member,
): Promise<readonly Stored[Member][]> {
  const text = await readFile(join(directory, "config", "config.json"), "utf8");
  const lists: Readonly<Record<string, readonly Stored[Member][]>> = JSON.parse(text)[member] ?? {};
  return Object.values(lists).flat();
}

/** `METHOD /path` of the requests for subscriptions since the last call, oldest first. */
export function takeRequests(emulator: Emulator): string[] {
  const seen = taken.get(emulator) ?? 0;
  taken.set(emulator, emulator.requests.length);
  return emulator.requests
    .slice(seen)
    .filter(({ path }) => path.includes("subscription"))
    .map(({ method, path }) => `${method} ${path}`);
}

const taken = new WeakMap<Emulator, number>();

/** The final text of stderr on a terminal, without the progress line that was erased. */
export function withoutProgress<Result extends { readonly stderr: string }>(result: Result) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this is about
  const stderr = result.stderr.replace(/\u001b\[\?7l.*?\u001b\[\?7h|\r\u001b\[K/g, "");
  return { ...result, stderr };
}
