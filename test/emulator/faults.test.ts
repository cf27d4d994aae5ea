import { describe } from "vitest";
import type { Fault } from "../../src/emulator/control/fault-rules.ts";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { defaultSettings } from "../../src/emulator/setting-table.ts";
import { platform, start, test } from "./kit.ts";

const faults = "/emulator/v1/faults";

describe("a fault answers", () => {
  test("with a status code", async ({ emulator, call, expect }) => {
    emulator.faults.add({ status: 503 });
    const answer = await call("GET", platform);
    expect([answer.status, answer.body]).toEqual([503, undefined]);
    expect((await call("GET", platform)).status).toBe(401);
  });

  test("with its own body and headers", async ({ emulator, call, expect }) => {
    emulator.faults.add({
      status: 429,
      body: { errorCode: "CMN-301" },
      headers: { "Retry-After": "7", RCRequestId: "mine" },
    });
    const answer = await call("GET", platform);
    expect([answer.status, answer.body]).toEqual([429, { errorCode: "CMN-301" }]);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.headers.get("rcrequestid")).toBe("mine");

    emulator.faults.add({ body: "not JSON" });
    const text = await call("GET", platform);
    expect([text.status, text.body, text.headers.get("content-type")]).toEqual([
      200,
      "not JSON",
      "text/plain; charset=UTF-8",
    ]);
    emulator.faults.add({ body: null });
    expect((await call("GET", platform)).body).toBeNull();
    emulator.faults.add({ status: 204, body: "nobody reads this" });
    expect((await call("GET", platform)).status).toBe(204);
  });

  test("with a RingCentral error code", async ({ emulator, call, expect }) => {
    emulator.faults.add({ code: "SUB-518" });
    const answer = await call("GET", platform);
    expect([answer.status, answer.code]).toEqual([403, "SUB-518"]);
    expect(emulator.requests.at(-1)).toMatchObject({ status: 403, code: "SUB-518", fault: "1" });

    emulator.faults.add({ code: "OAU-112" });
    const login = await call("POST", "/restapi/oauth/token");
    expect([login.status, login.body.error, login.code]).toEqual([
      403,
      "unauthorized_client",
      "OAU-112",
    ]);
    emulator.faults.add({ code: "CMN-201", status: 500 });
    const other = await call("GET", platform);
    expect([other.status, other.code]).toEqual([500, "CMN-201"]);
  });

  test("with rate-limit headers, like the limit itself", async ({
    emulator,
    configure,
    call,
    expect,
  }) => {
    const { rateLimits } = defaultSettings;
    configure({ rateLimits, rateLimitPenalty: 7 });
    const names = ["Retry-After", "X-Rate-Limit-Group", "X-Rate-Limit-Remaining"];
    const meet = async (fault: Fault, method = "GET") => {
      emulator.faults.add(fault);
      const { status, headers } = await call(method, platform);
      return [status, ...names.map((name) => headers.get(name))];
    };

    expect(await meet({ code: "CMN-301" })).toEqual([429, "7", "light", "0"]);
    expect(await meet({ code: "CMN-301" }, "POST")).toEqual([429, "7", "medium", "0"]);
    expect(await meet({ code: "CMN-302" })).toEqual([429, "7", null, null]);
    expect(await meet({ code: "CMN-302", headers: { "Retry-After": "90" } })).toEqual([
      429,
      "90",
      null,
      null,
    ]);
    expect(await meet({ code: "CMN-301", status: 503 })).toEqual([503, null, null, null]);
    expect(await meet({ status: 429 })).toEqual([429, null, null, null]);
    configure({ rateLimitHeadersOn429: false });
    expect(await meet({ code: "CMN-301" })).toEqual([429, "7", null, null]);
  });

  test("in the format of a login for a login", async ({ emulator, call, expect }) => {
    for (const [code, message] of [
      ["CMN-101", "Parameter value is invalid"],
      ["CMN-302", "Unknown application. Rate limits undefined"],
    ] as const) {
      for (const path of ["/restapi/oauth/token", "/restapi/oauth/revoke"]) {
        emulator.faults.add({ code });
        expect((await call("POST", path)).body).toEqual({
          error: "invalid_request",
          error_description: message,
          errors: [{ errorCode: code, message }],
        });
      }
    }
    emulator.faults.add({ code: "CMN-302" });
    const { body } = await call("POST", "/restapi/oauth/wstoken");
    expect(body).toMatchObject({ errorCode: "CMN-302", errors: [{ errorCode: "CMN-302" }] });
  });

  test("with a gateway's page", async ({ emulator, call, expect }) => {
    emulator.faults.add({ html: true });
    const answer = await call("GET", platform);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([502, "text/html"]);
    expect(answer.body).toMatch(/^<html>\n<head><title>502 Bad Gateway<\/title>/);
    for (const [status, title] of [
      [504, "504 Gateway Timeout"],
      [599, "599"],
    ] as const) {
      emulator.faults.add({ html: true, status });
      const { status: answered, body } = await call("GET", platform);
      expect(answered).toBe(status);
      expect(body).toContain(`<title>${title}</title>`);
      expect(body).toContain(`<h1>${title}</h1>`);
    }
  });

  test("and the request is not processed", async ({ emulator, subscribe, signIn, expect }) => {
    const token = await signIn();
    emulator.faults.add({ status: 503 });
    expect((await subscribe({ token })).status).toBe(503);
    expect(emulator.state().subscriptions).toEqual([]);
  });
});

describe("a fault changes the real answer:", () => {
  test("replaces headers", async ({ emulator, call, signIn, expect }) => {
    const token = await signIn();
    emulator.faults.add({ headers: { "Content-Type": "text/html" } });
    const answer = await call("GET", platform, { token });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html"]);
    expect(answer.body).toContain('"records"');
  });

  test("cuts off the end", async ({ emulator, signIn, expect }) => {
    await using server = await serve(emulator.fetch);
    const headers = { Authorization: `Bearer ${await signIn()}` };
    const whole = await (await fetch(server.url + platform, { headers })).text();
    for (const truncate of [0, 10]) {
      emulator.faults.add({ truncate });
      const response = await fetch(server.url + platform, { headers });
      expect(response.headers.get("content-length")).toBe(String(whole.length));
      await expect(response.text()).rejects.toThrow();
    }
    emulator.faults.add({ truncate: whole.length });
    expect(await (await fetch(server.url + platform, { headers })).text()).toBe(whole);
  });

  test("delays it after the request was processed", async ({
    emulator,
    signIn,
    subscribe,
    expect,
  }) => {
    const token = await signIn();
    emulator.faults.add({ delay: "30ms" });
    const startedAt = performance.now();
    const pending = subscribe({ token });
    expect((await pending).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(25);
    expect(emulator.clock.now()).toBe(start);
  });

  test("delays it until the client hangs up", async ({ emulator, signIn, webhook, expect }) => {
    await using server = await serve(emulator.fetch);
    const token = await signIn();
    emulator.faults.add({ delay: "1d", match: { method: "POST" } });
    const leaving = new AbortController();
    const pending = fetch(server.url + platform, {
      method: "POST",
      signal: leaving.signal,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        eventFilters: ["/team-messaging/v1/posts"],
        deliveryMode: { transportType: "WebHook", address: webhook.url },
      }),
    });
    await expect.poll(() => emulator.state().subscriptions.length).toBe(1);
    leaving.abort();
    await expect(pending).rejects.toThrow();
    await expect.poll(() => emulator.requests.at(-1)).toMatchObject({ method: "POST", fault: "1" });
  });
});

describe("a fault drops the connection", () => {
  for (const drop of ["before", "after"] as const) {
    test(`${drop} the request is processed`, async ({ emulator, signIn, webhook, expect }) => {
      await using server = await serve(emulator.fetch);
      const token = await signIn();
      emulator.faults.add({ drop });
      const pending = fetch(server.url + platform, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({
          eventFilters: ["/team-messaging/v1/posts"],
          deliveryMode: { transportType: "WebHook", address: webhook.url },
        }),
      });

      await expect(pending).rejects.toThrow();
      expect(emulator.state().subscriptions).toHaveLength(drop === "after" ? 1 : 0);
      expect(emulator.requests.at(-1)).toMatchObject({ method: "POST", status: 0, fault: "1" });
      expect((await fetch(`${server.url}/emulator/v1/clock`)).status).toBe(200);
    });
  }
});

describe("a fault matches", () => {
  test("the methods of a pattern", async ({ emulator, call, expect }) => {
    emulator.faults.add({ match: { method: "p*T" }, status: 503, times: "always" });
    const statuses = ["GET", "POST", "PUT", "DELETE", "PATCH"].map(
      async (method) => (await call(method, "/nothing")).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 503, 503, 404, 404]);
  });

  const ask = (call: (method: string, path: string) => Promise<{ readonly status: number }>) => {
    return async (...lines: readonly string[]) => {
      const matched = [];
      for (const line of lines) {
        const [method = "", path = ""] = line.split(" ");
        if ((await call(method, path)).status === 599) matched.push(line);
      }
      return matched;
    };
  };

  for (const [match, matched] of [
    [{}, ["GET /a", "POST /a", "GET /a/b/c", "GET /b"]],
    [{ method: "post" }, ["POST /a"]],
    [{ method: "*", path: "/a" }, ["GET /a", "POST /a"]],
    [{ path: "/a/*" }, ["GET /a/b/c"]],
    [{ path: "/a/*/c" }, ["GET /a/b/c"]],
    [{ path: "*b" }, ["GET /b"]],
    [{ path: "*" }, ["GET /a", "POST /a", "GET /a/b/c", "GET /b"]],
    [{ path: "/a*a" }, []],
    [{ method: "GET", path: "/*/b/*" }, ["GET /a/b/c"]],
  ] as const) {
    test(`according to ${JSON.stringify(match)}`, async ({ emulator, call, expect }) => {
      emulator.faults.add({ status: 599, match, times: "always" });
      const lines = ["GET /a", "POST /a", "GET /a/b/c", "GET /b", "GET /emulator/v1/clock"];
      expect(await ask(call)(...lines)).toEqual(matched);
    });
  }

  test("a limited number of requests", async ({ emulator, call, expect }) => {
    emulator.faults.add({ status: 599, times: 2 });
    expect(await ask(call)("GET /1", "GET /2", "GET /3")).toEqual(["GET /1", "GET /2"]);
    expect(emulator.faults.list()).toEqual([]);
  });

  test("one of several concurrent requests", async ({ emulator, call, expect }) => {
    emulator.faults.add({ status: 599, delay: "1ms" });
    const answers = await Promise.all([call("GET", "/1"), call("GET", "/2")]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([404, 599]);
  });

  test("in the order in which faults were added", async ({ emulator, call, expect }) => {
    emulator.faults.add({ status: 501 });
    emulator.faults.add({ status: 502 });
    expect((await call("GET", "/")).status).toBe(501);
    expect((await call("GET", "/")).status).toBe(502);
  });

  test("at random, decided by the seed", async ({ expect }) => {
    const run = async (fault: Fault, seed: string) => {
      const emulator = createEmulator({ clock: { now: () => start }, seed });
      emulator.faults.add({ status: 599, rate: 0.25, ...fault });
      const statuses = [];
      for (let count = 0; count < 200; count++) {
        const { status } = await emulator.fetch(new Request("http://127.0.0.1/"));
        statuses.push(status);
      }
      return statuses.map((status) => (status === 599 ? "x" : ".")).join("");
    };

    const once = await run({ seed: 7 }, "a");
    expect(await run({ seed: 7 }, "b")).toBe(once);
    expect(await run({ seed: 8 }, "a")).not.toBe(once);
    expect(await run({}, "a")).toBe(await run({}, "a"));
    expect(await run({}, "a")).not.toBe(await run({}, "b"));
    expect(once.replaceAll(".", "").length).toBeGreaterThan(30);
    expect(once.replaceAll(".", "").length).toBeLessThan(70);
    expect(await run({ rate: 0 }, "a")).not.toContain("x");
    expect(await run({ rate: 1 }, "a")).not.toContain(".");
    expect((await run({ rate: 0.5, times: 3 }, "a")).replaceAll(".", "")).toBe("xxx");
  });

  test("nothing once it is removed, or after a reset", async ({ emulator, call, expect }) => {
    const id = emulator.faults.add({ status: 599 });
    expect([emulator.faults.remove(id), emulator.faults.remove(id)]).toEqual([true, false]);
    emulator.faults.add({ status: 599 });
    emulator.faults.clear();
    emulator.faults.add({ status: 599 });
    emulator.reset();
    expect(await ask(call)("GET /1", "GET /2")).toEqual([]);
  });
});

describe(faults, () => {
  test("adds, lists and removes", async ({ call, expect }) => {
    const fault = { match: { method: "POST", path: `${platform}*` }, status: 503, times: 3 };
    const added = await call("POST", faults, { body: fault });
    expect([added.status, added.body]).toEqual([201, { id: "1", ...fault, fired: 0 }]);
    await call("POST", faults, { body: { drop: "after", times: "always" } });

    expect((await call("POST", platform)).status).toBe(503);
    expect((await call("GET", faults)).body).toEqual({
      faults: [
        { id: "1", ...fault, fired: 1 },
        { id: "2", drop: "after", times: "always", fired: 0 },
      ],
    });

    expect((await call("DELETE", `${faults}/2`)).status).toBe(204);
    const gone = await call("DELETE", `${faults}/2`);
    expect([gone.status, gone.body.parameterName]).toEqual([404, "faultId"]);
    expect((await call("DELETE", faults)).status).toBe(204);
    expect((await call("GET", faults)).body).toEqual({ faults: [] });
    expect((await call("POST", faults, { body: { status: 500 } })).body.id).toBe("3");
  });

  for (const [body, parameterName] of [
    [{}, "status"],
    [{ times: 2 }, "status"],
    [{ status: 199 }, "status"],
    [{ status: "503" }, "status"],
    [{ code: "SUB-999" }, "code"],
    [{ code: "constructor" }, "code"],
    [{ html: false }, "html"],
    [{ drop: true }, "drop"],
    [{ delay: 20 }, "delay"],
    [{ delay: "soon" }, "delay"],
    [{ delay: "2d" }, "delay"],
    [{ truncate: -1 }, "truncate"],
    [{ headers: { "Bad Name": "x" } }, "headers"],
    [{ headers: { Name: "x\r\nOther: y" } }, "headers"],
    [{ headers: { Name: 1 } }, "headers"],
    [{ headers: [] }, "headers"],
    [{ headers: { "Content-Length": "5" } }, "headers.Content-Length"],
    [{ headers: { "Transfer-Encoding": "chunked" } }, "headers.Transfer-Encoding"],
    [{ headers: { A: "b", trailer: "x" } }, "headers.trailer"],
    [{ headers: { CONNECTION: "close" } }, "headers.CONNECTION"],
    [{ headers: { Upgrade: "h2c" } }, "headers.Upgrade"],
    [{ headers: { "Keep-Alive": "timeout=5" } }, "headers.Keep-Alive"],
    [{ status: 500, times: 0 }, "times"],
    [{ status: 500, times: "twice" }, "times"],
    [{ status: 500, rate: 2 }, "rate"],
    [{ status: 500, seed: true }, "seed"],
    [{ status: 500, match: "POST" }, "match"],
    [{ status: 500, match: { verb: "POST" } }, "match.verb"],
    [{ status: 500, match: { path: "restapi" } }, "match.path"],
    [{ status: 500, match: { method: "" } }, "match.method"],
    [{ status: 500, match: { method: "PUT,POST" } }, "match.method"],
    [{ status: 500, statuses: 1 }, "statuses"],
    [{ status: 500, toString: 1 }, "toString"],
    [{ drop: "before", status: 500 }, "status"],
    [{ drop: "after", headers: {} }, "headers"],
    [{ code: "SUB-518", body: {} }, "body"],
    [{ html: true, body: "x" }, "body"],
  ] as const) {
    test(`refuses ${JSON.stringify(body)}`, async ({ call, expect }) => {
      const answer = await call("POST", faults, { body });
      expect([answer.status, answer.body.parameterName]).toEqual([400, parameterName]);
      expect((await call("GET", faults)).body).toEqual({ faults: [] });
    });
  }

  test("explains why a header is refused", async ({ call, expect }) => {
    const body = { headers: { "Content-Length": "5" } };
    expect((await call("POST", faults, { body })).body.message).toBe(
      "Parameter [headers.Content-Length] describes the connection, and only the server can set it",
    );
  });

  test("refuses the same faults as the library", ({ emulator, expect }) => {
    expect(() => emulator.faults.add({ status: 500, times: 0 })).toThrow(
      "Invalid fault.times value 0",
    );
  });
});
