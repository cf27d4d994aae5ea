import type { Socket } from "node:net";
import { describe } from "vitest";
import { closedPort, goodHandshake, httpEndpoint, socketEndpoint } from "../support/endpoints.ts";
import { test } from "./kit.ts";

type Write = (socket: Socket, token: string) => void;

/** What an endpoint writes for a handshake, and which row that makes red, if any. */
const answers: readonly (readonly [what: string, red: string | undefined, write: Write])[] = [
  ["a whole answer", undefined, (socket, token) => socket.end(head(token))],
  [
    "headers in capitals",
    undefined,
    (s, t) => s.end(head(t).toUpperCase().replace(t.toUpperCase(), t)),
  ],
  ["HTTP/1.0", undefined, (s, t) => s.end(head(t).replace("HTTP/1.1", "HTTP/1.0"))],
  [
    "chunks",
    undefined,
    (s, t) => s.end(`${head(t, { "Transfer-Encoding": "chunked" })}2\r\n{}\r\n0\r\n\r\n`),
  ],
  ["an early hint first", undefined, (s, t) => s.end(`HTTP/1.1 103 Early Hints\r\n\r\n${head(t)}`)],
  ["100 Continue first", undefined, (s, t) => s.end(`HTTP/1.1 100 Continue\r\n\r\n${head(t)}`)],
  [
    "bytes one by one",
    undefined,
    async (s, t) => {
      for (const byte of head(t)) {
        s.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      s.end();
    },
  ],
  ["1024 bytes", undefined, (s, t) => s.end(padded(head(t), 1024))],
  ["1025 bytes", "size SUB-525", (s, t) => s.end(padded(head(t), 1025))],
  ["100,000 bytes", "size SUB-525", (s, t) => s.end(padded(head(t), 100_000))],
  [
    "a body without an end",
    "size SUB-525",
    (s, t) => endless(s, head(t, { "Content-Length": "9999999" })),
  ],
  ["headers without an end", "size SUB-525", (s) => endless(s, "HTTP/1.1 200 OK\r\n", "X: y\r\n")],
  [
    "a large error page",
    "status SUB-522",
    (s) => s.end(padded("HTTP/1.1 502 Bad Gateway\r\n\r\n", 3000)),
  ],
  ["204", "status SUB-522", (s, t) => s.end(head(t).replace("200 OK", "204 No Content"))],
  ["201", "status SUB-522", (s, t) => s.end(head(t).replace("200 OK", "201 Created"))],
  [
    "101",
    "status SUB-522",
    (s) => s.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
  ],
  [
    "302",
    "redirect SUB-522",
    (s) => s.end("HTTP/1.1 302 Found\r\nLocation: /x?key=s3cret\r\nContent-Length: 0\r\n\r\n"),
  ],
  ["304", "status SUB-522", (s) => s.end("HTTP/1.1 304 Not Modified\r\n\r\n")],
  [
    "status 999",
    "status SUB-522",
    (s) => s.end("HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"),
  ],
  ["no token", "validation-token SUB-520", (s) => s.end(head())],
  ["two tokens", "validation-token SUB-520", (s, t) => s.end(head(t, { "validation-token": t }))],
  ["a quoted token", "validation-token SUB-520", (s, t) => s.end(head(`"${t}"`))],
  ["a folded header", "http SUB-525", (s, t) => s.end(head(`${t}\r\n folded`))],
  [
    "no content type",
    "content-type SUB-525",
    (s, t) => s.end(head(t).replace("Content-Type", "X-Type")),
  ],
  ["text/json", "content-type SUB-525", (s, t) => s.end(head(t).replace("application", "text"))],
  ["another protocol", "http SUB-525", (s) => s.end("SSH-2.0-OpenSSH_9.6\r\n")],
  ["lines without CR", "http SUB-525", (s, t) => s.end(head(t).replaceAll("\r", ""))],
  ["a length that is none", "http SUB-525", (s, t) => s.end(head(t, { "Content-Length": "two" }))],
  [
    "two lengths",
    "http SUB-525",
    (s, t) => s.end(`${head(t, { "Content-Length": "2", "content-length": "3" })}{}`),
  ],
  [
    "bytes after its end",
    "http SUB-525",
    (s, t) => s.end(`${head(t, { "Content-Length": "2" })}{}garbage`),
  ],
  ["half a head", "http SUB-521", (s, t) => s.end(head(t).slice(0, 40))],
  ["half a body", "http SUB-521", (s, t) => s.end(`${head(t, { "Content-Length": "9" })}{`)],
  ["nothing but a hang-up", "http SUB-521", (s) => s.end()],
  ["a reset", "http SUB-521", (s) => s.resetAndDestroy()],
  [
    "half an answer and a reset",
    "http SUB-521",
    (s, t) =>
      s.write(`${head(t, { "Content-Length": "9" })}{`, () =>
        setTimeout(() => s.resetAndDestroy(), 20),
      ),
  ],
  ["silence", "time SUB-521", () => {}],
  [
    "half an answer and silence",
    "time SUB-521",
    (s, t) => s.write(head(t, { "Content-Length": "9" })),
  ],
];

describe("checkEndpoint has one red row at most, and the emulator's code, for an endpoint that writes", () => {
  for (const [what, red, write] of answers) {
    test(what, async ({ check, create, expect }) => {
      await using endpoint = await socketEndpoint(write);
      const deadline = what.endsWith("silence") ? 300 : 10_000;
      const report = await check(endpoint.url, { timeout: deadline, once: true });
      const code = await create(endpoint.url, { endpointDeadline: deadline });

      expect(report.red).toEqual(red === undefined ? [] : [red]);
      expect(code).toBe(red?.split(" ").at(1));
      expect(report.warned).toEqual([]);
    });
  }

  test("nothing, because nobody listens", async ({ check, create, expect }) => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    expect((await check(url)).red).toEqual(["tcp-ipv4 SUB-521"]);
    expect(await create(url)).toBe("SUB-521");
  });

  test("neither token nor type: what the platform names is red, the other a warning", async ({
    check,
    create,
    expect,
  }) => {
    await using endpoint = await httpEndpoint((_, response) => response.end("hello"));
    const { red, warned, row } = await check(endpoint.url);
    expect([red, warned]).toEqual([["validation-token SUB-520"], ["content-type"]]);
    expect(row("content-type")?.code).toBe("SUB-525");
    expect(await create(endpoint.url)).toBe("SUB-520");
  });
});

describe("checkEndpoint says what became of the token:", () => {
  for (const [what, respond] of [
    ["missing", () => ({})],
    ["in the body, not in the header", () => ({})],
    ["in the header X-Validation-Token instead", (token) => ({ "X-Validation-Token": token })],
    ["the header without a value", () => ({ "Validation-Token": "" })],
    ["the header 2 times", (token) => ({ "Validation-Token": [token, token] })],
    ["doubled", (token) => ({ "Validation-Token": `${token}, ${token}` })],
    ["in quotation marks", (token) => ({ "Validation-Token": `"${token}"` })],
    ["in another case", (token) => ({ "Validation-Token": token.toUpperCase() })],
    ["with something added to it", (token) => ({ "Validation-Token": `Bearer ${token}` })],
    ["cut short", (token) => ({ "Validation-Token": token.slice(0, 8) })],
    ["another value", () => ({ "Validation-Token": "abc" })],
  ] as readonly (readonly [string, (token: string) => Record<string, string | string[]>])[]) {
    test(what, async ({ check, expect }) => {
      await using endpoint = await httpEndpoint((request, response) => {
        const token = String(request.headers["validation-token"]);
        const body = what.startsWith("in the body") ? JSON.stringify({ token }) : "";
        response.writeHead(200, { "Content-Type": "application/json", ...respond(token) });
        response.end(body);
      });
      const { red, row } = await check(endpoint.url);
      expect(red).toEqual(["validation-token SUB-520"]);
      expect(row("validation-token")?.measured).toBe(what);
    });
  }
});

test("names what it never refuses", async ({ check, expect }) => {
  await using endpoint = await socketEndpoint((socket, token) => {
    const more = { "Transfer-Encoding": "chunked", "Content-Encoding": "gzip" };
    socket.end(`${head(token, more)}0\r\n\r\n`);
  });
  const { red, warned, row } = await check(endpoint.url);
  expect([red, warned]).toEqual([[], ["content-encoding"]]);
  expect(row("http-version")).toMatchObject({ status: "pass", measured: "HTTP/1.1, chunked" });
  expect(row("content-encoding")?.measured).toBe("gzip");
  expect(row("keep-alive")?.measured).toBe("the connection is closed after an answer");
});

test("shows no secret of an address, and none of a redirect's", async ({ check, expect }) => {
  await using endpoint = await httpEndpoint((_, response) => {
    response.writeHead(302, { Location: "https://login.example/?key=s3cret#x" }).end();
  });
  const { rows, row } = await check(`${endpoint.url}/hook?key=s3cret`, {
    verificationToken: "s3cret",
  });
  expect(JSON.stringify(rows)).not.toContain("s3cret");
  expect(row("url")?.measured).toBe(`${endpoint.url}/hook?…`);
  expect(row("redirect")?.measured).toBe("302 Found to https://login.example/?…#…");
});

test("tells what makes an answer large", async ({ check, expect }) => {
  await using framework = await httpEndpoint((request, response) => {
    response.setHeader("Content-Security-Policy", "x".repeat(1000));
    goodHandshake(request, response);
  });
  await using page = await httpEndpoint((request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end("x".repeat(2000));
  });
  expect((await check(framework.url)).row("size")?.measured).toBe(
    "1209 bytes, 1027 of them Content-Security-Policy",
  );
  expect((await check(page.url)).row("size")?.measured).toMatch(
    /^\d+ bytes, 2000 of them the body$/,
  );
});

function head(token?: string, more: Readonly<Record<string, string>> = {}): string {
  const headers = {
    ...(token !== undefined && { "Validation-Token": token }),
    "Content-Type": "application/json",
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 200 OK\r\n${lines.join("")}\r\n`;
}

function padded(text: string, size: number): string {
  return text + " ".repeat(size - text.length);
}

function endless(socket: Socket, begin: string, more = " ".repeat(100)): void {
  socket.write(begin);
  const timer = setInterval(() => socket.write(more.repeat(20)), 5);
  socket.on("close", () => clearInterval(timer));
}
