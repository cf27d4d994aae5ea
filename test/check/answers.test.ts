import type { Socket } from "node:net";
import { describe } from "vitest";
import {
  closedPort,
  goodHandshake,
  httpEndpoint,
  rawEndpoint,
  socketEndpoint,
} from "../support/endpoints.ts";
import { test } from "./kit.ts";

type Write = (socket: Socket, token: string) => void;

/** What an endpoint writes for a handshake, and the row that fails because of it, if any. */
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
  [
    "100 Continue and then a large answer",
    "size SUB-525",
    (s, t) => s.end(`HTTP/1.1 100 Continue\r\n\r\n${padded(head(t), 2000)}`),
  ],
  [
    "100 Continue and then a large error page",
    "status SUB-522",
    (s) =>
      s.end(`HTTP/1.1 100 Continue\r\n\r\n${padded("HTTP/1.1 502 Bad Gateway\r\n\r\n", 2000)}`),
  ],
  [
    "1200 bytes of early hints, and then a small answer",
    "size SUB-525",
    (s, t) => s.end(`${earlyHints(1200)}${head(t)}`),
  ],
  [
    "1200 bytes of early hints, and later a small error",
    "size SUB-525",
    (s) => {
      s.write(earlyHints(1200));
      setTimeout(() => s.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), 50);
    },
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
  ["another protocol", "http SUB-525", (s) => s.end("SSH-2.0-OpenSSH_9.6\r\n")],
  ["lines without CR", "http SUB-525", (s, t) => s.end(head(t).replaceAll("\r", ""))],
  ["a length that is none", "http SUB-525", (s, t) => s.end(head(t, { "Content-Length": "two" }))],
  [
    "two lengths",
    "http SUB-525",
    (s, t) => s.end(`${head(t, { "Content-Length": "2", "content-length": "3" })}{}`),
  ],
  [
    "a chunk's size that is none",
    "http SUB-525",
    (s, t) => s.end(`${head(t, { "Transfer-Encoding": "chunked" })}zz\r\n{}\r\n0\r\n\r\n`),
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

describe("checkEndpoint reports at most one failure, with the emulator's code, for an endpoint that writes", () => {
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

  for (const [what, from, to] of [
    ["no content type", "Content-Type", "X-Type"],
    ["text/json", "application", "text"],
  ] as const) {
    test(`${what}: a warning`, async ({ check, create, expect }) => {
      await using endpoint = await socketEndpoint((s, t) => s.end(head(t).replace(from, to)));
      const { red, warned, row } = await check(endpoint.url);
      expect([red, warned]).toEqual([[], ["content-type"]]);
      expect(row("content-type")?.code).toBe("SUB-525");
      expect(await create(endpoint.url)).toBe(undefined);
      expect(await create(endpoint.url, { handshakeContentType: "json" })).toBe("SUB-525");
    });
  }

  test("nothing, because no server is listening", async ({ check, create, expect }) => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    expect((await check(url)).red).toEqual(["tcp-ipv4 SUB-521"]);
    expect(await create(url)).toBe("SUB-521");
  });

  test("no token and no content type: the token fails, the content type is a warning", async ({
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

describe("checkEndpoint describes the returned token:", () => {
  for (const [what, respond] of [
    ["missing", () => ({})],
    ["in the body, not in the header", () => ({})],
    ["in the header X-Validation-Token instead", (token) => ({ "X-Validation-Token": token })],
    ["the header is empty", () => ({ "Validation-Token": "" })],
    ["the header 2 times", (token) => ({ "Validation-Token": [token, token] })],
    ["doubled", (token) => ({ "Validation-Token": `${token}, ${token}` })],
    ["in quotation marks", (token) => ({ "Validation-Token": `"${token}"` })],
    ["in a different case", (token) => ({ "Validation-Token": token.toUpperCase() })],
    ["with extra text", (token) => ({ "Validation-Token": `Bearer ${token}` })],
    ["cut short", (token) => ({ "Validation-Token": token.slice(0, 8) })],
    ["a different value", () => ({ "Validation-Token": "abc" })],
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

test("the explanation never names a rule that it does not check", async ({ check, expect }) => {
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

test("hides secrets in the endpoint's URL and in a redirect's URL", async ({ check, expect }) => {
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

test("names what makes an answer too large", async ({ check, expect }) => {
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

test("adds up repeated headers in an answer that is too large", async ({ check, expect }) => {
  await using cookies = await httpEndpoint((request, response) => {
    response.setHeader("Set-Cookie", Array(8).fill(`a=${"x".repeat(100)}`));
    response.setHeader("X-Powered-By", "y".repeat(150));
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end("x".repeat(140));
  });
  expect((await check(cookies.url)).row("size")?.measured).toMatch(
    /^\d+ bytes, 928 of them Set-Cookie$/,
  );
  await using page = await httpEndpoint((_, response) => {
    for (const at of Array(9).keys()) response.setHeader(`X-${at}`, "y".repeat(100));
    response.end("x".repeat(700));
  });
  expect((await check(page.url)).row("size")?.measured).toMatch(/, 700 of them the body$/);
  await using hints = await socketEndpoint((socket, token) =>
    socket.end(`${earlyHints(1200)}${head(token)}`),
  );
  expect((await check(hints.url)).row("size")?.measured).toMatch(/, 1200 of them interim answers$/);
});

describe("says what came back in place of HTTP:", () => {
  const wrongServer =
    "Check the scheme, host and port of the URL: what answers there does not speak HTTP.";
  const wrongAnswer =
    "Answer in HTTP/1.1, with lines that end in CR LF and nothing after the body.";
  test.for<[string, string, string, string]>([
    [
      "SSH",
      "SSH-2.0-OpenSSH_9.6\r\n",
      'not HTTP, but an answer that begins with "SSH-2.0-OpenSSH_9.6"',
      wrongServer,
    ],
    ["a TLS alert", "\x15\x03\x03\0\x02\x02\x46", "not HTTP, but TLS", wrongServer],
    ["frames of HTTP/2", "\0\0\0\x04\0\0\0\0\0", "not HTTP, but binary data", wrongServer],
    [
      "line feeds alone",
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      "invalid HTTP: a line that does not end in CR LF",
      wrongAnswer,
    ],
    [
      "a header's name with a blank",
      "HTTP/1.1 200 OK\r\nNo Name: 1\r\n\r\n",
      "invalid HTTP: a character that headers cannot have",
      wrongAnswer,
    ],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
      "invalid HTTP: Content-Length can't be present with Transfer-Encoding",
      wrongAnswer,
    ],
  ])("%s", async ([, answer, measured, hint], { check, expect }) => {
    await using endpoint = await rawEndpoint(answer);
    const { red, row } = await check(endpoint.url);
    expect(red).toEqual(["http SUB-525"]);
    expect(row("http")).toMatchObject({ measured, hint });
  });

  test("nothing", async ({ check, expect }) => {
    await using endpoint = await rawEndpoint("");
    expect((await check(endpoint.url)).row("http")?.measured).toBe(
      "no answer: the connection was closed",
    );
  });
});

test("names an invalid chunk size", async ({ check, expect }) => {
  await using endpoint = await socketEndpoint((socket, token) =>
    socket.end(`${head(token, { "Transfer-Encoding": "chunked" })}zz\r\n`),
  );
  const { row } = await check(endpoint.url);
  expect(row("http")?.measured).toBe("invalid HTTP: a malformed chunk");
});

describe("checkEndpoint warns about bytes after an answer:", () => {
  for (const [what, behind, more] of [
    ["a second one", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", { "Content-Length": "0" }],
    ["a line", "\r\n", { "Content-Length": "0" }],
    [
      "a second one behind chunks",
      "2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      { "Transfer-Encoding": "chunked" },
    ],
  ] as const) {
    for (const once of [true, false]) {
      test(`${what}${once ? ", in a single handshake" : ""}`, async ({ check, expect }) => {
        await using endpoint = await socketEndpoint((socket, token) =>
          socket.write(`${head(token, more)}${behind}`),
        );
        const { red, warned, row } = await check(endpoint.url, { once });
        expect([red, warned]).toEqual([[], ["keep-alive"]]);
        const bytes = what === "a line" ? 2 : 38;
        expect(row("keep-alive")?.measured).toBe(`${bytes} bytes after the end of the answer`);
      });
    }
  }

  test("none after chunks with trailers", async ({ check, expect }) => {
    await using endpoint = await socketEndpoint((socket, token) =>
      socket.write(
        `${head(token, { "Transfer-Encoding": "chunked" })}2;x=y\r\n{}\r\n0\r\nX-T: 1\r\n\r\n`,
      ),
    );
    expect((await check(endpoint.url)).warned).toEqual([]);
  });
});

describe("checkEndpoint judges a second handshake like the first:", () => {
  for (const [what, respond] of [
    ["1400 bytes", (token) => padded(head(token), 1400)],
    ["a different token", () => head("another")],
    ["status 404", (token) => head(token).replace("200 OK", "404 Not Found")],
  ] as readonly (readonly [string, (token: string) => string])[]) {
    test(what, async ({ check, expect }) => {
      let handshakes = 0;
      await using endpoint = await socketEndpoint((socket, token) => {
        handshakes += 1;
        socket.end(handshakes === 1 ? head(token) : respond(token));
      });
      const { warned, row } = await check(endpoint.url);
      expect(warned).toEqual(["repeated-handshake"]);
      expect(row("repeated-handshake")?.measured).toBe(`the second one failed: ${what}`);
      expect(row("keep-alive")).toMatchObject({
        status: "skip",
        measured: "skipped: the second handshake failed",
      });
    });
  }

  test("on the same connection", async ({ check, expect }) => {
    let handshakes = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      handshakes += 1;
      if (handshakes === 3) response.statusCode = 500;
      goodHandshake(request, response);
    });
    expect((await check(endpoint.url)).row("keep-alive")).toMatchObject({
      status: "warn",
      measured: "a second request on the same connection failed: status 500",
      hint: "Answer every request on a connection like the first one.",
    });
  });
});

describe("checkEndpoint never shows the verification token that an endpoint returns:", () => {
  const secret = "VT/s3cret+token";
  const leaks: Readonly<Record<string, (socket: Socket, token: string) => void>> = {
    "in its status": (s) => s.end(`HTTP/1.1 401 no ${secret}\r\nContent-Length: 0\r\n\r\n`),
    "cut off in its status": (s) =>
      s.end(`HTTP/1.1 401 ${"x".repeat(55)}${secret}\r\nContent-Length: 0\r\n\r\n`),
    "in a path": (s) => redirect(s, `/login/${secret}`),
    "in a path, encoded": (s) => redirect(s, `/login/${encodeURIComponent(secret)}`),
    "in a path, with the query of its address": (s) => redirect(s, "/login/key=aQueryS3cret"),
    "in its type": (s, t) => s.end(head(t, { "Content-Type": `text/${secret}` })),
    "in its encoding": (s, t) => s.end(head(t, { "Content-Encoding": secret.toUpperCase() })),
    "in a header's name": (s, t) => s.end(head(undefined, { "X-VT/s3cret": t })),
    "in the place of the other one": (s) => s.end(head(secret)),
    "in its answer to an event": (s, t) =>
      s.end(t ? head(t) : `HTTP/1.1 401 bad ${secret}\r\nContent-Length: 0\r\n\r\n`),
  };
  for (const [where, write] of Object.entries(leaks)) {
    test(where, async ({ check, expect }) => {
      await using endpoint = await socketEndpoint(write);
      const { rows } = await check(`${endpoint.url}/hook?key=aQueryS3cret`, {
        verificationToken: where.endsWith("name") ? "X-VT/s3cret" : secret,
        event: { text: "{}" },
      });
      expect(JSON.stringify(rows)).not.toMatch(/s3cret|VT\/|VT%2F/i);
    });
  }

  function redirect(socket: Socket, location: string): void {
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
  }
});

for (const [status, wants] of [
  ["401", true],
  ["403", true],
  ["404", false],
] as const) {
  test(`a ${status} to an event ${wants ? "may ask for a" : "asks for no"} verification token`, async ({
    check,
    expect,
  }) => {
    await using endpoint = await socketEndpoint((socket, token) =>
      socket.end(token ? head(token) : `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`),
    );
    const event = { text: "{}" };
    const without = await check(endpoint.url, { event });
    const withOne = await check(endpoint.url, { event, verificationToken: "s3cret" });
    const hints = [without, withOne].map(({ row }) =>
      row("event-status")?.hint?.includes("--verification-token-file"),
    );
    expect(hints).toEqual([wants, false]);
  });
}

function head(token?: string, more: Readonly<Record<string, string>> = {}): string {
  const headers = {
    ...(token !== undefined && { "Validation-Token": token }),
    "Content-Type": "application/json",
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 200 OK\r\n${lines.join("")}\r\n`;
}

function earlyHints(size: number): string {
  const begin = "HTTP/1.1 103 Early Hints\r\nLink: ";
  return `${begin.padEnd(size - 4, "x")}\r\n\r\n`;
}

function padded(text: string, size: number): string {
  return text + " ".repeat(size - text.length);
}

function endless(socket: Socket, begin: string, more = " ".repeat(100)): void {
  socket.write(begin);
  const timer = setInterval(() => socket.write(more.repeat(20)), 5);
  socket.on("close", () => clearInterval(timer));
}
