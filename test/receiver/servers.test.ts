import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
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
  toHonoHandler,
  toKoaMiddleware,
  toLambdaHandler,
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
  "Fastify after a hook that reads bodies": async (receiver) => {
    const app = fastify();
    app.decorateRequest("rawBody");
    app.addHook("preParsing", async (request, _reply, payload) => {
      if (request.method !== "POST") return;
      const rawBody = await text(payload);
      Object.assign(request, { rawBody });
      return Readable.from([rawBody]);
    });
    app.register(toFastifyPlugin(receiver), { prefix: "/webhook" });
    await app.ready();
    return (request, response) => void app.routing(request, response);
  },
  Hono: (receiver) => hono((app) => app.all("/webhook", (context) => receiver(context.req.raw))),
  "Hono after a middleware that reads JSON": (receiver) =>
    hono((app) =>
      app
        .use(async (context, next) => {
          if (Number(context.req.header("content-length")) > 0) await context.req.json();
          await next();
        })
        .all("/webhook", toHonoHandler(receiver)),
    ),
  Koa: (receiver) => koa(toKoaMiddleware(receiver)),
  "Koa with toNodeHandler": (receiver) => {
    const handle = toNodeHandler(receiver);
    return koa(({ req, res }, next) => handle(req, res, next));
  },
  "Koa after a parser": (receiver) =>
    koa(async (context, next) => {
      const read = await text(context.req);
      if (read !== "") Object.assign(context.request, { body: JSON.parse(read) });
      await toKoaMiddleware(receiver)(context, next);
    }),
  "a connect app": (receiver) => {
    const handle = toNodeHandler(receiver);
    return (request, response) => {
      void handle(request, response, () => response.writeHead(404).end());
    };
  },
};

function hono(build: (app: Hono) => Hono): Listener {
  return getRequestListener(build(new Hono()).fetch, { overrideGlobalObjects: false });
}

type KoaMiddleware = (
  context: {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    readonly request: { readonly body?: unknown };
  },
  next: () => Promise<void>,
) => Promise<void>;

/** What Koa does with a request: 404 by default, and an answer of its own unless the middleware has ended the response. */
function koa(middleware: KoaMiddleware): Listener {
  return async (req, res) => {
    res.statusCode = 404;
    await middleware({ req, res, request: {} }, async () => {});
    if (!res.writableEnded) res.end("Not Found");
  };
}

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
    idle(): Promise<void>;
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
      const { idle } = receiver;
      return { url: `${running.url}/webhook`, port: running.port, events, rejections, idle };
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
    test("answers RingCentral's handshake in a small response", async ({ start, expect }) => {
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
      const { url, events, rejections, idle } = await start(
        { verificationToken: "s3cret" },
        server,
      );

      const right = await post(url, envelope, { "Verification-Token": "s3cret" });
      const wrong = await post(url, envelope, { "Verification-Token": "other" });
      await idle();

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

    test("answers immediately if a body is too large and slow", async ({ start, expect }) => {
      if (name.includes(" after ")) return;
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

/** Answers with what went wrong, as a JSON error, and its status. */
async function refusal(answer: Response): Promise<[number, string]> {
  const { error } = Object(await answer.json());
  return [answer.status, error];
}

describe("a body that the framework has already read", () => {
  const explanation =
    "The body was already read before it reached the receiver: put the receiver before any body parser, or use its adapter for the framework";
  const readers: Readonly<Record<string, (typeof servers)[string]>> = {
    "node:http": (receiver) => {
      const handle = toNodeHandler(receiver);
      return async (request, response) => {
        await text(request);
        await handle(request, response);
      };
    },
    "Express 4, which leaves an empty object": (receiver) => {
      const handle = toExpressHandler(receiver);
      return async (request, response) => {
        await text(request);
        await handle(Object.assign(request, { body: {} }), response);
      };
    },
    "Express after a form parser that takes every type": (receiver) =>
      express()
        .use(express.urlencoded({ type: "*/*", extended: true }))
        .all("/webhook", toExpressHandler(receiver)),
    "Fastify without the plugin": async (receiver) => {
      const app = fastify();
      const handle = toNodeHandler(receiver);
      app.all("/webhook", async ({ raw }, reply) => {
        reply.hijack();
        await handle(raw, reply.raw);
      });
      await app.ready();
      return (request, response) => void app.routing(request, response);
    },
    "Hono without the handler": (receiver) =>
      hono((app) =>
        app.all("/webhook", async ({ req }) => {
          await req.json();
          return receiver(req.raw);
        }),
      ),
    "Hono, past its own request": (receiver) =>
      hono((app) =>
        app
          .use(async ({ req }, next) => {
            await req.raw.text();
            await next();
          })
          .all("/webhook", toHonoHandler(receiver)),
      ),
  };
  for (const [name, server] of Object.entries(readers)) {
    test(`is refused immediately with an explanation: ${name}`, async ({ start, expect }) => {
      const kinds: string[] = [];
      const { url, events, idle } = await start(
        { onRejected: (reason, kind) => kinds.push(kind, reason) },
        server,
      );
      const answer = await post(url, envelope);
      await idle();
      const size = JSON.stringify([...answer.headers]).length;

      expect(await refusal(answer)).toEqual([500, `rcwh/receiver: ${explanation}.`]);
      expect(size).toBeLessThan(600);
      expect([events, kinds]).toEqual([[], ["already-read", explanation]]);
    });
  }

  for (const [what, left] of Object.entries({
    "an object": { body: JSON.parse(envelope) },
    "a string": { body: envelope },
    "a Buffer": { body: Buffer.from(envelope) },
    "a Buffer beside an object": { rawBody: Buffer.from(envelope), body: {} },
  })) {
    test(`is accepted where the parser left ${what}`, async ({ start, expect }) => {
      const { url, events } = await start({}, (receiver) => {
        const handle = toNodeHandler(receiver);
        return async (request, response) => {
          await text(request);
          await handle(Object.assign(request, left), response);
        };
      });
      expect((await post(url, envelope)).status).toBe(200);
      await expect.poll(() => events).toEqual([JSON.parse(envelope)]);
    });
  }
});

describe("a receiver in a server that does not wait for its answer", () => {
  test("keeps the event and reports the answer that was sent first", async ({ start, expect }) => {
    const errors: unknown[] = [];
    const { url, events } = await start({ onError: (error) => errors.push(error) }, (receiver) => {
      const handle = toNodeHandler(receiver);
      return (request, response) => {
        void handle(request, response);
        response.writeHead(404).end();
      };
    });
    expect((await post(url, envelope)).status).toBe(404);
    await expect.poll(() => events).toEqual([JSON.parse(envelope)]);
    expect(String(errors)).toBe(
      "Error: Other code answered a delivery before the receiver: return or await what its handler returns",
    );
  });
});

describe("the receiver's path", () => {
  const seenBy: readonly (readonly [string, string, string, (typeof servers)[string]])[] = [
    [
      "as received, behind a mount",
      "/api/webhook",
      "/api/webhook",
      (receiver) => express().use("/api/webhook", toExpressHandler(receiver)),
    ],
    [
      "as the router passes it on, behind a mount",
      "/webhook",
      "/api/webhook",
      (receiver) => express().use("/api", express.Router().use(toExpressHandler(receiver))),
    ],
    [
      "/ where it is mounted itself",
      "/",
      "/api/webhook",
      (receiver) => express().use("/api/webhook", toExpressHandler(receiver)),
    ],
    [
      "as received, behind Koa's mount",
      "/api/webhook",
      "/api/webhook",
      (receiver) => (req, res) => {
        // As koa-mount does it.
        const context = { req, res, originalUrl: req.url ?? "", request: {} };
        req.url = req.url?.replace("/api", "");
        void toKoaMiddleware(receiver)(context, () => res.writeHead(404).end());
      },
    ],
    [
      "as Hono's mount passes it on",
      "/webhook",
      "/api/webhook",
      (receiver) => hono((app) => app.mount("/api", receiver)),
    ],
  ];
  for (const [what, path, requested, server] of seenBy) {
    test(`is ${what}`, async ({ start, expect }) => {
      const { url, events } = await start({ path }, server);
      const { origin } = new URL(url);
      expect((await post(`${origin}${requested}?x=1`, envelope)).status).toBe(200);
      expect((await post(`${origin}${requested}/`, envelope)).status).toBe(200);
      expect((await post(`${origin}${requested}/x`, envelope)).status).toBe(404);
      await expect.poll(() => events).toHaveLength(2);
    });
  }

  for (const name of ["node:http", "Hono"]) {
    test(`may be the public path behind a proxy that reports the removed prefix, in ${name}`, async ({
      start,
      expect,
    }) => {
      const { url, events } = await start({ path: "/api/webhook" }, servers[name]);
      for (const [prefix, status] of [
        ["/api", 200],
        ["/api/", 200],
        ["/other", 404],
      ] as const) {
        expect((await post(url, envelope, { "X-Forwarded-Prefix": prefix })).status).toBe(status);
      }
      await expect.poll(() => events).toHaveLength(2);
    });
  }

  test("passes requests for other paths to the next middleware", async ({ start, expect }) => {
    const { url, events } = await start({ path: "/webhook" }, (receiver) =>
      express()
        .use(toExpressHandler(receiver))
        .use((request, response) => void response.send(`another handler of ${request.url}`)),
    );
    const { origin } = new URL(url);
    expect(await (await fetch(`${origin}/health`)).text()).toBe("another handler of /health");
    expect((await post(url, envelope)).status).toBe(200);
    await expect.poll(() => events).toHaveLength(1);
  });
});

describe("a receiver over HTTP/2", () => {
  test("passes on events with their headers, without pseudo-headers", async ({ expect }) => {
    const seen: unknown[] = [];
    const receiver = createReceiver({
      path: "/webhook",
      onEvent: (event, { headers, rawHeaders = [] }) => {
        const names = [...headers.keys(), ...rawHeaders].filter((name) => name.startsWith(":"));
        seen.push(event, headers.get("user-agent"), names);
      },
    });
    const server = createHttp2Server(toNodeHandler(receiver));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const client = connectHttp2(`http://127.0.0.1:${Object(server.address()).port}`);
    try {
      const request = client.request({
        ":method": "POST",
        ":path": "/webhook",
        "user-agent": "RingCentral",
      });
      request.end(envelope);
      const [headers] = await once(request, "response");
      request.resume();
      expect(headers[":status"]).toBe(200);
      await receiver.idle();
      expect(seen).toEqual([JSON.parse(envelope), "RingCentral", []]);
    } finally {
      client.destroy();
      server.close();
    }
  });
});

describe("a receiver in a framework that needs an adapter", () => {
  for (const [name, misuse, advice] of [
    ["toNodeHandler in Koa", { handle: toNodeHandler }, "Use toKoaMiddleware for Koa"],
    ["toExpressHandler in Koa", { handle: toExpressHandler }, "Use toKoaMiddleware for Koa"],
  ] as const) {
    test(`says what to use instead of ${name}`, async ({ expect }) => {
      const handle = misuse.handle(createReceiver());
      const context = { req: {}, res: {}, headers: {} };
      await expect(handle(context as never, (async () => {}) as never)).rejects.toThrow(advice);
    });
  }

  const advice =
    "rcwh/receiver: A receiver takes a web Request: use toNodeHandler for node:http, toExpressHandler for Express, toKoaMiddleware for Koa, toFastifyPlugin for Fastify, and toHonoHandler for Hono.";

  test("says which adapter to use for a value that is not a Request", async ({ expect }) => {
    const wrong = { method: "POST", url: "/", headers: {} };
    await expect(createReceiver()(wrong as never)).rejects.toThrow(advice);
    await expect(createReceiver()(wrong as never, (() => {}) as never)).rejects.toThrow(advice);
  });

  test("also says so in its answer where nothing awaits the receiver", async ({
    start,
    expect,
  }) => {
    const errors: unknown[] = [];
    const { url } = await start(
      { onError: (error) => errors.push(error) },
      (receiver) => receiver as never,
    );
    expect(await refusal(await post(url, envelope))).toEqual([500, advice]);
    await expect.poll(() => errors).toEqual([new TypeError(advice)]);
  });

  for (const adapter of [
    toNodeHandler,
    toExpressHandler,
    toKoaMiddleware,
    toFastifyPlugin,
    toHonoHandler,
    toLambdaHandler,
  ]) {
    test(`is refused by ${adapter.name} when the value is not a receiver`, ({ expect }) => {
      for (const wrong of [undefined, null, {}, { on: {} }, () => {}, "receiver"]) {
        expect(() => adapter(wrong as never)).toThrow(
          `rcwh/receiver: ${adapter.name} takes a receiver: write ${adapter.name}(createReceiver({ on: … })).`,
        );
      }
    });
  }
});

describe("a receiver in Express", () => {
  test("reports a body that is not JSON when a body parser ran first", async ({
    start,
    expect,
  }) => {
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
