import { afterEach, describe, vi } from "vitest";
import { goodHandshake, httpEndpoint } from "../support/endpoints.ts";
import { signIn, test } from "./running-kit.ts";

const posts = "/team-messaging/v1/posts";
const sms = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
const own = "/restapi/v1.0/account/4000000001/extension/7000000001";

afterEach(() => void vi.useRealTimers());

/** The message of a promise's rejection. */
function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: Error) => error.message,
  );
}

describe("waitForRequest", () => {
  test("returns an earlier request, or waits for the next one", async ({
    running,
    client,
    expect,
  }) => {
    const login = await running.waitForRequest({ path: "/restapi/oauth/*" });
    expect(login).toBe(running.requests[0]);

    const later = running.waitForRequest({ method: "get", path: "*/extension/~", status: 200 });
    await client.call("GET", own);
    expect(await later).toMatchObject({ method: "GET", path: own, user: 1 });
  });

  test("considers only requests after the given one", async ({ running, client, expect }) => {
    const match = { path: /subscription$/ };
    await client.call("GET", "/restapi/v1.0/subscription");
    const first = await running.waitForRequest(match);
    const second = running.waitForRequest(match, { after: first });
    await client.call("GET", "/restapi/v1.0/subscription");

    expect((await second).requestId).not.toBe(first.requestId);
    expect(await running.waitForRequest(match, { after: undefined })).toBe(first);
  });

  test("matches the body with values, a test runner's matchers or a function", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    await client.subscribe(hook);
    const created = running.requests[1];

    for (const body of [
      { eventFilters: [posts] },
      { deliveryMode: { address: /hook$/ } },
      { eventFilters: expect.arrayContaining([expect.any(String)]) },
    ]) {
      expect(await running.waitForRequest({ body })).toBe(created);
    }
    expect(await running.waitForRequest(({ method, body }) => method === "POST" && !!body)).toBe(
      created,
    );
    for (const body of [{ eventFilters: [] }, { eventFilters: [posts, posts] }, { other: 1 }]) {
      expect(await messageOf(running.waitForRequest({ body }, { timeout: 0 }))).toMatch(
        /subscription: 200, user 1 – other body$/,
      );
    }
  });

  test("lists the received requests when it times out, and shows where it was called", async ({
    running,
    client,
    expect,
  }) => {
    await client.call("GET", "/restapi/v1.0/nowhere");

    const error = await running
      .waitForRequest({ method: "POST", path: "*/renew" }, { timeout: "20ms" })
      .catch((thrown: Error) => thrown);

    expect(error).toMatchObject({
      name: "TimeoutError",
      message: `No request that matches { method: 'POST', path: '*/renew' } within 20 ms. None of these matches:
  POST /restapi/oauth/token: 200, user 1 – other path
  GET /restapi/v1.0/nowhere: 404 CMN-120 – other method, path`,
    });
    expect(String(error instanceof Error && error.stack)).toMatch(
      /^TimeoutError: No request[\s\S]*other method, path\n +at [^\n]*waits\.test\.ts/,
    );
  });

  test("says that nothing arrived, or how many more requests there were", async ({
    running,
    expect,
  }) => {
    const wait = () => running.waitForRequest({}, { timeout: 0 });
    expect(await messageOf(wait())).toBe(
      `No request within 0 ms. No request has arrived; the emulator listens at ${running.url}.`,
    );

    for (let count = 0; count < 20; count++) await fetch(`${running.url}/x`);
    const never = () => false;
    const message = await messageOf(running.waitForRequest(never, { timeout: 0 }));
    expect(message.split("\n").slice(0, 3)).toEqual([
      "No request that never accepts within 0 ms. None of these matches:",
      "  (5 earlier)",
      "  GET /x: 404 CMN-120",
    ]);
  });

  test("ends when its signal is aborted, when the emulator closes, and when the function throws", async ({
    running,
    expect,
  }) => {
    const controller = new AbortController();
    const aborted = messageOf(running.waitForRequest({}, { signal: controller.signal }));
    const closed = messageOf(running.waitForRequest());
    controller.abort(new Error("enough"));
    expect(await aborted).toBe("enough");
    expect(await messageOf(running.waitForRequest({}, { signal: controller.signal }))).toBe(
      "enough",
    );

    await fetch(running.url);
    const failing = running.waitForRequest(() => {
      throw new Error("broken");
    });
    expect(await messageOf(failing)).toBe("broken");
    const promising = () => Promise.resolve(true) as unknown as boolean;
    expect(await messageOf(running.waitForRequest(promising))).toMatch(
      /must return its result at once/,
    );
    expect(await closed).toBe("resolved");

    running.clearLog();
    const open = messageOf(running.waitForRequest());
    await running.close();
    expect(await open).toBe("The emulator is closed.");
  });

  for (const [given, message] of [
    [[{ pth: "/x" }], "Unknown match.pth: use one of method, path, status, code, user, body."],
    [["*/renew"], 'Invalid match value "*/renew": must be a function, or an object such as'],
    [
      [{}, { timeout: "soon" }],
      'Invalid options.timeout value "soon": must be milliseconds, or a duration such as "5s".',
    ],
    [[{}, { timeuot: 1 }], "Unknown options.timeuot: use one of timeout, signal, after."],
  ] as const) {
    test(`refuses ${JSON.stringify(given)}`, async ({ running, expect }) => {
      const [match, options] = JSON.parse(JSON.stringify(given));
      expect(await messageOf(running.waitForRequest(match, options))).toContain(message);
    });
  }
});

describe("waitForDelivery", () => {
  test("finds an event by its alias, short path or URI", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    const id = await client.subscribe(hook, [posts, sms]);
    const wanted = running.waitForDelivery({ event: "sms", body: { subject: "Hello" } });
    await running.sendEvent({ filter: "posts" });
    await running.sendEvent({ filter: "sms", body: { subject: "Hello", to: [] } });

    const delivery = await wanted;
    expect(delivery).toEqual({
      uuid: expect.any(String),
      subscriptionId: id,
      user: 1,
      event: `${own}/message-store/instant?type=SMS`,
      address: hook,
      timestamp: expect.any(String),
      body: { subject: "Hello", to: [] },
      delivered: true,
      status: 200,
      duration: expect.any(Number),
    });
    for (const event of [sms, `${own}/message-store/instant?type=SMS`, "*type=SMS", /SMS$/]) {
      expect(await running.waitForDelivery({ event })).toBe(delivery);
    }
    expect(await messageOf(running.waitForDelivery({ event: "smss" }))).toContain(
      'Unknown event filter "smss".',
    );
  });

  test("resolves when its own endpoint has answered, even if another endpoint is slow", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    await using slow = await httpEndpoint((request, response) => {
      if (request.headers["validation-token"]) goodHandshake(request, response);
    });
    running.configure({ endpointDeadline: 300 });
    const id = await client.subscribe(slow.url);
    await (await signIn(running, 2)).subscribe(hook);

    let isSent = false;
    const sent = running.sendEvent({ filter: "posts" }).then(() => {
      isSent = true;
    });
    expect(await running.waitForDelivery({ user: 2 })).toMatchObject({ delivered: true });
    expect(isSent).toBe(false);
    await sent;
    const late = await running.waitForDelivery({ subscriptionId: id });
    expect(late).toMatchObject({ delivered: false, reason: expect.stringContaining("timed out") });
    expect(late.duration).toBeGreaterThan(250);
  });

  test("lists the subscriptions if nothing was delivered", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    const wait = () => messageOf(running.waitForDelivery({ delivered: true }, { timeout: 0 }));
    expect(await wait()).toBe(
      "No delivery that matches { delivered: true } within 0 ms. No delivery was made. Nobody has subscribed.",
    );

    const id = await client.subscribe(hook);
    const [subscription] = running.subscriptions();
    expect(await wait()).toMatch(
      `No delivery was made. The subscriptions are:\n  ${id} (user 1): Active until ${subscription?.expirationTime}, ${posts} to ${hook}`,
    );
  });

  test("distinguishes a retry from the first attempt", async ({ running, client, expect }) => {
    let calls = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      calls++;
      if (calls === 2) response.writeHead(503).end();
      else goodHandshake(request, response);
    });
    running.configure({ deliveryRetries: 1, deliveryRetryInterval: 60 });
    await client.subscribe(endpoint.url);

    await running.sendEvent({ filter: "posts" });
    const failed = await running.waitForDelivery({ delivered: false, reason: "*503*" });
    expect(await messageOf(running.waitForDelivery({}, { after: failed, timeout: 0 }))).toMatch(
      /^No delivery within 0 ms/,
    );
    await running.clock.advance("1m");
    expect(await running.waitForDelivery({}, { after: failed })).toMatchObject({
      uuid: failed.uuid,
      attempt: 2,
      delivered: true,
    });
  });
});

describe("waitForSubscription", () => {
  test("waits for a subscription with the filters, and for its renewal", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    const wait = running.waitForSubscription({ eventFilters: ["sms"], status: "Active" });
    const id = await client.subscribe(hook, [posts, sms]);
    const subscription = await wait;
    expect(subscription).toMatchObject({ id, user: 1 });

    await running.clock.advance("1d");
    const renewed = running.waitForSubscription(
      ({ expirationTime }) => expirationTime > subscription.expirationTime,
    );
    const again = await signIn(running);
    await again.call("POST", `/restapi/v1.0/subscription/${id}/renew`);
    expect((await renewed).id).toBe(id);
  });

  test("lists the existing subscriptions, or else the requests", async ({
    running,
    client,
    hook,
    expect,
  }) => {
    const wait = () =>
      messageOf(running.waitForSubscription({ status: "Blacklisted" }, { timeout: 0 }));
    expect(await wait()).toMatch(
      "There is no subscription. The requests were:\n  POST /restapi/oauth/token: 200, user 1",
    );
    await client.subscribe(hook);
    expect(await wait()).toMatch(
      /None of these matches:\n {2}.* \(user 1\): Active .* – other status$/,
    );
  });
});

describe("every wait", () => {
  test("runs in real time while a test fakes the timers", async ({ running, hook, expect }) => {
    vi.useFakeTimers();
    const client = await signIn(running);
    await client.subscribe(hook);
    await running.sendEvent({ filter: "posts" });

    expect(await running.waitForDelivery({ event: "posts" })).toMatchObject({ delivered: true });
    expect(await messageOf(running.waitForRequest({ status: 1 }, { timeout: 10 }))).toMatch(
      /^No request that matches { status: 1 } within 10 ms/,
    );
  });

  test("lasts for the emulator's waitTimeout by default", async ({ start, expect }) => {
    const quick = await start({ waitTimeout: "10ms" });
    expect(await messageOf(quick.waitForRequest())).toMatch("No request within 10 ms.");
    await expect(start(JSON.parse('{"waitTimeout":"long"}'))).rejects.toThrow(
      'Invalid options.waitTimeout value "long": must be milliseconds, or a duration such as "5s".',
    );
  });
});
