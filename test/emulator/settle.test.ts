import { afterEach, describe, vi } from "vitest";
import type { RunningEmulator } from "../../src/emulator/server/running-emulator.ts";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { type Client, signIn, test } from "./running-kit.ts";

const posts = "/team-messaging/v1/posts";
const reminder = "/restapi/v1.0/subscription/~?threshold=86400&interval=3600";
const week = 7 * 24 * 60 * 60;
const day = 86_400_000;

afterEach(() => void vi.useRealTimers());

/** Renews as an app does: in its own time, after a new sign-in because tokens last an hour. */
async function renew(emulator: RunningEmulator, id: string): Promise<Client> {
  const client = await signIn(emulator);
  await client.call("POST", `/restapi/v1.0/subscription/${id}/renew`);
  return client;
}

describe("clock.advance with settle", () => {
  test("keeps an app subscribed that renews on each reminder", async ({
    running,
    client,
    serveWebhook,
    expect,
  }) => {
    const hook = await serveWebhook(({ event, subscriptionId }) => {
      if (event.includes("/subscription/")) setTimeout(() => renew(running, subscriptionId), 5);
    });
    const id = await client.subscribe(hook, [posts, reminder], week);

    await running.clock.advance("29d", { settle: true });

    expect(running.subscriptions()).toMatchObject([{ id, status: "Active" }]);
    expect(running.deliveries).toHaveLength(4);
    expect(running.requests.filter(({ path }) => path.endsWith("/renew"))).toHaveLength(4);
    expect(Date.parse(running.subscriptions()[0]?.expirationTime ?? "")).toBeGreaterThan(
      running.clock.now().getTime() + day,
    );
  });

  test("keeps an app subscribed that reads its subscription on each event", async ({
    running,
    client,
    serveWebhook,
    expect,
  }) => {
    const hook = await serveWebhook(async ({ subscriptionId }) => {
      const polling = await signIn(running);
      const path = `/restapi/v1.0/subscription/${subscriptionId}`;
      const answer = await polling.call("GET", path);
      const { expiresIn } = (await answer.json()) as { readonly expiresIn: number };
      if (expiresIn < 2 * 86_400) await polling.call("POST", `${path}/renew`);
    });
    const id = await client.subscribe(hook);

    for (let count = 0; count < 12; count++) {
      await running.sendEvent({ filter: "posts" });
      await running.clock.advance("1d", { settle: 30 });
    }

    expect(running.subscriptions()).toMatchObject([{ id, status: "Active" }]);
    expect(running.deliveries).toHaveLength(12);
  });

  test("with a function awaits it before, at each due time, and at the end", async ({
    start,
    hook,
    expect,
  }) => {
    const emulator = await start({ time: "2027-01-01T00:00:00Z", frozen: true });
    await (await signIn(emulator)).subscribe(hook, [posts, reminder], 2 * 86_400);
    const instants: string[] = [];
    const settle = async () => {
      await Promise.resolve();
      instants.push(emulator.clock.now().toISOString().slice(0, 16));
    };

    await emulator.clock.advance("25h30m", { settle });
    expect(instants).toEqual([
      "2027-01-01T00:00",
      "2027-01-02T00:00",
      "2027-01-02T01:00",
      "2027-01-02T01:30",
    ]);

    instants.length = 0;
    await emulator.clock.set("2027-01-02T03:00:00Z", { settle, step: "40m" });
    expect(instants).toEqual([
      "2027-01-02T01:30",
      "2027-01-02T02:00",
      "2027-01-02T02:40",
      "2027-01-02T03:00",
    ]);
  });

  test("advances in step with an app on fake timers", async ({ start, serveWebhook, expect }) => {
    vi.useFakeTimers({ now: Date.parse("2027-01-01T00:00:00Z") });
    const emulator = await start();
    const hook = await serveWebhook(() => {});
    const id = await (await signIn(emulator)).subscribe(hook);
    const timer = setInterval(() => void renew(emulator, id), 3 * day);

    await emulator.clock.advance("30d", {
      step: "1d",
      settle: async () => {
        await vi.advanceTimersByTimeAsync(emulator.clock.now().getTime() - Date.now());
        await emulator.idle({ quiet: 30 });
      },
    });
    clearInterval(timer);

    expect(emulator.subscriptions()).toMatchObject([{ id, status: "Active" }]);
    expect(emulator.clock.now().toISOString()).toBe(new Date().toISOString());
    expect(emulator.requests.filter(({ path }) => path.endsWith("/renew"))).toHaveLength(10);
  });

  test("when off does not wait for what follows an answer", async ({
    running,
    client,
    serveWebhook,
    expect,
  }) => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const renewals: Promise<Client>[] = [];
    const hook = await serveWebhook(({ subscriptionId }) => {
      renewals.push(released.then(() => renew(running, subscriptionId)));
    });
    await client.subscribe(hook, [posts, reminder], week);

    await running.clock.advance("30d");
    expect(running.subscriptions()).toEqual([]);
    release();
    await Promise.all(renewals);
  });

  test("fails if the app never becomes idle", async ({ start, expect }) => {
    const emulator = await start({ waitTimeout: 100 });
    const chatter = setInterval(() => void fetch(`${emulator.url}/restapi/v1.0/x`), 5);

    await expect(emulator.clock.advance("1d", { settle: true })).rejects.toThrow(
      /^The app did not settle within 150 ms: it was never quiet for 50 ms\. Its latest requests:(\n {2}GET \/restapi\/v1\.0\/x: 404 CMN-120){1,5}$/,
    );
    clearInterval(chatter);
  });

  for (const [options, message] of [
    [
      { settle: "soon" },
      'Invalid options.settle value "soon": must be true, milliseconds, a duration such as "100ms", or a function.',
    ],
    [
      { step: 0 },
      'Invalid options.step value 0: must be milliseconds, or a duration such as "1h".',
    ],
    [{ setle: true }, "Unknown options.setle: use one of settle, step."],
  ] as const) {
    test(`refuses ${JSON.stringify(options)}`, async ({ running, expect }) => {
      const given = JSON.parse(JSON.stringify(options));
      await expect(running.clock.advance("1d", given)).rejects.toThrow(message);
    });
  }
});

describe("emulator.idle", () => {
  test("waits for a request and a delivery in progress", async ({ running, client, expect }) => {
    await using endpoint = await slowEndpoint(120);
    await client.subscribe(endpoint.url);
    void running.sendEvent({ filter: "posts" });
    await running.idle({ quiet: 1 });
    expect(running.deliveries).toMatchObject([{ delivered: true }]);

    running.faults.add({ delay: "100ms" });
    void client.call("GET", "/restapi/v1.0/subscription");
    await running.idle();
    expect(running.requests.at(-1)).toMatchObject({ method: "GET", status: 200 });
  });

  test("ends when its signal is aborted, and when the emulator closes", async ({
    running,
    expect,
  }) => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(running.idle({ signal })).rejects.toThrow("enough");
    await expect(running.idle(JSON.parse('{"quite":1}'))).rejects.toThrow(
      "Unknown options.quite: use one of quiet, timeout, signal.",
    );
    await running.close();
    await expect(running.idle()).rejects.toThrow("The emulator is closed.");
  });
});

/** An endpoint that takes its time for events. */
function slowEndpoint(milliseconds: number) {
  return httpEndpoint((request, response) => {
    const isHandshake = request.headers["validation-token"] !== undefined;
    setTimeout(() => goodHandshake(request, response), isHandshake ? 0 : milliseconds);
  });
}
