import { describe } from "vitest";
import {
  memoryStore,
  postgresSchema,
  postgresStore,
  RcwhError,
  redisStore,
  type Store,
  seal,
} from "../../src/client/client.ts";
import { errorOf, test } from "./kit.ts";

const day = 86_400_000;

describe("renewDue", () => {
  test("renews, recovers and re-creates, with an outcome for each", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const urls = ["due", "late", "black", "fine"].map((name) => `${endpoint.url}/${name}`);
    const ids: string[] = [];
    for (const url of urls) {
      const expiresIn = url.endsWith("late") ? "1d" : url.endsWith("fine") ? "10y" : "7d";
      ids.push((await client.create({ filters: ["posts"], url, expiresIn })).id);
    }
    const [due, late, black, fine] = ids;
    await clock.advance("6d", 6 * day);
    emulator.blacklist(black ?? "");

    const outcomes = async (options: Parameters<typeof client.renewDue>[0]) => {
      const { results } = await client.renewDue(options);
      return Object.fromEntries(results.map(({ id, outcome }) => [id, outcome]));
    };
    expect(await errorOf(client.renewDue({ maxChanges: 1, recreate: true }))).toMatchObject({
      code: "USAGE",
      message: "This would change 3 subscriptions, and maxChanges allows 1. Nothing was changed.",
    });
    expect(await outcomes({ recover: true, recreate: true })).toEqual({
      ...{ [due ?? ""]: "renewed", [late ?? ""]: "recreated" },
      ...{ [black ?? ""]: "recovered", [fine ?? ""]: "not-due" },
    });
    expect(emulator.subscriptions()).toHaveLength(4);
  });

  test("reports what it does not change", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const { id } = await client.create({ filters: ["posts"], url: endpoint.url });
    emulator.blacklist(id);
    const { results } = await client.renewDue();
    expect(results).toMatchObject([
      { id, outcome: "blacklisted", error: { code: "UNHEALTHY", permanent: true } },
    ]);
    // Hints are for people who type commands.
    expect(JSON.stringify(results)).not.toMatch(/hint|exitCode|profile|rcwh|--/);
  });
});

test("stores refuse invalid options with RcwhError", ({ expect }) => {
  const client = async () => [];
  const names = "Invalid name of a schema or prefix of tables";
  for (const [create, message] of [
    [
      () => redisStore(client, { prefix: "{s}:" }),
      'without braces; "s" makes keys that begin with "{s}:"',
    ],
    [() => postgresStore(client, { prefix: "A" }), names],
    [() => postgresSchema({ schema: "a b" }), names],
    [() => seal(memoryStore(), "short"), "Make one with `openssl rand -base64 32`."],
  ] as const) {
    const facts = { code: "USAGE", permanent: true, message: expect.stringContaining(message) };
    expect(create).toThrow(RcwhError);
    expect(create).toThrow(expect.objectContaining(facts));
  }
});

test("RcwhError tells its instances by their name, and those of a class that extends it", ({
  expect,
}) => {
  const facts = { message: "It failed.", code: "FAILED", permanent: true };
  class Other extends RcwhError {}
  const likeIt = Object.assign(new Error(), { name: "RcwhError" });
  const all = [new RcwhError(facts), new Other(facts), likeIt, new Error(), { name: "RcwhError" }];
  expect(all.map((each) => each instanceof RcwhError)).toEqual([true, true, true, false, false]);
  expect(all.map((each) => each instanceof Other)).toEqual([false, true, false, false, false]);
});

describe("a client", () => {
  test("recovers, re-creates and renews by name, or several", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const { id } = await client.create({ filters: ["posts"], url: endpoint.url });
    expect(await client.recover(id)).toMatchObject({ id, outcome: "skipped" });
    expect(await client.recover()).toEqual({ results: [] });
    emulator.blacklist(id);
    const { newId = "" } = await client.recover(endpoint.url);
    expect(emulator.subscriptions()).toMatchObject([{ id: newId, status: "Active" }]);
    expect(await errorOf(client.recreate(newId))).toMatchObject({ code: "EXISTS" });
    expect(await client.renew([newId])).toMatchObject({ results: [{ outcome: "renewed" }] });

    await clock.advance("8d", 8 * day);
    expect(await client.list()).toEqual([]);
    expect(await client.list({ recorded: true })).toMatchObject([{ id: newId, status: "Expired" }]);
    expect(await errorOf(client.read(newId))).toMatchObject({ code: "NOT_FOUND" });
    expect(await client.recreate()).toMatchObject({
      results: [{ id: newId, outcome: "recreated" }],
    });
  });

  test("updates in place, replaces and rotates", async ({
    connect,
    clock,
    endpoint,
    emulator,
    notices,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const { id } = await client.create({ filters: ["posts"], url: endpoint.url });
    const updated = await client.update(id, { addFilters: ["voicemail"], expiresIn: "30d" });
    expect(updated).toMatchObject({ id, outcome: "updated" });
    expect(updated.subscription?.eventFilters).toHaveLength(2);
    expect(await client.update(id, { addFilters: ["posts"] })).toMatchObject({
      outcome: "unchanged",
    });
    expect(await errorOf(client.update(id, { expiresIn: "1d" }))).toMatchObject({
      ...{ code: "USAGE", permanent: true },
      message: expect.stringContaining("This would shorten the lifetime"),
    });

    const moved = await client.replace(id, { url: `${endpoint.url}/new` });
    expect(moved).toMatchObject({ id, outcome: "replaced" });
    const shown: string[] = [];
    const rotated = await client.rotateToken(moved.newId ?? "", {
      onToken: (token) => {
        shown.push(token);
        expect(emulator.subscriptions()).toHaveLength(1);
      },
    });
    expect(shown).toEqual([rotated.verificationToken]);
    expect(endpoint.tokens.at(-1)).toBe(rotated.verificationToken);
    expect(emulator.subscriptions().map((each) => each.id)).toEqual([rotated.newId]);

    const kept = await client.rotateToken(rotated.newId ?? "", {
      ...{ verificationToken: "a-token-of-mine", overlap: "10m" },
    });
    expect(emulator.subscriptions()).toHaveLength(2);
    await clock.advance("11m", 660_000);
    await client.renewDue();
    expect(emulator.subscriptions().map((each) => each.id)).toEqual([kept.newId]);
    expect(notices.join("\n")).not.toContain(rotated.verificationToken);
  });

  test.for([
    ["finishes what a killed run began to replace, once its lock is over", 15_000],
    ["reports what it cannot finish while another run holds the lock", 60_000],
  ] as const)("%s", async ([, ttl], { connect, endpoint, emulator, expect }) => {
    // Moves with every pause: the wait for a lock takes no time.
    let ahead = 0;
    const clock = {
      now: () => Date.now() + ahead,
      async sleep(milliseconds: number) {
        ahead += milliseconds;
      },
    };
    const memory = memoryStore(clock);
    const locks: string[] = [];
    const store: Store = {
      ...memory,
      lock(request) {
        locks.push(request.name);
        return memory.lock(request);
      },
    };
    const client = connect({ store, clock });
    const { id } = await client.create({ filters: ["posts"], url: endpoint.url });
    const cut = connect({
      ...{ store, clock },
      fetch: (url, init) =>
        init.method === "DELETE" ? Promise.reject(new Error("cut")) : fetch(url, init),
    });
    await errorOf(cut.rotateToken(id));
    const [, made] = emulator.subscriptions();
    // As of the run that was killed.
    const name = locks.at(-1) ?? "";
    await memory.lock({ name, holder: "a killed run, 1b2c3d4e", ttl });

    const { results } = await client.renewDue();

    if (ttl < 60_000) {
      expect(results).toMatchObject([{ id: made?.id, outcome: "not-due" }]);
      expect(emulator.subscriptions().map((each) => each.id)).toEqual([made?.id]);
      return;
    }
    expect(results.map((each) => [each.id, each.outcome])).toEqual([
      [id, "unfinished"],
      [id, "not-due"],
      [made?.id, "not-due"],
    ]);
    expect(results[0]?.error).toEqual({
      ...{ code: "LOCKED", permanent: false },
      message: `An earlier run began to replace ${id} with a new one for ${endpoint.url}, and it cannot be finished yet. Another rcwh (a killed run) holds the lock ${name}, and did not release it in time.`,
    });
  });

  test("tells when one that it replaces lost events", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ store: memoryStore(clock) });
    const { id } = await client.create({ filters: ["posts"], url: endpoint.url });
    emulator.blacklist(id);
    const rotated = await client.rotateToken(id, { overlap: "10m" });
    expect(rotated.gap).toEqual({
      from: expect.any(String),
      to: rotated.subscription?.creationTime,
    });
    expect(emulator.subscriptions().map((each) => each.id)).toEqual([rotated.newId]);
  });

  test("keeps to make before break at the limit", async ({ connect, clock, endpoint, expect }) => {
    const client = connect({ store: memoryStore(clock) });
    for (let at = 0; at < 30; at += 1) {
      await client.create({ filters: ["posts"], url: `${endpoint.url}/${at}` });
    }
    const changes = { url: `${endpoint.url}/new` };
    const refused = await errorOf(client.replace(`${endpoint.url}/0`, changes));
    expect(refused).toMatchObject({ code: "SUB-505", permanent: true });
    expect(refused.message).not.toMatch(/--|rcwh/);
    expect(
      await client.replace(`${endpoint.url}/0`, changes, { breakBeforeMake: true }),
    ).toMatchObject({ outcome: "replaced" });
  });

  test("creates no duplicate", async ({ connect, clock, endpoint, emulator, expect }) => {
    const client = connect({ store: memoryStore(clock) });
    const request = { filters: ["posts"], url: endpoint.url };
    const { id } = await client.create(request);
    expect(await errorOf(client.create(request))).toMatchObject({ code: "DUPLICATE" });
    expect(await client.create(request, { ifExists: "reuse" })).toMatchObject({
      ...{ id, outcome: "unchanged" },
    });
    await client.create(request, { ifExists: "new" });
    expect(emulator.subscriptions()).toHaveLength(2);
    // A URL that stands for two is no name of one.
    expect(await errorOf(client.delete(endpoint.url))).toMatchObject({ code: "USAGE" });
    expect(emulator.subscriptions()).toHaveLength(2);
    await client.delete([endpoint.url]);
    expect(emulator.subscriptions()).toEqual([]);
  });

  test("looks before it repeats a create whose answer was lost", async ({
    connect,
    clock,
    endpoint,
    emulator,
    expect,
  }) => {
    const match = { method: "POST", path: "/restapi/v1.0/subscription" };
    emulator.faults.add({ match, drop: "after", times: 1 });
    const client = connect({ store: memoryStore(clock) });
    const created = await client.create({ filters: ["posts"], url: endpoint.url });
    expect(emulator.subscriptions().map((each) => each.id)).toEqual([created.id]);
  });

  test("says who is signed in, and ends its session", async ({ connect, emulator, expect }) => {
    const client = connect();
    expect(await client.whoami()).toMatchObject({
      ...{ server: emulator.url, clientId: emulator.clientId, extensionNumber: "101" },
      scopes: expect.arrayContaining(["SubscriptionWebhook"]),
    });
    await client.close();
    expect(emulator.requests.at(-1)?.path).toBe("/restapi/oauth/revoke");
  });

  test("works with a token that others look after", async ({ connect, emulator, expect }) => {
    const { access_token: token } = await signIn(emulator);
    const client = connect({ accessToken: async () => token, account: "ada" });
    expect(await client.list()).toEqual([]);
    await client.close();
    const broken = connect({ accessToken: "other" });
    expect(await errorOf(broken.list())).toMatchObject({ status: 401, permanent: true });
    const logins = emulator.requests.filter(({ path }) => path.startsWith("/restapi/oauth"));
    expect(logins).toHaveLength(1);
  });
});

async function signIn(emulator: {
  url: string;
  clientId: string;
  clientSecret: string;
  jwt(): string;
}) {
  const { url, clientId, clientSecret } = emulator;
  const answer = await fetch(`${url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: emulator.jwt(),
    }),
  });
  return (await answer.json()) as { access_token: string };
}

describe("check", () => {
  test("passes an endpoint that answers, events too", async ({ connect, endpoint, expect }) => {
    const { passed, checks } = await connect().check(endpoint.url, { event: true });
    expect(passed).toBe(true);
    expect(checks.map(({ rule, status }) => `${rule} ${status}`)).toEqual(
      expect.arrayContaining(["validation-token pass", "time pass", "event-status pass"]),
    );
  });

  test.for([
    ["SUB-520", () => new Response(null)],
    ["SUB-521", () => Promise.reject(new TypeError("fetch failed"))],
    ["SUB-522", () => new Response(null, { status: 404 })],
    ["SUB-522", () => new Response(null, { status: 302, headers: { Location: "/login" } })],
    [
      "SUB-525",
      (headers: Record<string, string>) =>
        new Response("x".repeat(1100), {
          headers: { "Validation-Token": headers["Validation-Token"] ?? "" },
        }),
    ],
  ] as const)(
    "finds what RingCentral refuses with %s",
    async ([code, answer], { connect, expect }) => {
      const fetch = async (_: string, init: RequestInit) =>
        answer(init.headers as Record<string, string>);
      const found = await connect({ fetch }).check("https://example.com/hook?key=secret-of-mine");
      expect(found).toMatchObject({ passed: false, code });
      expect(JSON.stringify(found)).not.toMatch(/secret-of-mine|rcwh /);
    },
  );

  test("refuses http on another machine, and calls nobody", async ({ connect, expect }) => {
    const fetch = () => Promise.reject(new Error("called"));
    const found = await connect({ fetch }).check("http://example.com/hook");
    expect(found).toMatchObject({ passed: false, code: "SUB-523" });
    expect(await errorOf(connect().check("not a URL"))).toMatchObject({ code: "USAGE" });
  });
});

describe("errors", () => {
  test("tell what passes from what is permanent", async ({
    connect,
    endpoint,
    emulator,
    expect,
  }) => {
    const client = connect({ deadline: 5000 });
    const request = { filters: ["posts"], url: endpoint.url };
    endpoint.status = 404;
    expect(await errorOf(client.create(request))).toMatchObject({
      ...{ name: "RcwhError", code: "SUB-522", permanent: true, status: 400 },
      requestId: expect.any(String),
    });
    endpoint.status = undefined;

    const headers = { "Retry-After": "90" };
    emulator.faults.add({ match: { method: "GET" }, code: "CMN-301", headers, times: 1 });
    expect(await errorOf(client.list())).toMatchObject({
      ...{ permanent: false, retryAfter: expect.any(Number) },
    });
    const elsewhere = connect({ server: "http://127.0.0.1:9" });
    expect(await errorOf(elsewhere.list())).toMatchObject({ code: "NETWORK", permanent: false });
    const wrong = connect({ credentials: { clientId: "no-such-app", jwt: "a-jwt-of-nobody" } });
    const refused = await errorOf(wrong.list());
    expect(refused).toMatchObject({ permanent: true, status: expect.any(Number) });
    expect(
      JSON.stringify({ ...refused, message: refused.message, stack: refused.stack }),
    ).not.toContain("a-jwt-of-nobody");
  });

  test("come from the store, too, and pass", async ({ connect, clock, expect }) => {
    const down: Store = {
      ...memoryStore(clock),
      read: () => Promise.reject(new Error("connection refused")),
    };
    expect(await errorOf(connect({ store: down, deadline: 400 }).list())).toMatchObject({
      ...{ code: "STORE", permanent: false },
      message: expect.stringContaining("connection refused"),
    });
  });

  test("come from a store that refuses, which ends the work on several", async ({
    connect,
    clock,
    endpoint,
    expect,
  }) => {
    const memory = memoryStore(clock);
    let isRefusing = false;
    const client = connect({
      store: {
        ...memory,
        async compareAndSet(change) {
          if (!isRefusing) return memory.compareAndSet(change);
          throw Object.assign(new Error("permission denied"), { code: "42501" });
        },
      },
    });
    const ids: string[] = [];
    for (const path of ["a", "b"]) {
      const { id } = await client.create({ filters: ["posts"], url: `${endpoint.url}/${path}` });
      ids.push(id);
    }
    isRefusing = true;

    expect(await errorOf(client.renew(ids))).toMatchObject({
      ...{ code: "STORE_REFUSED", permanent: true },
      message: "Cannot use the store: permission denied.",
      results: [{ outcome: "refused" }, { outcome: "not-tried" }],
    });
  });

  test("name the run that works already", async ({ connect, clock, endpoint, expect }) => {
    const store = memoryStore(clock);
    const refused: unknown[] = [];
    const other = connect({ store, deadline: 100 });
    const client = connect({
      ...{ store, owner: "the nightly function" },
      async fetch(url, init) {
        if (init.method === "POST" && url.endsWith("/subscription")) {
          refused.push(await errorOf(other.renewDue()));
        }
        return fetch(url, init);
      },
    });
    await client.ensure({ filters: ["posts"], url: endpoint.url, expiresIn: 86_400 });
    expect(refused).toMatchObject([
      {
        ...{ code: "LOCKED", permanent: false },
        message: expect.stringMatching(
          /^Another run is working for the same user and app \(the nightly function since .*Z\)\.$/,
        ),
      },
    ]);
  });

  test("of whoever looks after the token pass", async ({ connect, expect }) => {
    const accessToken = () => Promise.reject(new Error("the vault is sealed"));
    const { now } = Date;
    expect(await errorOf(connect({ accessToken, clock: { now } }).list())).toMatchObject({
      ...{ code: "ACCESS_TOKEN", permanent: false },
      message: "Could not get an access token: the vault is sealed",
    });
  });

  test("tell of a signal, with its reason", async ({ connect, expect }) => {
    const reason = new Error("the function ends");
    const stopped = await errorOf(connect({ signal: AbortSignal.abort(reason) }).list());
    expect(stopped).toMatchObject({ code: "INTERRUPTED", permanent: false, cause: reason });
  });

  test("of options name what is wrong", async ({ connect, emulator, expect }) => {
    const given = { server: emulator.url, accessToken: "token" };
    const usage = { name: "RcwhError", code: "USAGE", permanent: true };
    for (const [options, message] of [
      [
        { credentials: undefined, accessToken: undefined },
        "give either credentials or accessToken",
      ],
      [{ ...given, server: "http://example.com" }, "neither https nor http on this machine"],
      [{ ...given, onnotice: () => {} }, "unknown option onnotice (did you mean onNotice?)"],
      [{ ...given, deadline: 0 }, "invalid deadline 0"],
      [{ ...given, store: {} }, "store must be an object with read, compareAndSet, lock, unlock"],
      [{ accessToken: "two\nlines" }, "accessToken must be visible ASCII"],
      [{ accessToken: "" }, "is an environment variable missing?"],
    ] as const) {
      const create = () => connect({ credentials: undefined, ...options } as never);
      expect(create).toThrow(
        expect.objectContaining({ ...usage, message: expect.stringContaining(message) }),
      );
    }
    const client = connect();
    for (const [call, message] of [
      [client.ensure({ filters: [], url: "https://example.com" }), "filters must be an array"],
      [
        client.ensure({ filters: ["smss"], url: "https://example.com" }),
        'Unknown event filter "smss"',
      ],
      [client.create({ filters: ["sms"], url: "ftp://example.com" }), "https"],
      [
        client.renewDue({ whithin: "3d" } as never),
        "unknown option whithin (did you mean within?)",
      ],
      [client.renewDue({ within: "3" }), 'Invalid within value "3"'],
      [client.delete([]), "delete takes an id"],
      [
        client.create({ filters: ["sms"], url: "https://a.example", verificationToken: "a b" }),
        "visible ASCII",
      ],
    ] as const) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: "USAGE", permanent: true });
      expect(error.message).toContain(message);
      expect(error.message).not.toMatch(/--\w|`rcwh/);
    }
  });
});
