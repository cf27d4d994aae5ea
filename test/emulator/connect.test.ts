import { describe } from "vitest";
import {
  type ConnectedEmulator,
  connectEmulator,
} from "../../src/emulator/server/start-emulator.ts";
import { test as base, signIn } from "./running-kit.ts";

const posts = "/team-messaging/v1/posts";
const sms = "/restapi/v1.0/account/~/extension/~/sms";
const reminder = "/restapi/v1.0/subscription/~?threshold=86400&interval=3600";

const test = base.extend<{ readonly connected: ConnectedEmulator }>({
  connected: async ({ running }, use) => {
    await using connected = await connectEmulator(`${running.url}/`, { waitTimeout: "60s" });
    await use(connected);
  },
});

describe("connectEmulator", () => {
  test("provides credentials to sign in with", async ({ running, connected, expect }) => {
    const { url, port, clientId, clientSecret } = running;
    expect(connected).toMatchObject({ url, port, clientId, clientSecret });
    expect(connected.env(2)).toEqual(running.env(2));
    expect(connected.env(2)).toMatchObject({
      RCWH_SERVER: url,
      RC_USER_JWT: "user-2",
      RC_APP_CLIENT_ID: clientId,
      RINGCENTRAL_CLIENT_SECRET: clientSecret,
    });
  });

  test("waits for requests, sends events and reads the logs", async ({
    connected,
    client,
    hook,
    expect,
  }) => {
    const request = connected.waitForRequest({ method: "POST", path: "*/subscription" });
    const subscribed = connected.waitForSubscription({ eventFilters: ["posts"] });
    const id = await client.subscribe(hook);
    expect((await request).status).toBe(200);
    expect((await subscribed).id).toBe(id);

    const [delivery] = await connected.sendEvent({ filter: "posts", body: { text: "Hello" } });
    expect(await connected.waitForDelivery({ event: "posts", delivered: true })).toEqual(delivery);
    expect((await connected.sendEvent({ filter: "sms" })).reason).toContain(
      "No subscription has the filter",
    );
    expect(await connected.deliveries).toEqual([delivery]);
    expect(await connected.requests).toHaveLength(2);
    expect(await connected.subscriptions(2)).toEqual([]);
    await connected.blacklist(id, "too slow");
    expect(await connected.subscriptions()).toMatchObject([{ id, status: "Blacklisted" }]);
    await expect(connected.blacklist("nobody")).rejects.toThrow("No such subscription: nobody.");
    await connected.clearLog();
    await expect(connected.waitForRequest({}, { timeout: 10 })).rejects.toThrow(
      `No request within 10 ms. No request has arrived; the emulator listens at ${connected.url}.`,
    );
    await connected.reset();
    expect((await connected.state()).subscriptions).toEqual([]);
  });

  test("advances the clock and lets an app react", async ({
    running,
    connected,
    client,
    serveWebhook,
    expect,
  }) => {
    await connected.clock.freeze();
    const hook = await serveWebhook(async ({ event, subscriptionId }) => {
      if (!event.includes("/subscription/")) return;
      const again = await signIn(running);
      await again.call("POST", `/restapi/v1.0/subscription/${subscriptionId}/renew`);
    });
    const id = await client.subscribe(hook, [posts, reminder]);
    const before = await connected.clock.now();

    await connected.clock.advance("20d", { settle: true });

    expect((await connected.clock.now()).getTime() - before.getTime()).toBe(20 * 86_400_000);
    expect(await connected.subscriptions()).toMatchObject([{ id, status: "Active" }]);
    await connected.clock.set("2030-01-01T00:00:00Z");
    expect([await connected.clock.now(), await connected.clock.frozen]).toEqual([
      new Date("2030-01-01T00:00:00Z"),
      true,
    ]);
    await connected.clock.resume();
    expect(await connected.clock.frozen).toBe(false);
    await connected.idle({ quiet: 10 });
    const settle = JSON.parse.bind(undefined, "1") as never;
    await expect(connected.clock.advance("1d", { settle })).rejects.toThrow("in the same process");
  });

  test("stubs other APIs and keeps the requests to them", async ({ connected, client, expect }) => {
    const stub = await connected.on("post", sms, { status: 201, body: { id: 7 } });
    const answer = await client.call("POST", sms, { text: "Hello" });

    expect([answer.status, await answer.json()]).toEqual([201, { id: 7 }]);
    expect(await stub.calls).toMatchObject([{ method: "POST", body: { text: "Hello" }, user: 1 }]);
    await stub.remove();
    expect((await client.call("POST", sms, {})).status).toBe(404);
    await expect(connected.on("POST", "sms", {})).rejects.toThrow(
      `refuses POST /stubs: Invalid stub.path value "sms": must be a path without a query`,
    );
    const answerer = (() => ({})) as never;
    await expect(connected.on("POST", sms, answerer)).rejects.toThrow("not a function");
  });

  test("adds and removes faults, changes settings and cuts WebSockets", async ({
    connected,
    client,
    expect,
  }) => {
    const id = await connected.faults.add({ status: 503, times: "always" });
    expect(await connected.faults.list()).toMatchObject([{ id, status: 503 }]);
    expect((await client.call("GET", "/restapi/v1.0/subscription")).status).toBe(503);
    expect([await connected.faults.remove(id), await connected.faults.remove(id)]).toEqual([
      true,
      false,
    ]);
    await expect(connected.faults.add({ status: 99 })).rejects.toThrow("from 200 to 599");
    await connected.configure({ subscriptionLimit: 2 });
    expect((await connected.settings).subscriptionLimit).toBe(2);
    await expect(connected.configure(JSON.parse('{"subscriptionLimt":2}'))).rejects.toThrow(
      "did you mean subscriptionLimit?",
    );
    expect(await connected.cutConnections()).toBe(0);
  });

  test("explains a wrong address, and ends its waits when it is closed", async ({
    running,
    connected,
    expect,
  }) => {
    await expect(connectEmulator(JSON.parse("{}")["url"])).rejects.toThrow(
      'must be an emulator\'s, such as "http://127.0.0.1:4010".',
    );
    const wait = connected.waitForRequest();
    await connected.close();
    await expect(wait).rejects.toThrow("The connection to the emulator is closed.");
    await running.close();
    await expect(connectEmulator(running.url)).rejects.toThrow(
      `No emulator answers at ${running.url} (ECONNREFUSED).`,
    );
  });
});
