import { setTimeout as wait } from "node:timers/promises";
import { describe } from "vitest";
import { endpointRules } from "../../src/check/rules.ts";
import { whyNotPublic } from "../../src/endpoint/addresses.ts";
import { goodHandshake, httpEndpoint, rawEndpoint, socketEndpoint } from "../support/endpoints.ts";
import { test } from "./kit.ts";

const event = { text: '{"event":"/restapi/v1.0/account/1/extension/2/message-store"}' };

describe("checkEndpoint", () => {
  test("reports a row for every rule, in order, as soon as each is known", async ({
    check,
    expect,
  }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const told: string[] = [];
    const begun: string[] = [];
    const { rows, red, warned } = await check(endpoint.url, {
      event,
      onRow: ({ rule }) => told.push(rule),
      onStart: (rule) => begun.push(rule),
    });
    expect(rows.map(({ rule }) => rule)).toEqual(endpointRules);
    expect([red, warned]).toEqual([[], []]);
    expect(told.toSorted()).toEqual(endpointRules.toSorted());
    expect(begun).toEqual(expect.arrayContaining(["url", "tcp-ipv4", "http", "event-status"]));
  });

  test("skips on loopback what only the internet can check", async ({ check, expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const { rows } = await check(endpoint.url);
    expect(rows.flatMap(({ rule, status }) => (status === "skip" ? rule : []))).toEqual([
      "dns",
      "public-address",
      "tcp-ipv6",
      "tls-version",
      "certificate-chain",
      "certificate-name",
      "certificate-days",
      "event-status",
      "event-time",
      "event-size",
    ]);
  });

  test("uses the address of localhost that accepts connections", async ({ check, expect }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const { red, warned, row } = await check(`http://localhost:${endpoint.port}/`);
    expect([red, warned]).toEqual([[], []]);
    expect(row("dns")?.measured).toBe("127.0.0.1, ::1, this machine");
    expect(row("tcp-ipv6")?.status).toBe("skip");
  });

  test("sends the headers that RingCentral sends", async ({ check, expect }) => {
    const seen: Record<string, unknown>[] = [];
    await using endpoint = await httpEndpoint((request, response) => {
      seen.push(request.headers);
      goodHandshake(request, response);
    });
    await check(endpoint.url, { verificationToken: "s3cret", event });
    const common = {
      host: `127.0.0.1:${endpoint.port}`,
      accept: "application/json",
      "accept-encoding": "UTF-8",
      "user-agent": "RingCentral-Webhook/8.3",
      "verification-token": "s3cret",
    };
    const handshake = {
      ...common,
      "content-type": "application/json",
      "content-length": "0",
      "validation-token": expect.stringMatching(/^[\w-]{36}$/),
    };
    expect(seen.slice(0, 3)).toEqual([
      { ...handshake, connection: "close" },
      { ...handshake, connection: "keep-alive" },
      { ...handshake, connection: "keep-alive" },
    ]);
    expect(seen.slice(3)).toEqual([
      {
        ...common,
        connection: "keep-alive",
        "content-type": "application/json; charset=UTF-8",
        "content-length": String(event.text.length),
      },
    ]);
  });

  test("sends one handshake if that is enough, and no second one after a failure", async ({
    check,
    expect,
  }) => {
    let handshakes = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      handshakes += 1;
      if (request.url === "/no") response.statusCode = 404;
      goodHandshake(request, response);
    });
    await check(endpoint.url, { once: true });
    expect(handshakes).toBe(1);
    await check(`${endpoint.url}/no`, { samples: 5, event });
    expect(handshakes).toBe(2);
  });

  test("stops when the run is aborted", async ({ check, expect }) => {
    await using endpoint = await httpEndpoint(() => {});
    const interruption = new AbortController();
    const checked = check(endpoint.url, { signal: interruption.signal });
    await wait(50);
    interruption.abort(new Error("Interrupted."));
    await expect(checked).rejects.toThrow("Interrupted.");
  });
});

describe("checkEndpoint refuses without a connection", () => {
  for (const [url, red] of [
    ["http://hook.example/", "url SUB-523"],
    ["ftp://127.0.0.1/", "url SUB-523"],
    ["https://10.1.2.3/", "public-address SUB-521"],
    ["https://[fd00::1]/", "public-address SUB-521"],
    ["https://[::ffff:192.168.0.1]/", "public-address SUB-521"],
    ["https://nowhere.invalid/", "dns SUB-521"],
  ] as const) {
    test(url, async ({ check, expect }) => {
      const report = await check(url);
      expect([report.red, report.warned]).toEqual([[red], []]);
      expect(report.row("http")?.status).toBe("skip");
    });
  }

  test("only for a URL with a fragment or credentials, about which it warns", async ({
    check,
    expect,
  }) => {
    await using endpoint = await httpEndpoint(goodHandshake);
    const { host } = new URL(endpoint.url);
    for (const url of [`http://me:s3cret@${host}/`, `http://${host}/#there`]) {
      const { red, warned, rows } = await check(url);
      expect([red, warned]).toEqual([[], ["url"]]);
      expect(JSON.stringify(rows)).not.toContain("s3cret");
    }
  });
});

test("recognizes addresses that are not public", ({ expect }) => {
  const kinds = {
    "127.9.9.9": "loopback",
    "172.31.255.255": "private",
    "fd12::1": "private",
    "169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "100.64.0.1": "a carrier's own (CGNAT)",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "::ffff:10.0.0.1": "private",
    "2001:db8::1": "documentation's",
    "255.255.255.255": "reserved",
    "8.8.8.8": undefined,
    "172.32.0.1": undefined,
    "2606:4700::1": undefined,
    "::ffff:8.8.8.8": undefined,
  };
  for (const [address, kind] of Object.entries(kinds)) {
    expect([address, whyNotPublic(address)]).toEqual([address, kind]);
  }
});

describe("checkEndpoint's response time", () => {
  test("is the first handshake's, with a warning near the limit", async ({ check, expect }) => {
    await using endpoint = await slow(() => 1500);
    const { row } = await check(endpoint.url, { timeout: 2000, once: true });
    expect(row("time")).toMatchObject({
      status: "warn",
      measured: expect.stringMatching(/^1[4-9]\d\d ms, first byte after 1[4-9]\d\d ms$/),
      limit: "2000 ms",
    });
  });

  test("distinguishes a slow body from a slow first byte", async ({ check, expect }) => {
    await using body = await socketEndpoint((socket) => void socket.write("HTTP/1.1 200 OK\r\n"));
    await using nothing = await slow(() => 1000);
    const ofBody = (await check(body.url, { timeout: 100 })).row("time");
    const ofNothing = (await check(nothing.url, { timeout: 100 })).row("time");
    expect(ofBody?.measured).toMatch(/^started after \d+ ms, but incomplete after 100 ms$/);
    expect(ofNothing?.measured).toBe("no answer within 100 ms");
    expect([ofBody?.code, ofNothing?.code]).toEqual(["SUB-521", "SUB-521"]);
  });

  test("stops at the limit for an answer that is too large", async ({ check, expect }) => {
    await using endpoint = await socketEndpoint((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(2000)}\r\n`);
      const timer = setInterval(() => socket.write("x"), 50);
      socket.on("close", () => clearInterval(timer));
    });
    const { red, row } = await check(endpoint.url, { timeout: 1500, once: true });
    expect(red).toEqual(["size SUB-525"]);
    expect(row("size")?.measured).toMatch(/^at least 20\d\d bytes$/);
    expect(row("time")?.status).not.toBe("warn");
  });

  test("with samples is the median and the slowest, and points out a cold start", async ({
    check,
    expect,
  }) => {
    await using endpoint = await slow((count) => (count === 1 ? 800 : 1));
    const { row } = await check(endpoint.url, { samples: 5 });
    expect(row("time")?.measured).toMatch(
      /^p50 \d+ ms, max \d+ ms of 5, the first was a cold start$/,
    );
    expect(row("time")?.status).toBe("pass");
  });

  test("fails if one sample exceeds the limit", async ({ check, expect }) => {
    await using endpoint = await slow((count) => (count === 2 ? 3000 : 1));
    const { red, row } = await check(endpoint.url, { samples: 3, timeout: 1000 });
    expect(red).toEqual(["time SUB-521"]);
    expect(row("time")?.measured).toMatch(
      /^1 of 3 handshakes took longer; p50 \d+ ms, max (?:1\d{3}|99\d) ms/,
    );
  });
});

describe("checkEndpoint's repeated handshake", () => {
  test("must be answered too", async ({ check, expect }) => {
    let count = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      count += 1;
      if (count > 1) response.statusCode = 409;
      goodHandshake(request, response);
    });
    const { red, warned, row } = await check(endpoint.url);
    expect([red, warned]).toEqual([[], ["repeated-handshake"]]);
    expect(row("repeated-handshake")?.measured).toBe("the second one failed: status 409");
  });

  test("counts as one of the samples", async ({ check, expect }) => {
    let count = 0;
    await using endpoint = await httpEndpoint((request, response) => {
      count += 1;
      if (count === 2) response.statusCode = 503;
      goodHandshake(request, response);
    });
    const { red, warned, row } = await check(endpoint.url, { samples: 4 });
    expect([red, warned]).toEqual([[], ["repeated-handshake"]]);
    expect(row("repeated-handshake")?.measured).toBe("1 of 3 failed");
  });

  test("shows whether the connection stays open", async ({ check, expect }) => {
    await using kept = await httpEndpoint(goodHandshake);
    await using closed = await httpEndpoint((request, response) => {
      response.setHeader("Connection", "close");
      goodHandshake(request, response);
    });
    await using talkative = await socketEndpoint((socket, token) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nValidation-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n`,
      );
      setTimeout(() => socket.write("more"), 20);
    });
    const found = [];
    for (const { url } of [kept, closed, talkative]) {
      const { red, row } = await check(url);
      found.push([red, row("keep-alive")?.status, row("keep-alive")?.measured]);
    }
    expect(found).toEqual([
      [[], "pass", "the connection stays open"],
      [[], "pass", "the connection is closed after an answer"],
      [[], "warn", "4 bytes after the end of the answer"],
    ]);
  });
});

describe("checkEndpoint's test event", () => {
  const onEvents = (respond: Parameters<typeof httpEndpoint>[0]) =>
    httpEndpoint((request, response) =>
      request.headers["validation-token"]
        ? goodHandshake(request, response)
        : respond(request, response),
    );

  test("is delivered in RingCentral's format", async ({ check, expect }) => {
    let body = "";
    await using endpoint = await onEvents(async (request, response) => {
      for await (const chunk of request) body += String(chunk);
      response.end();
    });
    const { red, row } = await check(endpoint.url, { event });
    expect([red, body]).toEqual([[], event.text]);
    expect(row("event-status")?.measured).toBe("200 OK");
  });

  for (const [what, red, reason, respond] of [
    [
      "that is never answered",
      "event-time blacklisted-timeout",
      "no answer within 300 ms; I/O operation is failed. Details: [Read timed out]",
      () => {},
    ],
    [
      "that is answered 401",
      "event-status blacklisted-status",
      "Webhook responses with code: [401], reason: [Unauthorized]",
      (_request, response) => response.writeHead(401).end(),
    ],
    [
      "that is answered 204",
      "event-status blacklisted-status",
      "Webhook responses with code: [204], reason: [No Content]",
      (_request, response) => response.writeHead(204).end(),
    ],
    [
      "that is answered with a page",
      "event-size blacklisted-size",
      "2125 bytes, 2000 of them the body; Webhook response exceeds max size. Read bytes count: [1024]",
      (_request, response) => response.end("x".repeat(2000)),
    ],
    [
      "at which it hangs up",
      "event-status blacklisted-timeout",
      "I/O operation is failed. Details: [socket hang up]",
      (request) => request.socket.end(),
    ],
  ] as readonly (readonly [string, string, string, Parameters<typeof httpEndpoint>[0]])[]) {
    test(`${what} would get the endpoint blacklisted`, async ({ check, expect }) => {
      await using endpoint = await onEvents(respond);
      const report = await check(endpoint.url, { event, timeout: 300 });
      expect([report.red, report.warned]).toEqual([[red], []]);
      const row = report.rows.find(({ status }) => status === "fail");
      expect(row?.measured).toBe(reason);
      expect(row?.hint).toContain("is blacklisted within hours");
    });
  }

  test("is not sent after a failed handshake", async ({ check, expect }) => {
    await using endpoint = await rawEndpoint("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    const { red, row } = await check(endpoint.url, { event });
    expect(red).toEqual(["status SUB-522"]);
    expect(row("event-status")?.status).toBe("skip");
  });
});

/** Answers each handshake this many milliseconds late. */
function slow(delay: (count: number) => number) {
  let count = 0;
  return httpEndpoint((request, response) => {
    count += 1;
    setTimeout(() => goodHandshake(request, response), delay(count));
  });
}
