import { describe } from "vitest";
import type { StubCall } from "../../src/emulator/server/start-emulator.ts";
import { signIn, test } from "./running-kit.ts";

const sms = "/restapi/v1.0/account/~/extension/~/sms";
const own = "/restapi/v1.0/account/4000000001/extension/7000000001";
const message = { from: { phoneNumber: "+12055550100" }, text: "Hello" };

describe("emulator.on", () => {
  test("answers a call and keeps its body", async ({ running, client, expect }) => {
    const stub = running.on("post", sms, {
      status: 201,
      body: { id: 7 },
      headers: { "X-Stub": "1" },
    });

    const answer = await client.call("POST", `${own}/sms?mock=1`, message);

    expect([answer.status, await answer.json(), answer.headers.get("x-stub")]).toEqual([
      201,
      { id: 7 },
      "1",
    ]);
    expect(answer.headers.get("rcrequestid")).toEqual(expect.any(String));
    expect(stub.calls).toEqual([
      {
        timestamp: expect.any(String),
        method: "POST",
        path: `${own}/sms`,
        params: {},
        query: { mock: "1" },
        headers: expect.objectContaining({ "content-type": "application/json" }),
        body: message,
        user: 1,
        clientId: "emulator-client",
      },
    ]);
    expect(stub.calls[0]?.headers).not.toHaveProperty("authorization");
    expect(await running.waitForRequest({ path: sms, body: { text: "Hello" } })).toMatchObject({
      status: 201,
      user: 1,
      body: message,
    });
  });

  test("matches ~ with the caller's own ids, and not with a colleague's", async ({
    running,
    client,
    expect,
  }) => {
    running.on("GET", sms, { body: { whose: "own" } });
    running.on("GET", "/restapi/v1.0/account/~/extension/7000000002/sms", { status: 202 });
    const statusOf = async (path: string) => (await client.call("GET", path)).status;

    expect(await statusOf(sms)).toBe(200);
    expect(await statusOf(`${own}/sms`)).toBe(200);
    expect(await statusOf("/restapi/v1.0/account/4000000001/extension/7000000002/sms")).toBe(202);
    expect(await statusOf("/restapi/v1.0/account/~/extension/7000000003/sms")).toBe(404);
    expect(await statusOf("/restapi/v1.0/account/4000000002/extension/~/sms")).toBe(404);
  });

  test("passes the path's parts to a function, and prefers the newest stub", async ({
    running,
    client,
    expect,
  }) => {
    running.on("*", "/restapi/v1.0/*", { status: 418 });
    running.on(
      "GET",
      "/restapi/v1.0/account/{accountId}/extension/~/message-store/{messageId}",
      async ({ params, query, user }: StubCall) => ({ body: { params, query, user } }),
    );
    running.on("GET", "/ai/v1/jobs/{id}", () => new Response("plain", { status: 203 }));

    const answer = await client.call("GET", `${own}/message-store/a%20b?x=1&x=2`);
    expect(await answer.json()).toEqual({
      params: { accountId: "4000000001", messageId: "a b" },
      query: { x: ["1", "2"] },
      user: 1,
    });
    const plain = await client.call("GET", "/ai/v1/jobs/1");
    expect([plain.status, await plain.text()]).toEqual([203, "plain"]);
    expect((await client.call("PUT", "/restapi/v1.0/anything")).status).toBe(418);
    // What is emulated is not covered by a pattern, but by a path of its own.
    expect((await client.call("GET", "/restapi/v1.0/subscription")).status).toBe(200);
    expect((await client.call("GET", own)).status).toBe(200);
    running.on("GET", "/restapi/v1.0/account/~/extension/~", { body: { name: "Ada" } });
    expect(await (await client.call("GET", own)).json()).toEqual({ name: "Ada" });
  });

  test("requires a token and counts towards the rate limit of its group", async ({
    start,
    expect,
  }) => {
    const emulator = await start({ settings: { rateLimits: { heavy: 1 } } });
    const stub = emulator.on("POST", sms, { body: {} }, { group: "heavy" });
    const client = await signIn(emulator);

    expect((await fetch(emulator.url + sms, { method: "POST" })).status).toBe(401);
    const first = await client.call("POST", sms, message);
    expect([first.status, first.headers.get("x-rate-limit-group")]).toEqual([200, "heavy"]);
    expect((await client.call("POST", sms, message)).status).toBe(429);
    expect(stub.calls).toHaveLength(1);
    // Faults come before stubs.
    emulator.clock.advance("2m");
    emulator.faults.add({ match: { path: "*/sms" }, code: "CMN-203" });
    expect((await client.call("POST", sms, message)).status).toBe(500);
  });

  test("reads forms, text and bodies that are not JSON", async ({ running, client, expect }) => {
    const stub = running.on("POST", "/x/{kind}", { status: 204 });
    const send = (kind: string, body: string | FormData | URLSearchParams, type?: string) =>
      fetch(`${running.url}/x/${kind}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${client.token}`,
          ...(type !== undefined && { "Content-Type": type }),
        },
        body,
      });
    const form = new FormData();
    form.set("to", "+12055550101");
    form.set("json", new Blob(['{"faxResolution":"High"}'], { type: "application/json" }));
    form.set("attachment", new Blob(["%PDF"], { type: "application/pdf" }), "a.pdf");

    await send("form", form);
    await send("fields", new URLSearchParams({ a: "1" }));
    await send("text", "plain", "text/plain");
    await send("list", "[1,2]", "application/json");
    expect((await send("broken", "{", "application/json")).status).toBe(400);

    expect(stub.calls.map(({ params, body }) => [params["kind"], body])).toEqual([
      [
        "form",
        {
          to: "+12055550101",
          json: { faxResolution: "High" },
          attachment: { name: "a.pdf", type: "application/pdf", size: 4 },
        },
      ],
      ["fields", { a: "1" }],
      ["text", "plain"],
      ["list", [1, 2]],
    ]);
  });

  test("stops when it is removed and on reset", async ({ running, client, expect }) => {
    const first = running.on("POST", sms, { status: 201 });
    const second = running.on("POST", sms, { status: 202 });
    const statusOf = async (by = client) => (await by.call("POST", sms, message)).status;

    expect(await statusOf()).toBe(202);
    second.remove();
    expect(await statusOf()).toBe(201);
    running.clearLog();
    expect([first.calls, second.calls.length]).toEqual([[], 1]);
    running.reset();
    expect(await statusOf(await signIn(running))).toBe(404);
  });

  test("reports an error thrown in the function", async ({ start, expect }) => {
    const errors: unknown[] = [];
    const emulator = await start({ onError: (error) => errors.push(error) });
    emulator.on("GET", "/x", () => {
      throw new Error("broken");
    });
    emulator.on("GET", "/y", () => JSON.parse("[1]"));
    const client = await signIn(emulator);

    expect((await client.call("GET", "/x")).status).toBe(500);
    expect((await client.call("GET", "/y")).status).toBe(500);
    expect(errors.map(String)).toEqual([
      "Error: broken",
      "RangeError: Invalid answer of GET /y value [1]: must be an object such as { status: 200, body: {} }.",
    ]);
  });

  for (const [given, problem] of [
    [["FETCH", sms, {}], 'Invalid stub.method value "FETCH": must be a method such as POST, or *.'],
    [
      ["GET", "sms", {}],
      'Invalid stub.path value "sms": must be a path without a query, such as "/restapi/v1.0/account/~/extension/~/sms".',
    ],
    [["GET", "/x?a=1", {}], 'Invalid stub.path value "/x?a=1": must be a path without a query'],
    [
      ["GET", "/x/{id}/{id}", {}],
      'Invalid stub.path value "/x/{id}/{id}": {id} must be a name of its own, of letters and digits.',
    ],
    [
      ["POST", "/restapi/oauth/token", {}],
      'Invalid stub.path value "/restapi/oauth/token": the emulator answers it itself; change its answers with faults.add.',
    ],
    [["GET", "/x"], "stub.answer is missing"],
    [
      ["GET", "/x", 200],
      "Invalid stub.answer value 200: must be a function, or an object such as { status: 200, body: {} }.",
    ],
    [
      ["GET", "/x", { statsu: 200 }],
      "Unknown stub.answer.statsu: use one of status, body, headers.",
    ],
    [["GET", "/x", { status: 99 }], "Invalid stub.answer.status value 99: must be a whole number"],
    [
      ["GET", "/x", {}, { group: "huge" }],
      'Invalid stub.group value "huge": must be light, medium, heavy or auth.',
    ],
  ] as const) {
    test(`refuses ${JSON.stringify(given)}`, async ({ running, expect }) => {
      const [method, path, answer, options] = JSON.parse(JSON.stringify(given));
      expect(() => running.on(method, path, answer, options)).toThrow(problem);
    });
  }
});
