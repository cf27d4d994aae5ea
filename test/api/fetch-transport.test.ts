import { describe, test } from "vitest";
import { createFetchTransport, type Fetch } from "../../src/api/fetch-transport.ts";
import type { ExchangeLimits, HttpRequest } from "../../src/api/http.ts";
import { closedPort } from "../support/endpoints.ts";
import { type ScriptedAnswer, startScriptedServer } from "../support/scripted-server.ts";
import { failureOf } from "./kit.ts";

const get: HttpRequest = { method: "GET", path: "/a", headers: {}, body: undefined };
const limits: ExchangeLimits = {
  attempt: "ask",
  timeout: 5000,
  endsWithRun: false,
  signal: undefined,
};

function transportTo(server: string, by: Fetch = fetch) {
  return createFetchTransport({ server, fetch: by });
}

/** What becomes of a request that a server answers like this. */
async function exchangeWith(answer: ScriptedAnswer, changes: Partial<ExchangeLimits> = {}) {
  await using server = await startScriptedServer(() => answer);
  return await transportTo(server.url).exchange(get, { ...limits, ...changes });
}

describe("an exchange by fetch", () => {
  test("resolves to the status, lower-case headers and the whole body", async ({ expect }) => {
    await using server = await startScriptedServer(() => ({
      status: 418,
      headers: { "X-Two": "a" },
      body: "größer",
    }));
    const headers = { "X-One": "1", "User-Agent": "rcwh/1" };

    const answer = await transportTo(server.url).exchange(
      { method: "POST", path: "/a?b=c", headers, body: "ü" },
      limits,
    );

    expect(answer).toMatchObject({ status: 418, statusText: "I'm a Teapot", body: "größer" });
    expect(answer.headers["x-two"]).toBe("a");
    expect(server.requests).toMatchObject([
      {
        method: "POST",
        path: "/a?b=c",
        body: "ü",
        headers: { "x-one": "1", "user-agent": "rcwh/1", "content-length": "2" },
      },
    ]);
  });

  test("does not follow a redirect, which Refused to send the credentials along", async ({
    expect,
  }) => {
    await using elsewhere = await startScriptedServer(() => ({ body: "caught" }));
    await using server = await startScriptedServer(() => ({
      status: 307,
      headers: { Location: elsewhere.url },
    }));
    const headers = { Authorization: "Bearer secret" };

    const answer = await transportTo(server.url).exchange({ ...get, headers }, limits);

    expect(answer.status).toBe(307);
    expect(elsewhere.requests).toEqual([]);
  });

  test("reports a redirect that the runtime hides", async ({ expect }) => {
    const hidden = Object.defineProperty(new Response(), "type", { value: "opaqueredirect" });
    const { exchange } = transportTo("https://example.com", async () => hidden);
    await expect(exchange(get, limits)).rejects.toMatchObject({
      message:
        "Could not ask: example.com:443 redirected the request, which rcwh does not follow because requests carry credentials.",
    });
  });

  test.for<[string, ScriptedAnswer, string, string]>([
    ["no answer", { hang: true }, "did not answer within 0.1 s", "TIMEOUT"],
    ["a closed connection", { drop: "before" }, "closed the connection", "NETWORK"],
    ["half an answer", { body: "half", drop: "within" }, "the answer was cut off", "NETWORK"],
  ])("may have been processed after %s", async ([, answer, reason, code], { expect }) => {
    const timeout = answer.hang ? 100 : 5000;
    expect(await failureOf(exchangeWith(answer, { timeout }))).toMatchObject({
      message: expect.stringContaining(reason),
      code,
      exitCode: 5,
      maybeProcessed: true,
    });
  });

  test("has a body in the middle of which the time is up", async ({ expect }) => {
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const { exchange } = transportTo("https://example.com", async () => new Response(body));
    await expect(
      exchange(get, { ...limits, timeout: 20, endsWithRun: true }),
    ).rejects.toMatchObject({ code: "DEADLINE", maybeProcessed: true });
  });

  test("stops at a body that exceeds any valid answer, and hangs up", async ({ expect }) => {
    let signal: AbortSignal | null | undefined;
    const chunk = new Uint8Array(16 * 1024 * 1024);
    const { exchange } = transportTo("https://example.com", async (_url, init) => {
      signal = init.signal;
      return new Response(new ReadableStream({ pull: (stream) => stream.enqueue(chunk) }));
    });
    await expect(exchange(get, limits)).rejects.toMatchObject({
      message: "Could not ask: the answer is larger than 64 MB.",
      maybeProcessed: true,
    });
    expect(signal?.aborted).toBe(true);
  });

  test.for<[string, Error, string, string, boolean]>([
    ["Node", cause("ECONNREFUSED"), "nothing listens at example.com:443", "NETWORK", false],
    ["Node, of several addresses", several(), "nothing listens at", "NETWORK", false],
    ["Node", cause("ENOTFOUND"), "the name of example.com:443", "NETWORK", false],
    ["Node", cause("CERT_HAS_EXPIRED"), "cannot be trusted", "CERTIFICATE", false],
    ["Node", cause("UND_ERR_SOCKET"), "closed the connection", "NETWORK", true],
    [
      "Deno",
      new TypeError(
        "error sending request for url (https://example.com/a): client error (Connect): tcp connect error: Connection refused (os error 111)",
      ),
      "nothing listens at",
      "NETWORK",
      false,
    ],
    [
      "Deno",
      new TypeError("error sending request: client error (Connect): invalid peer certificate"),
      "cannot be trusted",
      "CERTIFICATE",
      false,
    ],
    ["Bun", withCode("ConnectionRefused"), "nothing listens at", "NETWORK", false],
    ["workerd", new Error("Network connection lost."), "Network connection lost.", "NETWORK", true],
    ["no runtime", "a text" as unknown as Error, "failed (a text)", "NETWORK", true],
  ])(
    "says what failed in the words of %s: %s",
    async ([, error, reason, code, maybe], { expect }) => {
      const { exchange } = transportTo("https://example.com", async () => {
        throw error;
      });
      await expect(exchange(get, limits)).rejects.toMatchObject({
        message: expect.stringContaining(reason),
        code,
        maybeProcessed: maybe,
      });
    },
  );

  test("is refused where nobody listens, before anything is sent", async ({ expect }) => {
    const port = await closedPort();
    const { exchange } = transportTo(`http://127.0.0.1:${port}`);
    await expect(exchange(get, limits)).rejects.toMatchObject({
      message: `Could not ask: nothing listens at 127.0.0.1:${port} (ECONNREFUSED).`,
      maybeProcessed: false,
    });
  });

  test("ends with the run, and hangs up", async ({ expect }) => {
    const stop = new AbortController();
    let signal: AbortSignal | null | undefined;
    const { exchange } = transportTo("https://example.com", (_url, init) => {
      signal = init.signal;
      return new Promise(() => {});
    });
    const exchanged = exchange(get, { ...limits, signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(exchanged).rejects.toThrow("stopped");
    expect(signal?.aborted).toBe(true);
    await expect(exchange(get, { ...limits, signal: stop.signal })).rejects.toThrow("stopped");
  });

  test("calls fetch as a function, as runtimes demand", async ({ expect }) => {
    const { exchange } = transportTo("https://example.com", async function (this: unknown) {
      return new Response(String(this));
    });
    expect((await exchange(get, limits)).body).toBe("undefined");
  });

  test("has no header that HTTP does not allow", async ({ expect }) => {
    const { exchange } = transportTo("https://example.com", async () => new Response());
    const headers = { Authorization: "Bearer a\nb" };
    await expect(exchange({ ...get, headers }, limits)).rejects.toMatchObject({ code: "USAGE" });
  });

  test.for(["http://example.com", "ftp://localhost"])("never goes to %s", (server, { expect }) => {
    expect(() => transportTo(server)).toThrow(/is not https/);
  });

  test("never takes the credentials to another server", async ({ expect }) => {
    const { exchange } = transportTo("https://example.com");
    const path = "https://example.org/a";
    await expect(exchange({ ...get, path }, limits)).rejects.toThrow(
      /Refused to send the credentials/,
    );
  });
});

function cause(code: string): Error {
  return new TypeError("fetch failed", { cause: withCode(code) });
}

function withCode(code: string): Error {
  return Object.assign(new Error("it failed"), { code });
}

function several(): Error {
  return new TypeError("fetch failed", { cause: new AggregateError([withCode("ECONNREFUSED")]) });
}
