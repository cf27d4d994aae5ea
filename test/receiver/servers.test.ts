import { once } from "node:events";
import { connect } from "node:net";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { test as base, describe } from "vitest";
import type { Receiver } from "../../src/receiver/answering.ts";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import {
  createReceiver,
  toExpressHandler,
  toFastifyPlugin,
  toNodeHandler,
} from "../../src/receiver/receiver.ts";
import { type ServedReceiver, serveReceiver } from "../../src/receiver/serve-receiver.ts";

type Listener = Parameters<typeof serveReceiver>[0];

/** A user's server with a receiver at `/webhook`. */
const servers: Readonly<Record<string, (receiver: Receiver) => Listener | Promise<Listener>>> = {
  "node:http": toNodeHandler,
  Express: (receiver) => express().all("/webhook", toExpressHandler(receiver)),
  "Express after express.json()": (receiver) =>
    express().use(express.json()).all("/webhook", toExpressHandler(receiver)),
  "Express after express.raw()": (receiver) =>
    express()
      .use(express.raw({ type: "*/*" }))
      .all("/webhook", toExpressHandler(receiver)),
  "Express after express.text()": (receiver) =>
    express()
      .use(express.text({ type: "*/*" }))
      .use("/webhook", toExpressHandler(receiver)),
  Fastify: async (receiver) => {
    const app = fastify();
    app.register(toFastifyPlugin(receiver), { prefix: "/webhook" });
    await app.ready();
    return (request, response) => void app.routing(request, response);
  },
  Hono: (receiver) => {
    const app = new Hono().all("/webhook", (context) => receiver(context.req.raw));
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  },
};

interface Fixtures {
  /** Starts a server that is stopped when the test ends. */
  readonly start: (
    options?: ReceiverOptions,
    server?: (typeof servers)[string],
  ) => Promise<{
    readonly url: string;
    readonly port: number;
    readonly events: unknown[];
    readonly rejections: string[];
  }>;
}

const test = base.extend<Fixtures>({
  start: async ({}, use) => {
    const served: ServedReceiver[] = [];
    await use(async (options = {}, server = toNodeHandler) => {
      const events: unknown[] = [];
      const rejections: string[] = [];
      const receiver = createReceiver({
        path: "/webhook",
        onEvent: (event) => events.push(event),
        onRejected: (reason) => rejections.push(reason),
        ...options,
      });
      const running = await serveReceiver(await server(receiver));
      served.push(running);
      return { url: `${running.url}/webhook`, port: running.port, events, rejections };
    });
    for (const running of served) await running.close();
  },
});

const envelope = JSON.stringify({ event: "/team-messaging/v1/posts", body: { text: "Grüße" } });
const json = "application/json; charset=UTF-8";

function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(url, { method: "POST", body, headers: { "Content-Type": json, ...headers } });
}

for (const [name, server] of Object.entries(servers)) {
  describe(`a receiver in ${name}`, () => {
    test("answers RingCentral's handshake in few bytes", async ({ start, expect }) => {
      const { port, events, rejections } = await start({ verificationToken: "s3cret" }, server);
      const answer = await talk(
        port,
        "POST /webhook HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: application/json\r\n" +
          `Content-Length: 0\r\nValidation-Token: ${"t".repeat(512)}\r\nConnection: close\r\n\r\n`,
      );

      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer.toLowerCase()).toContain(`\r\nvalidation-token: ${"t".repeat(512)}\r\n`);
      expect(answer.toLowerCase()).toMatch(/\r\ncontent-type: application\/json\r\n/);
      expect(answer).toMatch(/\r\n\r\n$/);
      expect(answer.length).toBeLessThanOrEqual(1024);
      expect([events, rejections]).toEqual([[], []]);
    });

    test("accepts events and drops a wrong token", async ({ start, expect }) => {
      const { url, events, rejections } = await start({ verificationToken: "s3cret" }, server);

      const right = await post(url, envelope, { "Verification-Token": "s3cret" });
      const wrong = await post(url, envelope, { "Verification-Token": "other" });

      expect([right.status, await right.text()]).toEqual([200, ""]);
      expect(right.headers.get("content-type")).toBe("application/json");
      expect([wrong.status, await wrong.text()]).toEqual([200, ""]);
      expect(events).toEqual([JSON.parse(envelope)]);
      expect(rejections).toEqual(["The verification token does not match"]);
    });

    test("answers a GET with 405 and other paths with 404", async ({ start, expect }) => {
      const { url } = await start({}, server);
      const response = await fetch(url);
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      expect((await post(`${url}/other`, envelope)).status).toBe(404);
    });

    test("answers at once if a body is too large and slow", async ({ start, expect }) => {
      if (name.startsWith("Express after")) return;
      const { port, rejections } = await start({ maximumBytes: 1000 }, server);
      const socket = connect(port, "127.0.0.1");
      try {
        socket.write("POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nxxxx");
        const [answer] = await once(socket, "data");
        expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        await expect.poll(() => rejections).toEqual(["The body is larger than 1000 bytes"]);
        // The rest of the body is discarded, and the connection stays open.
        socket.write("x".repeat(4996));
        socket.write("GET /webhook HTTP/1.1\r\nHost: a\r\n\r\n");
        const [next] = await once(socket, "data");
        expect(String(next)).toMatch(/^HTTP\/1\.1 405 /);
      } finally {
        socket.destroy();
      }
    });
  });
}

describe("a receiver in Express", () => {
  test("with a body parser reports a body that is not JSON", async ({ start, expect }) => {
    const { url, rejections } = await start({}, servers["Express after express.text()"]);
    expect((await post(url, "{")).status).toBe(200);
    expect(rejections).toEqual(["The body is not JSON"]);
  });
});

describe("a receiver in node:http", () => {
  test("passes on headers unchanged", async ({ start, expect }) => {
    const seen: unknown[] = [];
    const { url } = await start({
      onEvent: (_event, { headers, body }) => {
        seen.push(headers.get("user-agent"), headers.get("Content-Type"), body);
      },
    });
    await post(url, envelope, { "User-Agent": "RingCentral-Webhook/8.3" });
    expect(seen).toEqual(["RingCentral-Webhook/8.3", json, envelope]);
  });

  test("answers before handlers begin and while they run", async ({ expect }) => {
    const order: string[] = [];
    const receiver = createReceiver({
      onEvent: () => {
        order.push("handler");
        return new Promise(() => {});
      },
    });
    const handle = toNodeHandler(receiver);
    const running = await serveReceiver((request, response) => {
      const end = response.end.bind(response);
      // Like middleware, such as compression.
      response.end = () => {
        process.nextTick(() => {
          order.push("answer");
          end();
        });
        return response;
      };
      handle(request, response);
    });
    for (let count = 0; count < 2; count++) await post(running.url, envelope);
    await running.close();
    expect(order).toEqual(["answer", "handler", "answer", "handler"]);
  });
});

/** Everything received on one connection. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}
