import { describe, test, vi } from "vitest";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import {
  createReceiver,
  isEvent,
  nameOfEvent,
  type ReceivedDelivery,
} from "../../src/receiver/receiver.ts";

interface ReceiverLog {
  readonly events: unknown[];
  readonly rejections: string[];
  readonly errors: unknown[];
  /** Answers, and waits until all work is done. */
  readonly receive: (request: Request) => Promise<Response>;
}

function receiver(options: Partial<ReceiverOptions> = {}): ReceiverLog {
  const events: unknown[] = [];
  const rejections: string[] = [];
  const errors: unknown[] = [];
  const receive = createReceiver({
    onEvent: (event) => void events.push(event),
    onRejected: (reason) => void rejections.push(reason),
    onError: (error) => void errors.push(error),
    ...options,
  });
  return {
    events,
    rejections,
    errors,
    async receive(request) {
      const work: Promise<unknown>[] = [];
      const response = await receive(request, { waitUntil: (each) => void work.push(each) });
      await Promise.all(work);
      return response;
    },
  };
}

const envelope = '{ "uuid": "1", "event": "/team-messaging/v1/posts", "body": { "text": "Hi" } }';

function post(
  body: string | ReadableStream,
  headers: Readonly<Record<string, string>> = {},
  path = "/hook",
): Request {
  const options = { method: "POST", headers, body, duplex: "half" } as const;
  return new Request(`http://127.0.0.1${path}`, options);
}

describe("the delivery that a handler receives", () => {
  test("can be cloned and has no functions that would keep it in memory", async ({ expect }) => {
    const deliveries: ReceivedDelivery[] = [];
    const { receive } = receiver({ onEvent: (_event, delivery) => void deliveries.push(delivery) });

    await receive(post(envelope, { "X-Number": "1" }));
    await receive(post(envelope, { "X-Number": "2" }));

    const copies = deliveries.map((delivery) => ({ ...delivery }));
    expect(copies.map(({ body, headers }) => [body, headers.get("x-number")])).toEqual([
      [envelope, "1"],
      [envelope, "2"],
    ]);
    const getters = deliveries.map(
      (delivery) => Object.getOwnPropertyDescriptor(delivery, "headers")?.get,
    );
    expect(getters[0]).toBe(getters[1]);
  });
});

describe("the receiver", () => {
  test("returns the handshake's token with JSON and emits no event", async ({ expect }) => {
    let handshakes = 0;
    const { receive, events, rejections } = receiver({
      verificationToken: "s3cret",
      onHandshake: () => handshakes++,
    });

    const response = await receive(post("", { "Validation-Token": "abc" }));

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "application/json",
      "content-length": "0",
      "validation-token": "abc",
    });
    expect(await response.text()).toBe("");
    expect([events, rejections, handshakes]).toEqual([[], [], 1]);
  });

  test("does not return a token that is not text or is too long for an answer", async ({
    expect,
  }) => {
    for (const token of ["x".repeat(513), "caf\u00e9"]) {
      const { receive, events, rejections } = receiver();
      const response = await receive(post("", { "Validation-Token": token }));
      expect([response.status, response.headers.get("validation-token")]).toEqual([200, null]);
      expect([events, rejections]).toEqual([
        [],
        ["The Validation-Token exceeds 512 characters or has unusual ones"],
      ]);
    }
    const longest = await receiver().receive(post("", { "Validation-Token": "x".repeat(512) }));
    expect(longest.headers.get("validation-token")).toHaveLength(512);
  });

  test("passes on an event with its headers and its text", async ({ expect }) => {
    const deliveries: unknown[] = [];
    const { receive } = receiver({
      onEvent: (event, { headers, body }) =>
        deliveries.push([event, headers.get("user-agent"), body]),
    });

    const response = await receive(post(envelope, { "User-Agent": "RingCentral" }));

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(deliveries).toEqual([[JSON.parse(envelope), "RingCentral", envelope]]);
  });

  test("answers before any handler runs, whatever the handlers do", async ({ expect }) => {
    const order: string[] = [];
    const never = new Promise(() => {});
    const receive = createReceiver({
      onEvent: () => {
        order.push("handled");
        return never;
      },
    });

    const response = await receive(post(envelope));
    order.push(`answered ${response.status}`);
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(order).toEqual(["answered 200", "handled"]);
  });

  for (const token of ["", "s3cre", "s3cret2", "S3CRET"]) {
    test(`drops a delivery with the token "${token}" and answers 200`, async ({ expect }) => {
      const { receive, events, rejections } = receiver({ verificationToken: "s3cret" });
      const response = await receive(post(envelope, { "Verification-Token": token }));

      expect(response.status).toBe(200);
      expect(events).toEqual([]);
      expect(rejections).toEqual(["The verification token does not match"]);
    });
  }

  test("answers a wrong token with the configured status", async ({ expect }) => {
    const { receive, events } = receiver({ verificationToken: "s3cret", rejectStatus: 403 });
    expect((await receive(post(envelope))).status).toBe(403);
    expect(events).toEqual([]);
    expect((await receive(post("{", { "Verification-Token": "s3cret" }))).status).toBe(200);
  });

  test("accepts the right token, and any token if none is configured", async ({ expect }) => {
    const guarded = receiver({ verificationToken: "s3cret" });
    await guarded.receive(post(envelope, { "Verification-Token": "s3cret" }));
    expect(guarded.events).toHaveLength(1);

    const open = receiver();
    await open.receive(post(envelope, { "Verification-Token": "whatever" }));
    expect(open.events).toHaveLength(1);
  });

  test("accepts both the old and the new token during a change", async ({ expect }) => {
    const both = receiver({ verificationToken: ["old", "new"] });
    for (const token of ["old", "new", "other"]) {
      await both.receive(post(envelope, { "Verification-Token": token }));
    }
    expect([both.events.length, both.rejections.length]).toEqual([2, 1]);
  });

  for (const [what, body, reason] of [
    ["an empty body", "", "The body is not JSON"],
    ["a body that is not JSON", "{", "The body is not JSON"],
    ["a body that is too large", `"${"x".repeat(20)}"`, "The body is larger than 10 bytes"],
    ["a body that is not an object", "[1]", "The body is not an event"],
    ["a body that is nothing", "null", "The body is not an event"],
    ["an object without a filter", "{}", "The body is not an event"],
    ["a filter that is not a string", '{"event":1}', "The body is not an event"],
  ] as const) {
    test(`reports ${what} and answers 200`, async ({ expect }) => {
      const maximumBytes = reason.includes("larger") ? 10 : 100;
      const { receive, events, rejections } = receiver({ maximumBytes });
      expect((await receive(post(body))).status).toBe(200);
      expect([events, rejections]).toEqual([[], [reason]]);
    });
  }

  test("reads UTF-8 with or without a byte order mark, whatever the declared charset", async ({
    expect,
  }) => {
    const { receive, events } = receiver();
    const text = '{"event":"/team-messaging/v1/posts","body":{"text":"Grüße 🚲"}}';
    for (const type of ["application/json; charset=UTF-8", "application/json; charset=latin1"]) {
      await receive(post(text, { "Content-Type": type }));
      await receive(post(`\ufeff${text}`, { "Content-Type": type }));
    }
    expect(events).toEqual(Array(4).fill(JSON.parse(text)));
  });

  test("counts the bytes of a body without a declared length", async ({ expect }) => {
    const { receive, rejections } = receiver({ maximumBytes: 10 });
    const stream = new ReadableStream({
      start: (controller) => {
        for (let count = 0; count < 3; count++) controller.enqueue(new Uint8Array(5));
        controller.close();
      },
    });

    expect((await receive(post(stream))).status).toBe(200);
    expect(rejections).toEqual(["The body is larger than 10 bytes"]);
  });

  test("answers a body that is too large before its end, and discards the rest", async ({
    expect,
  }) => {
    const { receive } = receiver({ maximumBytes: 10 });
    let release = () => {};
    const rest = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isRead = false;
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(20)),
      async pull(controller) {
        await rest;
        controller.close();
        isRead = true;
      },
    });

    expect((await receive(post(stream))).status).toBe(200);
    release();
    await expect.poll(() => isRead).toBe(true);
  });

  test("survives handlers that throw and a body that ends early", async ({ expect }) => {
    const full = new Error("disk full");
    const throwing = () => {
      throw full;
    };
    const failing = receiver({
      onEvent: throwing,
      onHandshake: throwing,
      onRejected: throwing,
      on: { posts: async () => throwing() },
    });
    for (const request of [post(envelope), post("", { "Validation-Token": "abc" }), post("{")]) {
      expect((await failing.receive(request)).status).toBe(200);
    }
    // Both handlers of the event, then one of each.
    expect(failing.errors).toEqual([full, full, full, full]);

    const { receive, rejections } = receiver();
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error("gone")),
    });
    expect((await receive(post(broken))).status).toBe(200);
    expect(rejections).toEqual(["The body was cut off"]);
  });

  test("drops events while too many are being handled, and reports it", async ({ expect }) => {
    const rejections: string[] = [];
    const finish: (() => void)[] = [];
    const receive = createReceiver({
      maximumPending: 2,
      onEvent: () => new Promise<void>((resolve) => finish.push(resolve)),
      onRejected: (reason) => rejections.push(reason),
    });
    for (let count = 0; count < 3; count++) {
      expect((await receive(post(envelope))).status).toBe(200);
    }
    await expect.poll(() => rejections).toEqual(["2 events are still being handled"]);
    for (const each of finish) each();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await receive(post(envelope));
    await expect.poll(() => finish.length).toBe(3);
    expect(rejections).toHaveLength(1);
  });

  test("answers every method except POST with 405", async ({ expect }) => {
    const { receive, events } = receiver();
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
      const response = await receive(new Request("http://127.0.0.1/", { method }));
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
    expect(events).toEqual([]);
  });

  test("accepts any path by default, or only the configured one", async ({ expect }) => {
    const { receive, events } = receiver({ path: "/hook" });
    const statuses: number[] = [];
    for (const path of ["/hook", "/hook?secret=1", "/", "/hook/", "/HOOK", "/hook/x"]) {
      statuses.push((await receive(post(envelope, {}, path))).status);
    }
    expect(statuses).toEqual([200, 200, 404, 200, 404, 404]);
    expect(events).toHaveLength(3);
    const slashed = receiver({ path: "/hook/" });
    for (const path of ["/hook", "/hook/", "/hook//"])
      await slashed.receive(post(envelope, {}, path));
    expect(slashed.events).toHaveLength(2);
    const root = await receiver({ path: "/" }).receive(post(envelope, {}, "/"));
    expect(root.status).toBe(200);
    expect((await receiver().receive(post(envelope, {}, "/anywhere"))).status).toBe(200);
  });
});

test("a receiver works with a test's fake timers", async ({ expect }) => {
  const { receive, events } = receiver();
  vi.useFakeTimers();
  try {
    await receive(post(envelope));
  } finally {
    vi.useRealTimers();
  }
  expect(events).toHaveLength(1);
});

describe("account-wide telephony and presence events, delivered with an extension's path:", () => {
  const extension = "/restapi/v1.0/account/1/extension/2";
  const cases = [
    [`${extension}/telephony/sessions`, "telephony", "account-telephony"],
    [`${extension}/presence`, "presence", "account-presence"],
    [`${extension}/presence?detailedTelephonyState=true`, "presence-detailed", "account-presence"],
    [
      `${extension}/presence?detailedTelephonyState=true&sipData=true`,
      "presence-sip",
      "account-presence-sip",
    ],
  ] as const;

  test.for(cases)(
    "%s reaches either handler, its own first",
    async ([event, own, wide], { expect }) => {
      const heard: string[] = [];
      const hear = (name: string) => ({ [name]: () => void heard.push(name) });
      const receiveWith = async (on: object) => {
        const receive = createReceiver({ on });
        await receive(post(JSON.stringify({ uuid: "1", event, body: {} })));
        await receive.idle();
      };
      await receiveWith({ ...hear(wide), ...hear("*") });
      await receiveWith({ ...hear(wide), ...hear(own), ...hear("*") });
      await receiveWith(hear("*"));
      expect(heard).toEqual([wide, own, "*"]);

      const received = { uuid: "1", event, timestamp: "", subscriptionId: "", body: {} };
      expect([isEvent(received, own), isEvent(received, wide), isEvent(received, "dnd")]).toEqual([
        true,
        true,
        false,
      ]);
    },
  );
});

describe("receiver.idle()", () => {
  test("resolves when every handler and report is done, even if one failed", async ({ expect }) => {
    const done: string[] = [];
    const finish: (() => void)[] = [];
    const receive = createReceiver({
      onEvent: async () => {
        await new Promise<void>((resolve) => finish.push(resolve));
        done.push("event");
        throw new Error("disk full");
      },
      onHandshake: async () => void done.push("handshake"),
      onRejected: async (_reason, kind) => void done.push(kind),
      onError: async (error) => void done.push(String(error)),
    });
    await receive.idle();
    await receive(post(envelope));
    await receive(post("", { "Validation-Token": "abc" }));
    await receive(post("{"));
    let isIdle = false;
    const idle = receive.idle().then(() => {
      isIdle = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([isIdle, done]).toEqual([false, ["handshake", "not-json"]]);

    for (const each of finish) each();
    await Promise.all([idle, receive.idle()]);
    expect(done).toEqual(["handshake", "not-json", "event", "Error: disk full"]);
    await receive.idle();
  });
});

describe("a receiver's waitUntil", () => {
  test("receives the work, both as an option and from the request's context", async ({
    expect,
  }) => {
    const done: string[] = [];
    const work: Promise<unknown>[] = [];
    const given: string[] = [];
    const keep = (from: string) => (each: Promise<unknown>) => {
      given.push(from);
      work.push(each);
    };
    const receive = createReceiver({
      onEvent: async ({ uuid }) => void done.push(uuid),
      waitUntil: keep("option"),
    });
    await receive(post(envelope));
    expect([given, done]).toEqual([["option"], []]);
    await work[0];
    expect(done).toEqual(["1"]);

    await receive(post(envelope), { waitUntil: keep("context") });
    expect(given).toEqual(["option", "context"]);
    await work[1];
    expect(done).toEqual(["1", "1"]);
  });

  test("may throw: the event is still handled, and the error is reported", async ({ expect }) => {
    const outside = new Error("called outside a request scope");
    const events: unknown[] = [];
    const errors: unknown[] = [];
    const guarded = createReceiver({
      onEvent: (event) => events.push(event),
      onError: (error) => errors.push(error),
      waitUntil: () => {
        throw outside;
      },
    });
    expect((await guarded(post(envelope))).status).toBe(200);
    await guarded.idle();
    expect([events.length, errors]).toEqual([1, [outside]]);
  });
});

describe("a receiver's handlers", () => {
  const extension = "/restapi/v1.0/account/400131426008/extension/400131430008";
  const eventOf = (event: string) => JSON.stringify({ event, body: {} });

  test('receive the events of their filter, and "*" receives the rest', async ({ expect }) => {
    const seen: string[] = [];
    const { receive, events } = receiver({
      on: {
        posts: ({ body }) => seen.push(`posts ${body.text}`),
        sms: () => seen.push("sms"),
        presence: () => seen.push("presence"),
        "presence-detailed": () => seen.push("presence-detailed"),
        reminder: () => seen.push("reminder"),
        "/restapi/v1.0/glip/posts": () => seen.push("glip"),
        "*": ({ event }) => seen.push(`* ${event}`),
      },
    });
    await receive(post(envelope));
    for (const event of [
      `${extension}/message-store/instant?type=SMS`,
      "/restapi/v1.0/account/~/extension/~/presence",
      `${extension}/presence?detailedTelephonyState=true`,
      "/restapi/v1.0/subscription/~?threshold=60&interval=15",
      "/restapi/v1.0/glip/posts",
      `${extension}/voicemail`,
      "/something/new",
      "constructor",
    ]) {
      await receive(post(eventOf(event)));
    }

    expect(seen).toEqual([
      "posts Hi",
      "sms",
      "presence",
      "presence-detailed",
      "reminder",
      "glip",
      `* ${extension}/voicemail`,
      "* /something/new",
      "* constructor",
    ]);
    expect(events).toHaveLength(9);
  });

  test("can name a filter by part of its query", ({ expect }) => {
    const presence = `${extension}/presence?detailedTelephonyState=true`;
    expect([
      nameOfEvent({ event: `${extension}/presence?aggregated=true` }),
      nameOfEvent({ event: `${presence}&aggregated=true` }),
      nameOfEvent({ event: `${presence}&aggregated=true&sipData=true` }),
      nameOfEvent({ event: `${extension}/presence?sipData=true` }),
    ]).toEqual(["presence", "presence-detailed", "presence-sip", "presence"]);
  });

  test("distinguish similar events", ({ expect }) => {
    const event = {
      uuid: "1",
      event: `${extension}/voicemail`,
      timestamp: "2026-11-22T12:00:00Z",
      subscriptionId: "2",
      body: { id: 3 },
    };
    expect([isEvent(event, "voicemail"), isEvent(event, "fax")]).toEqual([true, false]);
  });
});
