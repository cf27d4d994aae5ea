import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { basic, jwtGrant, platform, test } from "./kit.ts";

describe("serve", () => {
  test("serves a function on a loopback port", async ({ expect }) => {
    await using server = await serve(
      async (asked) => new Response(`${asked.method} ${await asked.text()}`),
    );

    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const response = await fetch(server.url, { method: "POST", body: "hello" });
    expect(await response.text()).toBe("POST hello");
  });

  test("does not replace the global Request and Response", async ({ expect }) => {
    const before = [globalThis.Request, globalThis.Response];
    await using server = await serve(() => new Response());
    await fetch(server.url);
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
  });

  test("stops immediately, with connections open and requests unanswered", async ({ expect }) => {
    const server = await serve(() => new Promise(() => {}));
    const asking = fetch(server.url).catch((error: unknown) => error);
    const socket = connect(server.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});

    await server.close();

    expect(await asking).toBeInstanceOf(TypeError);
    await closed;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test("answers 500 with the reason if the function throws", async ({ expect }) => {
    await using server = await serve(() => {
      throw new Error("no luck");
    });
    const response = await fetch(server.url);
    expect([response.status, await response.text()]).toEqual([
      500,
      expect.stringMatching("no luck"),
    ]);
  });

  test("keeps the status text and sends null bodies without a body", async ({ expect }) => {
    await using server = await serve(
      () => new Response(null, { status: 404, statusText: "Not Here" }),
    );
    const response = await fetch(server.url, { method: "POST", body: "x" });
    expect([response.statusText, response.headers.get("content-length")]).toEqual([
      "Not Here",
      "0",
    ]);
  });

  test("reports a port that is already in use", async ({ expect }) => {
    await using server = await serve(() => new Response());
    const again = serve(() => new Response(), { port: server.port });

    await expect(again).rejects.toMatchObject({
      message: expect.stringContaining(`Port ${server.port}`),
      hint: expect.stringContaining("--port"),
      exitCode: 5,
    });
  });
});

describe("a request for a protocol upgrade", () => {
  const plain = (emulator: Emulator) => serve(emulator.fetch, { upgrade: emulator.upgrade });
  const h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
  const form = `grant_type=${encodeURIComponent(jwtGrant)}&assertion=user-1`;
  const signIn = `POST /restapi/oauth/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic}\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
  const clock = "GET /emulator/v1/clock HTTP/1.1\r\nHost: localhost\r\n";
  const websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

  for (const [what, parts, statuses] of [
    ["a GET", [`${clock}${h2c}\r\n`], ["200"]],
    ["a POST", [`${signIn}${h2c}Content-Length: ${form.length}\r\n\r\n${form}`], ["200"]],
    [
      "a POST whose body comes later",
      [`${signIn}${h2c}Content-Length: ${form.length}\r\n\r\n`, form.slice(0, 9), form.slice(9)],
      ["200"],
    ],
    [
      "a POST in chunks, and the next one on its connection",
      [
        `${signIn}${h2c}Transfer-Encoding: chunked\r\n\r\n${form.length.toString(16)}\r\n`,
        `${form}\r\n0\r\n\r\n`,
        `${clock}\r\n`,
      ],
      ["200", "200"],
    ],
    ["several, one after the other", [`${clock}${h2c}\r\n`, `${clock}\r\n`], ["200", "200"]],
    [
      "a WebSocket where there is none",
      [`GET /x HTTP/1.1\r\nHost: localhost\r\n${websocket}\r\n`],
      ["404"],
    ],
    ["a WebSocket by POST", [`POST /ws HTTP/1.1\r\nHost: localhost\r\n${websocket}\r\n`], ["404"]],
    ["HTTP/2 where WebSockets are", [`GET /ws HTTP/1.1\r\nHost: localhost\r\n${h2c}\r\n`], ["404"]],
  ] as const) {
    test(`is answered like an ordinary request: ${what}`, async ({ emulator, expect }) => {
      await using server = await plain(emulator);
      const socket = connect(server.port, "127.0.0.1").setNoDelay();
      await using _socket = { [Symbol.asyncDispose]: async () => void socket.destroy() };
      let answer = "";
      socket.on("data", (chunk) => {
        answer += String(chunk);
      });
      const answered = () =>
        [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
      for (const [index, part] of parts.entries()) {
        // As clients do: the next request follows the answer to the one before.
        const isNext = statuses.length > 1 && index === parts.length - 1;
        if (isNext) await expect.poll(answered, { interval: 5 }).toHaveLength(1);
        socket.write(part);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await expect.poll(answered, { interval: 5 }).toEqual(statuses);
      expect(answer).toMatch(/rcrequestid/i);
    });
  }
});

describe("the emulator on a socket", () => {
  test("survives invalid requests", async ({ emulator, expect }) => {
    await using server = await serve(emulator.fetch);
    const talk = (text: string) =>
      new Promise<string>((resolve) => {
        let answer = "";
        const socket = connect(server.port, "127.0.0.1", () => socket.end(text));
        socket.on("data", (chunk) => {
          answer += String(chunk);
        });
        socket.on("error", () => resolve(answer));
        socket.on("close", () => resolve(answer));
      });
    const host = "Host: 127.0.0.1\r\n";

    for (const text of [
      "\r\n\r\n",
      "nonsense\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      `GET //evil.example/ HTTP/1.1\r\n${host}\r\n`,
      `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`,
      `GET /%ff%fe${platform} HTTP/1.1\r\n${host}\r\n`,
      `GET ${platform}/%zz HTTP/1.1\r\n${host}Authorization: Bearer x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a b\r\n\r\n`,
      `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
      `TRACE ${platform} HTTP/1.1\r\n${host}\r\n`,
      `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${host}\r\n`,
      `PROPFIND ${platform} HTTP/1.1\r\n${host}\r\n`,
      `POST /restapi/oauth/token HTTP/1.1\r\n${host}Content-Length: 99\r\n\r\nshort`,
      `POST /restapi/oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ]) {
      expect(await talk(text)).toMatch(/^(?:HTTP\/1\.1 [45]\d\d |$)/);
    }
    expect((await fetch(`${server.url}/emulator/v1/clock`)).status).toBe(200);
  });

  test("answers HEAD without a body, and unknown methods with 405", async ({
    emulator,
    expect,
  }) => {
    await using server = await serve(emulator.fetch);
    const head = await fetch(`${server.url}/emulator/v1/clock`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const patch = await fetch(server.url + platform, { method: "PATCH" });
    expect([patch.status, patch.headers.get("content-type")]).toEqual([
      405,
      "application/json; charset=UTF-8",
    ]);
  });

  test("uses its own address in uris", async ({ emulator, webhook, expect }) => {
    await using server = await serve(emulator.fetch);
    const login = await fetch(`${server.url}/restapi/oauth/token`, {
      method: "POST",
      headers: { Authorization: basic },
      body: new URLSearchParams({ grant_type: jwtGrant, assertion: "user-3" }),
    });
    const { access_token } = (await login.json()) as { readonly access_token: string };
    const created = await fetch(server.url + platform, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        eventFilters: ["/team-messaging/v1/posts"],
        deliveryMode: { transportType: "WebHook", address: webhook.url },
      }),
    });
    const { id, uri } = (await created.json()) as { readonly id: string; readonly uri: string };
    expect(uri).toBe(`${server.url}${platform}/${id}`);
  });

  test("refuses a large body without hanging up, whether or not its length is declared", async ({
    emulator,
    expect,
  }) => {
    emulator.configure({ maximumBodyBytes: 1_000_000 });
    await using server = await serve(emulator.fetch);
    const login = await fetch(`${server.url}/restapi/oauth/token`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "x".repeat(3_000_000),
    });
    expect(login.status).toBe(413);

    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const post = async () => {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const options = { method: "POST", agent, headers };
      const outgoing = request(`${server.url}/restapi/oauth/token`, options);
      for (let count = 0; count < 30; count++) outgoing.write("x".repeat(100_000));
      outgoing.end();
      const [response] = (await once(outgoing, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return [response.statusCode, outgoing.reusedSocket];
    };
    expect(await post()).toEqual([413, false]);
    expect(await post()).toEqual([413, true]);
    agent.destroy();
  });

  test("refuses large bodies only while there is no memory for them", async ({
    emulator,
    signIn,
    expect,
  }) => {
    const most = 200_000;
    emulator.configure({ maximumBodyBytes: most, rateLimits: "off" });
    await using server = await serve(emulator.fetch);
    const token = await signIn();
    const begin = async (bytes: number) => {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const outgoing = request(server.url + platform, { method: "POST", agent: false, headers });
      const text = `{"a":"${"x".repeat(bytes - 8)}"}`;
      const answer = once(outgoing, "response").then(([response]) => {
        response.resume();
        return response.statusCode as number;
      });
      await new Promise((resolve) => outgoing.write(text.slice(0, -2), resolve));
      return {
        answer,
        finish() {
          outgoing.end(text.slice(-2));
          return answer;
        },
      };
    };
    for (let round = 0; round < 2; round++) {
      const large = [await begin(most), await begin(most)];
      // Until the server has read what was sent.
      await expect.poll(async () => (await begin(most / 2)).finish(), { interval: 10 }).toBe(413);
      expect(await (await begin(2_000)).finish()).toBe(400);
      for (const each of large) expect(await each.finish()).toBe(400);
      expect(await (await begin(most)).finish()).toBe(400);
    }
  });

  test("cuts off an answer if its body fails or is shorter than declared", async ({
    emulator,
    expect,
  }) => {
    await using server = await serve(emulator.fetch);
    const chunks = [new TextEncoder().encode('{"records":[')];
    const failing = new ReadableStream({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk) controller.enqueue(chunk);
        else controller.error(new Error("cut off"));
      },
    });
    emulator.intercept(() => new Response(failing));
    emulator.intercept(() => new Response("{", { headers: { "Content-Length": "100" } }));

    for (let count = 0; count < 2; count++) {
      const response = await fetch(server.url + platform);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
    }
  });
});
