import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { test as base, describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { createReceiver, toNodeHandler } from "../../src/receiver/receiver.ts";
import { type ServeReceiverOptions, serveReceiver } from "../../src/receiver/serve-receiver.ts";

const envelope = JSON.stringify({ event: "/team-messaging/v1/posts", body: { text: "Hi" } });
const good = request(envelope);

interface Served {
  readonly port: number;
  readonly counts: { events: number; rejections: Record<string, number> };
  /** Any number of connections, closed when the test ends. */
  open(): Socket;
  /** Delivers an event on its own connection and returns the milliseconds until the answer. */
  deliver(): Promise<number>;
}

const test = base.extend<{ readonly serve: (options?: ServeReceiverOptions) => Promise<Served> }>({
  serve: async ({}, use) => {
    const closing: (() => Promise<void>)[] = [];
    await use(async (options) => {
      const counts: Served["counts"] = { events: 0, rejections: {} };
      const receiver = createReceiver({
        path: "/webhook",
        verificationToken: "s3cret",
        onEvent: () => {
          counts.events += 1;
        },
        onRejected: (_reason, kind) => {
          counts.rejections[kind] = (counts.rejections[kind] ?? 0) + 1;
        },
      });
      const { port, close } = await serveReceiver(toNodeHandler(receiver), options);
      const sockets = new Set<Socket>();
      closing.push(async () => {
        for (const socket of sockets) socket.destroy();
        await close();
      });
      const open = () => {
        const socket = connect(port, "127.0.0.1").on("error", () => {});
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        return socket;
      };
      return {
        port,
        counts,
        open,
        async deliver() {
          const began = performance.now();
          const socket = open();
          socket.write(good);
          const [answer] = await once(socket, "data");
          socket.destroy();
          if (!String(answer).startsWith("HTTP/1.1 200 OK\r\n")) throw new Error(String(answer));
          return performance.now() - began;
        },
      };
    });
    for (const close of closing) await close();
  },
});

/** A delivery with the right token. */
function request(body: string, headers = ""): string {
  return (
    "POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=UTF-8\r\n" +
    `Verification-Token: s3cret\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** The median time until a delivery is answered, milliseconds. */
async function typicalDelivery({ deliver }: Served): Promise<number> {
  const milliseconds: number[] = [];
  for (let count = 0; count < 11; count++) milliseconds.push(await deliver());
  return milliseconds.toSorted((a, b) => a - b)[5] ?? Number.NaN;
}

/** The limit on a busy machine, milliseconds; the platform waits for 3,000. */
const promptLimit = 1_000;

const megabyte = 1024 * 1024;

describe("a served receiver keeps answering", () => {
  for (const [what, text, timeouts] of [
    ["headers", "POST /webhook HTTP/1.1\r\nX-", { headers: 300, request: 60_000, idle: 5_000 }],
    ["bodies", good.slice(0, -10), { headers: 300, request: 600, idle: 5_000 }],
  ] as const) {
    test(`while clients send their ${what} slowly, and disconnects them`, async ({
      serve,
      expect,
    }) => {
      const served = await serve({ timeouts });
      const slow = Array.from({ length: 200 }, () => {
        const socket = served.open();
        socket.write(text);
        return socket;
      });
      // Never as much as requested.
      const slowWriter = setInterval(() => {
        for (const socket of slow) if (socket.writable) socket.write("x");
      }, 200);
      try {
        expect(await typicalDelivery(served)).toBeLessThan(promptLimit);
        const isOver = () => slow.every(({ closed }) => closed);
        await expect.poll(isOver).toBe(true);
      } finally {
        clearInterval(slowWriter);
      }
      expect(await typicalDelivery(served)).toBeLessThan(promptLimit);
      expect(served.counts.events).toBe(22);
    });
  }

  test("while clients send 40 MB, without buffering it", async ({ serve, expect }) => {
    const served = await serve({ timeouts: { headers: 60_000, request: 60_000, idle: 60_000 } });
    const memory = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return (heapUsed + arrayBuffers) / megabyte;
    };
    const before = memory();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, memory());
    }, 5);
    const flood = [
      `Content-Length: ${40 * megabyte}\r\n`,
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\n",
    ].map((header) => sendLargeBody(served.open(), header));

    expect(await typicalDelivery(served)).toBeLessThan(promptLimit);
    const answers = await Promise.all(flood);
    clearInterval(watch);

    expect(answers.map(({ answer }) => answer.slice(0, 15))).toEqual(
      Array(3).fill("HTTP/1.1 200 OK"),
    );
    // The answer comes before the body's end, and the rest is still read instead of cut off.
    for (const { answeredAfter, sent } of answers) {
      expect(answeredAfter).toBeLessThan(20 * megabyte);
      expect(sent).toBe(40 * megabyte);
    }
    expect(most - before).toBeLessThan(60);
    expect(served.counts.rejections).toEqual({ "too-large": 3 });
  });

  test("while clients hold more connections than allowed", async ({ serve, expect }) => {
    const served = await serve({ maximumConnections: 500 });
    const held: Socket[] = [];
    const times: number[] = [];
    for (let round = 0; round < 8; round++) {
      for (let count = 0; count < 250; count++) held.push(served.open());
      await wait(20);
      times.push(await served.deliver());
    }
    expect(held.length).toBe(2_000);
    expect(Math.max(...times)).toBeLessThan(10_000);
    await expect.poll(() => held.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(500);
    expect(served.counts.events).toBe(8);
  });

  test("on an open connection while new clients hold theirs", async ({ serve, expect }) => {
    const served = await serve({ maximumConnections: 20 });
    const platform = served.open();
    for (let count = 0; count < 100; count++) {
      platform.write(good);
      await once(platform, "data");
      await once(served.open(), "connect");
    }
    expect(platform.closed).toBe(false);
    expect(served.counts.events).toBe(100);
  });

  test("after 2,000 bodies that are not JSON or have a wrong token", async ({ serve, expect }) => {
    const served = await serve();
    const socket = served.open();
    let answers = "";
    socket.on("data", (chunk) => {
      answers += String(chunk);
    });
    for (let count = 0; count < 1_000; count++) {
      socket.write(request('{"event":'));
      socket.write(good.replace("s3cret", `guess ${count}`));
    }
    const statuses = () => answers.match(/^HTTP\/1\.1 .*$/gm) ?? [];
    await expect.poll(() => statuses().length).toBe(2_000);
    expect(new Set(statuses().map((line) => line.trim()))).toEqual(new Set(["HTTP/1.1 200 OK"]));
    expect(await typicalDelivery(served)).toBeLessThan(promptLimit);
    expect(served.counts.rejections).toEqual({ "not-json": 1_000, "verification-token": 1_000 });
  });
});

describe("a served receiver survives", () => {
  const post = "POST /webhook HTTP/1.1\r\nHost: a\r\nVerification-Token: s3cret\r\n";
  const length = `Content-Length: ${envelope.length}\r\n`;
  for (const [what, text, statuses, events] of [
    ["nothing at all", "", [], 0],
    ["nonsense", "\0\x01\x02 nonsense\r\n\r\n", [400], 0],
    ["TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", [400], 0],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400], 0],
    ["no Host", "POST /webhook HTTP/1.1\r\n\r\n", [400], 0],
    ["a method that is none", "BREW /webhook HTTP/1.1\r\nHost: a\r\n\r\n", [400], 0],
    ["TRACE", "TRACE /webhook HTTP/1.1\r\nHost: a\r\n\r\n", [405], 0],
    ["a path that climbs", `POST /webhook/../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n`, [404], 0],
    ["an encoded path", `POST /%2e%2e/%77ebhook HTTP/1.1\r\nHost: a\r\n\r\n`, [404], 0],
    ["two slashes", `POST //webhook HTTP/1.1\r\nHost: a\r\n\r\n`, [404], 0],
    ["a path with a NUL", `POST /webhook%00 HTTP/1.1\r\nHost: a\r\n\r\n`, [404], 0],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [404], 0],
    ["a whole URL", `${good.replace("/webhook", "http://other/webhook")}`, [200], 1],
    ["a URL of another path", good.replace("/webhook", "http://other/webhooks"), [404], 0],
    ["CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n", [], 0],
    [
      "an upgrade",
      request(envelope, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"),
      [200],
      1,
    ],
    [
      "a WebSocket",
      "GET /webhook HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      [405],
      0,
    ],
    ["an expectation", request(envelope, "Expect: 100-continue\r\n"), [100, 200], 1],
    ["another expectation", request(envelope, "Expect: the best\r\n"), [417], 0],
    ["3 requests at once", good + good + good, [200, 200, 200], 3],
    ["5,000 headers", `${post}${"X-A: b\r\n".repeat(5_000)}\r\n`, [431], 0],
    ["a header of 1 MB", `${post}X-A: ${"b".repeat(1_000_000)}\r\n\r\n`, [431], 0],
    ["a header with a NUL", `${post}X-A: \0\r\n\r\n`, [400], 0],
    ["a folded header", `${post}X-A: b\r\n c\r\n${length}\r\n${envelope}`, [400], 0],
    ["a name with a space", `${post}X-A : b\r\n${length}\r\n${envelope}`, [400], 0],
    ["two lengths", `${post}${length}Content-Length: 3\r\n\r\n${envelope}`, [400], 0],
    ["a length below 0", `${post}Content-Length: -1\r\n\r\n${envelope}`, [400], 0],
    [
      "a length and chunks",
      `${post}${length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
      0,
    ],
    ["chunks that are none", `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, [400], 0],
    [
      "chunks",
      `${post}Transfer-Encoding: chunked\r\n\r\n${envelope.length.toString(16)}\r\n${envelope}\r\n0\r\n\r\n`,
      [200],
      1,
    ],
    ["a body that breaks off", `${post}Content-Length: 500\r\n\r\n{`, [400], 0],
    ["a token with a line in it", `${post}Validation-Token: a\rSet-Cookie: b\r\n\r\n`, [400], 0],
    ["a token without end", `${post}Validation-Token: ${"t".repeat(4_000)}\r\n\r\n`, [200], 0],
    ["two tokens", `${post}Validation-Token: a\r\nValidation-Token: b\r\n\r\n`, [200], 0],
  ] as const) {
    test(what, async ({ serve, expect }) => {
      const served = await serve();
      const socket = served.open();
      let answer = "";
      socket.on("data", (chunk) => {
        answer += String(chunk);
      });
      socket.end(text, "latin1");
      await once(socket, "close");

      const found = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
      expect(found).toEqual(statuses);
      expect(answer.length / Math.max(1, found.length)).toBeLessThan(1_024);
      expect(answer).not.toMatch(/set-cookie/i);
      await expect.poll(() => served.counts.events).toBe(events);
      await served.deliver();
      await expect.poll(() => served.counts.events).toBe(events + 1);
    });
  }
});

describe("a served receiver listens", () => {
  const answer = toNodeHandler(createReceiver({}));

  test("on this machine only, by default", async ({ expect }) => {
    await using own = await serveReceiver(answer);
    expect(own.url).toBe(`http://127.0.0.1:${own.port}`);
    await using open = await serveReceiver(answer, { host: "0.0.0.0" });
    expect(open.url).toBe(`http://0.0.0.0:${open.port}`);
    await using six = await serveReceiver(answer, { host: "::1" });
    expect(six.url).toBe(`http://[::1]:${six.port}`);
    expect((await fetch(six.url)).status).toBe(405);
  });

  test("with an error if the port is in use", async ({ expect }) => {
    await using own = await serveReceiver(answer);
    await expect(serveReceiver(answer, { port: own.port })).rejects.toMatchObject({
      message: `Port ${own.port} is already in use.`,
      hint: expect.stringContaining("--port 0"),
      exitCode: ExitCode.unavailable,
    });
  });

  test("until it is closed, and then disconnects clients", async ({ expect }) => {
    const own = await serveReceiver(answer);
    const socket = connect(own.port, "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => {}).resume();
    await Promise.all([own.close(), once(socket, "close")]);
    await expect(fetch(own.url)).rejects.toThrow("fetch failed");
  });
});

/** Sends 40 MB and returns the answer and its time. */
async function sendLargeBody(socket: Socket, header: string) {
  const piece = Buffer.alloc(64 * 1024, "x");
  const isChunked = header.startsWith("Transfer");
  let answer = "";
  let sent = 0;
  let answeredAfter = Number.POSITIVE_INFINITY;
  socket.on("data", (chunk) => {
    if (answer === "") answeredAfter = sent;
    answer += String(chunk);
  });
  socket.write(`POST /webhook HTTP/1.1\r\nHost: a\r\nVerification-Token: s3cret\r\n${header}\r\n`);
  while (sent < 40 * megabyte) {
    if (isChunked) socket.write(`${piece.length.toString(16)}\r\n`);
    const flows = socket.write(piece);
    if (isChunked) socket.write("\r\n");
    sent += piece.length;
    if (!flows) await once(socket, "drain");
    else await wait(0);
  }
  if (isChunked) socket.write("0\r\n\r\n");
  if (answer === "") await once(socket, "data");
  return { answer, answeredAfter, sent };
}
