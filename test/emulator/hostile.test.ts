import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe } from "vitest";
import { createEmulator } from "../../src/emulator/emulator.ts";
import { type RunningServer, serve } from "../../src/emulator/server/serve.ts";
import { isWhole } from "../support/share.ts";
import { platform, start, test } from "./kit.ts";

const json = { "Content-Type": "application/json" };
const posts = "/team-messaging/v1/posts";
const size = isWhole ? 10 : 3;
const megabytes = "x".repeat(size * 1_000_000);
const creation = (address: string, eventFilters: unknown = [posts]) => ({
  eventFilters,
  deliveryMode: { transportType: "WebHook", address },
});

describe("the emulator answers a request body", () => {
  for (const [what, text, status, code] of [
    ["of invalid JSON", "{eventFilters:[]}", 400, "CMN-103"],
    ["of incomplete JSON", '{"eventFilters":[', 400, "CMN-103"],
    ["of JSON that is not an object", "[1]", 400, "CMN-103"],
    ["of NUL bytes", "\0".repeat(1000), 400, "CMN-103"],
    ["of brackets", "[".repeat(1_000_000), 400, "CMN-103"],
    ["of nested lists", `{"a":${"[".repeat(2000)}${"]".repeat(2000)}}`, 400, "CMN-103"],
    ["of quotes", `"${'\\"'.repeat(1_000_000)}`, 400, "CMN-103"],
    ["of nested objects", `${'{"a":'.repeat(150)}1${"}".repeat(150)}`, 400, "CMN-101"],
    ["of brackets in a text", `{"a":"${"[".repeat(5000)}"}`, 400, "CMN-101"],
    ["of a million objects", `{"a":[${"{},".repeat(1_000_000)}1]}`, 400, "CMN-103"],
    ["of many objects", `{"a":[${"{},".repeat(100_000)}1]}`, 400, "CMN-101"],
    ["with a prototype", '{"__proto__":{"eventFilters":["/x"]}}', 400, "CMN-101"],
    ["with an endless number", `{"expiresIn":${"9".repeat(100_000)}}`, 400, "CMN-101"],
  ] as const) {
    test(what, async ({ call, signIn, expect }) => {
      const answer = await call("POST", platform, { token: await signIn(), text, headers: json });
      expect([answer.status, answer.code]).toEqual([status, code]);
    });
  }

  test(`of ${size} megabytes with a short error`, async ({
    emulator,
    call,
    signIn,
    webhook,
    expect,
  }) => {
    const token = await signIn();
    const create = async (body: unknown) => {
      const { status, code, body: answer } = await call("POST", platform, { token, body });
      expect(JSON.stringify(answer).length).toBeLessThan(25_000);
      expect(JSON.stringify(emulator.requests.at(-1)).length).toBeLessThan(25_000);
      return [status, code];
    };
    const filter = `/${megabytes}`;
    expect(await create(creation(webhook.url, [filter]))).toEqual([400, "SUB-508"]);
    expect(await create(creation(`http://127.0.0.1/ ${megabytes}`))).toEqual([400, "CMN-101"]);
    expect(await create({ [megabytes]: 1 })).toEqual([400, "CMN-101"]);
    const other = { ...creation(webhook.url), more: megabytes };
    expect(await create(other)).toEqual([200, undefined]);
  });

  test("over a socket in the same way", async ({ emulator, signIn, expect }) => {
    await using server = await serve(emulator.fetch);
    const headers = { ...json, Authorization: `Bearer ${await signIn()}` };
    const body = JSON.stringify(creation(server.url, [`/${megabytes}`]));
    const answer = await fetch(server.url + platform, { method: "POST", headers, body });
    expect([answer.status, JSON.stringify(await answer.json()).slice(0, 23)]).toEqual([
      400,
      '{"errorCode":"SUB-508",',
    ]);
  });

  test("up to the maximum size and no larger", async ({ configure, call, signIn, expect }) => {
    const token = await signIn();
    configure({ maximumBodyBytes: 50 });
    const send = async (length: number) => {
      const text = `{"a":"${"x".repeat(length - 8)}"}`;
      const { status } = await call("POST", platform, { token, text, headers: json });
      return status;
    };
    expect([await send(50), await send(51)]).toEqual([400, 413]);
  });

  for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "json", ""]) {
    test(`of the type "${contentType}"`, async ({ call, signIn, expect }) => {
      const headers = { "Content-Type": contentType };
      const answer = await call("POST", platform, { token: await signIn(), text: "{}", headers });
      expect([answer.status, answer.code]).toEqual([400, "CMN-104"]);
    });
  }
});

describe("an address on another machine is never called:", () => {
  for (const [address, code] of [
    ["https://example.com/hook", "SUB-521"],
    ["https://192.0.2.1/hook", "SUB-521"],
    ["https://[2001:db8::1]/hook", "SUB-521"],
    ["https://3221225985/hook", "SUB-521"],
    ["https://0xC0.0.2.1/hook", "SUB-521"],
    ["https://[::ffff:192.0.2.1]/hook", "SUB-521"],
    ["https://0.0.0.0/hook", "SUB-521"],
    ["https://localhost.example.com/hook", "SUB-521"],
    ["https://127.0.0.1.example.com/hook", "SUB-521"],
    ["https://127.0.0.1@example.com/hook", "SUB-521"],
    ["https://127.0.0.1:80@example.com/hook", "SUB-521"],
    ["http://192.0.2.1/hook", "SUB-523"],
    ["http://example.com#@127.0.0.1/", "SUB-523"],
    ["http://127.0.0.1\r\nHost: example.com/", "CMN-101"],
    ["http://127.0.0.1/%0d%0 x", "CMN-101"],
    ["http://127.0.0.1/ HTTP/1.1\r\nX: y", "CMN-101"],
    ["http://127.0.0.1\\@example.com/", "CMN-101"],
    ["file:///etc/passwd", "CMN-101"],
    ["//127.0.0.1/hook", "CMN-101"],
    ["http://", "CMN-101"],
    ["http:127.0.0.1", "CMN-101"],
    ["http:/127.0.0.1/", "CMN-101"],
    ["http:///127.0.0.1/", "CMN-101"],
    ["https:example.com/hook", "CMN-101"],
  ] as const) {
    test(JSON.stringify(address), async ({ expect }) => {
      const lookups: string[] = [];
      const connections: unknown[] = [];
      const emulator = createEmulator({
        clock: { now: () => start },
        lookup: async (hostname) => {
          lookups.push(hostname);
          return [{ address: "192.0.2.1", family: 4 }];
        },
      });
      const onConnection = (message: unknown) => connections.push(message);
      subscribe("net.client.socket", onConnection);
      const token = await accessToken(emulator.fetch);
      const answer = await emulator.fetch(
        new Request(`http://127.0.0.1${platform}`, {
          method: "POST",
          headers: { ...json, Authorization: `Bearer ${token}` },
          body: JSON.stringify(creation(address)),
        }),
      );
      unsubscribe("net.client.socket", onConnection);

      const { errors } = (await answer.json()) as {
        readonly errors: readonly { readonly errorCode: string }[];
      };
      expect(errors[0]?.errorCode).toBe(code);
      expect([lookups, connections]).toEqual([[], []]);
    });
  }
});

describe("the emulator on a socket", () => {
  const host = "Host: 127.0.0.1\r\n";
  const length = (count: number | string) => `Content-Length: ${count}\r\n\r\n`;

  const post = `POST ${platform} HTTP/1.1\r\n${host}<auth>Content-Type: application/json\r\n`;
  const get = `GET ${platform} HTTP/1.1\r\n${host}<auth>`;
  for (const [what, text, answers] of [
    ["another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ["400"]],
    ["HTTP/0.9", `GET ${platform}\r\n`, ["400"]],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ["400"]],
    ["HTTP/1.0", `GET ${platform} HTTP/1.0\r\n<auth>\r\n`, ["200"]],
    ["nothing", "\r\n\r\n", []],
    ["no host", `GET ${platform} HTTP/1.1\r\n\r\n`, ["400"]],
    ["a host with a space", `GET ${platform} HTTP/1.1\r\nHost: a b\r\n\r\n`, ["400"]],
    ["a host with a password", `GET / HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n`, ["400"]],
    ["two hosts", `GET /emulator/v1/log HTTP/1.1\r\nHost: evil.example\r\n${host}\r\n`, ["403"]],
    ["a whole URL", `GET http://127.0.0.1${platform} HTTP/1.1\r\n${host}<auth>\r\n`, ["200"]],
    [
      "another host's URL",
      `GET http://evil.example/emulator/v1/log HTTP/1.1\r\n${host}\r\n`,
      ["403"],
    ],
    ["a URL of another kind", `GET ftp://127.0.0.1/ HTTP/1.1\r\n${host}\r\n`, ["400"]],
    ["a path of two slashes", `GET //127.0.0.1/ HTTP/1.1\r\n${host}\r\n`, ["404"]],
    ["%zz in an id", `GET ${platform}/%zz HTTP/1.1\r\n${host}<auth>\r\n`, ["404"]],
    ["%00 in an id", `GET ${platform}/%00 HTTP/1.1\r\n${host}<auth>\r\n`, ["404"]],
    ["%ff in a path", `GET /%ff%fe${platform} HTTP/1.1\r\n${host}<auth>\r\n`, ["404"]],
    ["a slash in an id", `DELETE ${platform}/a%2fb HTTP/1.1\r\n${host}<auth>\r\n`, ["404"]],
    ["bytes in a path", `GET ${platform}/\xe4 HTTP/1.1\r\n${host}<auth>\r\n`, ["400"]],
    ["a long path", `GET ${platform}/${"x".repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, ["431"]],
    ["a long header", `GET / HTTP/1.1\r\n${host}X: ${"x".repeat(20_000)}\r\n\r\n`, ["431"]],
    ["many headers", `${get}${"a:b\r\n".repeat(10_000)}\r\n`, ["431"]],
    ["a NUL in a header", `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, ["400"]],
    ["two tokens", `${get}Authorization: Bearer other\r\n\r\n`, ["401"]],
    ["TRACE", `TRACE ${platform} HTTP/1.1\r\n${host}\r\n`, ["405"]],
    ["CONNECT", `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${host}\r\n`, []],
    ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${host}\r\n`, ["400"]],
    ["PROPFIND", `PROPFIND ${platform} HTTP/1.1\r\n${host}\r\n`, ["405"]],
    ["no method", `FROBNICATE ${platform} HTTP/1.1\r\n${host}\r\n`, ["400"]],
    ["an upgrade to something else", `${get}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`, ["200"]],
    ["half a body", `${post}${length(99)}{}`, ["400"]],
    ["two lengths", `${post}Content-Length: 2\r\n${length(3)}{}`, ["400"]],
    ["a length below zero", `${post}${length(-1)}`, ["400"]],
    ["a length in hexadecimal", `${post}${length("0x2")}{}`, ["400"]],
    ["junk for chunks", `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, ["400"]],
    ["half a chunk", `${post}Transfer-Encoding: chunked\r\n\r\nff\r\n{`, ["400"]],
    ["chunks and a length", `${post}Transfer-Encoding: chunked\r\n${length(3)}0\r\n\r\n`, ["400"]],
    ["another encoding", `${post}Content-Encoding: gzip\r\n${length(3)}\x1f\x8b\x08`, ["400"]],
    ["a question first", `${post}Expect: 100-continue\r\n${length(2)}{}`, ["100", "400"]],
    ["another question", `${post}Expect: miracles\r\n${length(2)}{}`, ["417"]],
    ["three at once", `${get}\r\nGET /x HTTP/1.1\r\n${host}\r\n${get}\r\n`, ["200", "404", "200"]],
  ] as const) {
    test(`answers ${what} with ${answers.join(", ") || "nothing"}`, async ({
      emulator,
      signIn,
      expect,
    }) => {
      await using server = await serve(emulator.fetch);
      const auth = `Authorization: Bearer ${await signIn()}\r\n`;
      const answer = await talk(server, text.replaceAll("<auth>", auth));
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]);
      expect(statuses).toEqual(answers);
      expect((await fetch(`${server.url}/emulator/v1/clock`)).status).toBe(200);
    });
  }

  for (const [what, text] of [
    ["nothing", ""],
    ["half of its headers", `GET ${platform} HTTP/1.1\r\n${host}X: `],
    ["half of its body", `POST ${platform} HTTP/1.1\r\n${host}${length(99)}{`],
  ] as const) {
    test(`disconnects a client that sends ${what} after a while`, async ({ emulator, expect }) => {
      const timeouts = { headers: 30, request: 60 };
      await using server = await serve(emulator.fetch, { timeouts });
      const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
      let answer = "";
      socket.on("data", (chunk) => {
        answer += String(chunk);
      });
      await once(socket, "close");
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d |^$/);
    });
  }

  test("limits the number of connections", async ({ emulator, expect }) => {
    await using server = await serve(emulator.fetch, { maximumConnections: 2 });
    const open = async () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      return socket;
    };
    const sockets = [await open(), await open()];
    const third = await open();
    await once(third, "close");
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => fetch(`${server.url}/x`).then(({ status }) => status)).toBe(404);
  });

  test("keeps nothing of clients that hang up or of a closed server", async ({
    emulator,
    signIn,
    expect,
  }) => {
    const token = await signIn();
    // Those of other tests, which end when they end.
    const before = openHandles();
    const server = await serve(emulator.fetch);
    emulator.faults.add({ delay: "1d", match: { path: "/slow" }, times: "always" });
    const sockets: Socket[] = [];
    for (const text of [
      `GET /slow HTTP/1.1\r\n${host}\r\n`,
      `POST ${platform} HTTP/1.1\r\n${host}Authorization: Bearer ${token}\r\n${length(99)}{`,
      `GET ${platform} HTTP/1.1\r\n${host}`,
      "",
    ]) {
      for (const leaves of [true, false]) {
        const socket = connect(server.port, "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect");
        socket.write(text);
        if (leaves) socket.destroy();
        else sockets.push(socket);
      }
    }
    await fetch(`${server.url}/x`, { headers: { Connection: "close" } });

    await server.close();
    for (const socket of sockets) if (!socket.closed) await once(socket, "close");

    const added = () => {
      const earlier = [...before];
      return openHandles().filter((name) => {
        const index = earlier.indexOf(name);
        if (index >= 0) earlier.splice(index, 1);
        return index < 0;
      });
    };
    await expect.poll(added).toEqual([]);
  });
});

async function accessToken(fetch: (request: Request) => Promise<Response>): Promise<string> {
  const answer = await fetch(
    new Request("http://127.0.0.1/restapi/oauth/token", {
      method: "POST",
      headers: { Authorization: `Basic ${btoa("emulator-client:emulator-secret")}` },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: "user-1",
      }),
    }),
  );
  const { access_token } = (await answer.json()) as { readonly access_token: string };
  return access_token;
}

/** Sends a text, half-closes the connection and returns everything that comes back. */
function talk({ port }: RunningServer, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.end(text, "latin1"));
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
}

/** The open sockets, servers and timers. */
function openHandles(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(?:TCP|Timeout)/.test(name))
    .toSorted();
}
