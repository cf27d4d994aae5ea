import { describe, test } from "vitest";
import { createReceiver, type ReceiverOptions } from "../../src/receiver/receiver.ts";

interface Seen {
  readonly events: unknown[];
  readonly rejections: string[];
  readonly receive: (request: Request) => Promise<Response>;
}

function receiver(options: Partial<ReceiverOptions> = {}): Seen {
  const events: unknown[] = [];
  const rejections: string[] = [];
  const receive = createReceiver({
    onEvent: (event) => void events.push(event),
    onRejected: (reason) => void rejections.push(reason),
    ...options,
  });
  return { events, rejections, receive };
}

function post(body: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request("http://127.0.0.1/hook", { method: "POST", headers, body });
}

describe("the receiver", () => {
  test("returns the token of the handshake, as JSON, and takes it for no event", async ({
    expect,
  }) => {
    let handshakes = 0;
    const { receive, events, rejections } = receiver({
      verificationToken: "s3cret",
      onHandshake: () => handshakes++,
    });

    const response = await receive(post("", { "Validation-Token": "abc" }));

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "application/json",
      "validation-token": "abc",
    });
    expect(await response.text()).toBe("");
    expect([events, rejections, handshakes]).toEqual([[], [], 1]);
  });

  test("hands on an event with its headers and its text", async ({ expect }) => {
    const deliveries: unknown[] = [];
    const { receive } = receiver({
      onEvent: (event, { headers, body }) =>
        deliveries.push([event, headers.get("user-agent"), body]),
    });

    const response = await receive(post('{ "uuid": "1" }', { "User-Agent": "RingCentral" }));

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(deliveries).toEqual([[{ uuid: "1" }, "RingCentral", '{ "uuid": "1" }']]);
  });

  for (const token of ["", "s3cre", "s3cret2", "S3CRET"]) {
    test(`drops a delivery with the token "${token}", and answers 200`, async ({ expect }) => {
      const { receive, events, rejections } = receiver({ verificationToken: "s3cret" });
      const response = await receive(post("{}", { "Verification-Token": token }));

      expect(response.status).toBe(200);
      expect(events).toEqual([]);
      expect(rejections).toEqual(["The verification token does not match"]);
    });
  }

  test("takes a delivery with the right token, and any where none is set", async ({ expect }) => {
    const guarded = receiver({ verificationToken: "s3cret" });
    await guarded.receive(post("{}", { "Verification-Token": "s3cret" }));
    expect(guarded.events).toHaveLength(1);

    const open = receiver();
    await open.receive(post("{}", { "Verification-Token": "whatever" }));
    expect(open.events).toHaveLength(1);
  });

  for (const [what, body, reason] of [
    ["an empty body", "", "The body is not JSON"],
    ["a body that is no JSON", "{", "The body is not JSON"],
    ["a body that is too large", `"${"x".repeat(20)}"`, "The body is larger than 10 bytes"],
  ] as const) {
    test(`reports ${what}, and answers 200`, async ({ expect }) => {
      const { receive, events, rejections } = receiver({ maximumBytes: 10 });
      expect((await receive(post(body))).status).toBe(200);
      expect([events, rejections]).toEqual([[], [reason]]);
    });
  }

  test("counts the bytes of a body that does not say how long it is", async ({ expect }) => {
    const { receive, rejections } = receiver({ maximumBytes: 10 });
    const stream = new ReadableStream({
      start: (controller) => {
        for (let count = 0; count < 3; count++) controller.enqueue(new Uint8Array(5));
        controller.close();
      },
    });
    const request = new Request("http://127.0.0.1/", {
      method: "POST",
      body: stream,
      duplex: "half",
    });

    expect((await receive(request)).status).toBe(200);
    expect(rejections).toEqual(["The body is larger than 10 bytes"]);
  });

  test("survives a handler that throws, and a body that breaks off", async ({ expect }) => {
    const failing = receiver({
      onEvent: () => {
        throw new Error("disk full");
      },
    });
    expect((await failing.receive(post("{}"))).status).toBe(200);
    expect(failing.rejections).toEqual(["The event could not be handled: Error: disk full"]);

    const { receive, rejections } = receiver();
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error("gone")),
    });
    const request = new Request("http://127.0.0.1/", {
      method: "POST",
      body: broken,
      duplex: "half",
    });
    expect((await receive(request)).status).toBe(200);
    expect(rejections).toEqual(["The body is not JSON"]);
  });

  test("answers anything but POST with 405", async ({ expect }) => {
    const { receive, events } = receiver();
    const response = await receive(new Request("http://127.0.0.1/"));

    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(events).toEqual([]);
  });
});
