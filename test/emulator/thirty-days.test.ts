import { text } from "node:stream/consumers";
import { test } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { type Endpoint, goodHandshake, httpEndpoint, patience } from "../support/endpoints.ts";
import { isWhole } from "../support/share.ts";
import { basic, jwtGrant, platform, start } from "./kit.ts";

const posts = "/team-messaging/v1/posts";
const oneDay = 86_400_000;

/** A hundred subscriptions of ten users. Each has its own lifetime and an app of one of four kinds. */
const subscriptions = Array.from({ length: 100 }, (_, index) => ({
  user: 1 + (index % 10),
  /** From twelve hours to two weeks. */
  lifetime: Math.round(43_200 * 1.034 ** index),
  kind: (["renews", "renews", "forgets", "breaks", "refuses"] as const)[index % 5] ?? "renews",
}));

const days = isWhole ? 30 : 12;

test(`simulates ${days} days with a hundred subscriptions in seconds, and repeats the first third identically`, async ({
  expect,
}) => {
  const first = await live(days);
  const again = await live(days / 3);
  for (const log of ["requests", "deliveries"] as const) {
    expect(again[log].length).toBeGreaterThan(isWhole ? 400 : 200);
    expect(again[log]).toEqual(first[log].slice(0, again[log].length));
  }

  const { state, requests, deliveries } = first;
  const reminders = deliveries.filter(({ event }) => event !== posts);
  const renewals = requests.filter(({ path }) => path.endsWith("/renew"));
  const count = (status: string) => state.subscriptions.filter((one) => one.status === status);
  expect({
    renewals: renewals.length,
    reminders: reminders.length,
    events: deliveries.length - reminders.length,
    active: count("Active").length,
    blacklisted: count("Blacklisted").length,
    now: state.now,
  }).toEqual(
    isWhole
      ? {
          renewals: 1051,
          reminders: 1171,
          events: 1638,
          active: 46,
          blacklisted: 3,
          now: "2026-12-22T12:00:00.000Z",
        }
      : {
          renewals: 428,
          reminders: 532,
          events: 769,
          active: 48,
          blacklisted: 3,
          now: "2026-12-04T12:00:00.000Z",
        },
  );
});

async function live(days: number) {
  const emulator = createEmulator({
    clock: { now: () => start },
    seed: "thirty days",
    settings: {
      lifetimeOnRenewal: "unchanged",
      rateLimits: "off",
      endpointDeadline: patience,
      blacklistRecovery: "recheck",
      blacklistRecheckInterval: 21_600,
      accessTokenLifetime: 2_678_400,
    },
  });
  await using apps = await serveApps(emulator);
  const tokens = new Map<number, string>();
  for (const { user, lifetime, kind } of subscriptions) {
    const token = tokens.get(user) ?? (await signIn(emulator, user));
    tokens.set(user, token);
    await subscribe(emulator, { token, lifetime, address: `${apps.url}/${kind}` });
  }
  for (let day = 0; day < days; day++) {
    await emulator.sendEvent({ filter: posts, body: { day } });
    await emulator.clock.advance(oneDay);
  }
  const log = JSON.stringify({
    state: emulator.state(),
    requests: emulator.requests,
    deliveries: emulator.deliveries,
  });
  const steady: Pick<Emulator, "requests" | "deliveries"> & {
    readonly state: ReturnType<Emulator["state"]>;
  } = JSON.parse(
    // How long an endpoint took is the one thing that is not emulated.
    log.replaceAll(apps.url, "http://127.0.0.1").replaceAll(/,"duration":\d+/g, ""),
  );
  return steady;
}

/**
 * Apps in one process: some renew before they answer a reminder, some never renew, some are down on every
 * third day, and some are down from the second day on.
 */
function serveApps(emulator: Emulator): Promise<Endpoint> {
  const tokens = new Map<number, string>();
  const renew = async (id: string, user: number) => {
    const token = tokens.get(user) ?? (await signIn(emulator, user));
    tokens.set(user, token);
    await call(emulator, "POST", `${platform}/${id}/renew`, { token });
  };
  return httpEndpoint(async (request, response) => {
    const day = Math.floor((emulator.clock.now() - start) / oneDay);
    const isDown =
      (request.url === "/breaks" && day % 3 === 2) || (request.url === "/refuses" && day > 0);
    if (isDown) return response.writeHead(503).end();
    if (request.headers["validation-token"]) return goodHandshake(request, response);

    const { event, subscriptionId, ownerId }: Readonly<Record<string, string>> = JSON.parse(
      await text(request),
    );
    const isReminder = event !== posts;
    if (isReminder && request.url !== "/forgets") {
      await renew(String(subscriptionId), Number(ownerId) - 7_000_000_000);
    }
    response.end();
  });
}

async function signIn(emulator: Emulator, user: number): Promise<string> {
  const response = await emulator.fetch(
    new Request("http://127.0.0.1/restapi/oauth/token", {
      method: "POST",
      headers: { Authorization: basic },
      body: new URLSearchParams({ grant_type: jwtGrant, assertion: `user-${user}` }),
    }),
  );
  const { access_token } = (await response.json()) as { readonly access_token: string };
  return access_token;
}

async function subscribe(
  emulator: Emulator,
  {
    token,
    lifetime,
    address,
  }: { readonly token: string; readonly lifetime: number; readonly address: string },
): Promise<void> {
  const threshold = Math.floor(lifetime / 4);
  const interval = Math.floor(threshold / 3);
  const response = await call(emulator, "POST", platform, {
    token,
    body: {
      eventFilters: [
        posts,
        `/restapi/v1.0/subscription/~?threshold=${threshold}&interval=${interval}`,
      ],
      deliveryMode: { transportType: "WebHook", address },
      expiresIn: lifetime,
    },
  });
  if (!response.ok) throw new Error(await response.text());
}

function call(
  emulator: Emulator,
  method: string,
  path: string,
  { token, body }: { readonly token: string; readonly body?: object },
): Promise<Response> {
  return emulator.fetch(
    new Request(`http://127.0.0.1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    }),
  );
}
