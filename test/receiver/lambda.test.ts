import { describe, test } from "vitest";
import { createLambdaHandler, type LambdaEvent } from "../../src/receiver/lambda-handler.ts";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import { createReceiver, toLambdaHandler } from "../../src/receiver/receiver.ts";

const envelope = JSON.stringify({ event: "/team-messaging/v1/posts", body: { text: "Grüße" } });

/** As AWS documents them. */
const events: Readonly<
  Record<string, (headers: Record<string, string>, body: string) => LambdaEvent>
> = {
  "a function URL": (headers, body) => ({
    rawPath: "/webhook",
    headers,
    body: btoa(String.fromCharCode(...new TextEncoder().encode(body))),
    isBase64Encoded: true,
    requestContext: { http: { method: "POST" }, stage: "$default" },
  }),
  "an HTTP API with a stage": (headers, body) => ({
    rawPath: "/prod/webhook",
    headers,
    body,
    isBase64Encoded: false,
    requestContext: { http: { method: "POST" }, stage: "prod" },
  }),
  "a REST API": (headers, body) => ({
    path: "/webhook",
    httpMethod: "POST",
    headers,
    multiValueHeaders: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value]]),
    ),
    body: body || null,
    requestContext: { stage: "prod" },
  }),
  "a load balancer": (headers, body) => ({
    path: "/webhook",
    httpMethod: "POST",
    multiValueHeaders: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value]]),
    ),
    body,
    isBase64Encoded: false,
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:…" } },
  }),
};

function start(options: ReceiverOptions = {}) {
  const seen: unknown[] = [];
  const receiver = createReceiver({
    path: "/webhook",
    verificationToken: "s3cret",
    onEvent: (event) => void seen.push(event),
    onRejected: (reason) => void seen.push(reason),
    onError: (error) => void seen.push(String(error)),
    ...options,
  });
  return { seen, receiver };
}

describe("toLambdaHandler", () => {
  for (const [name, eventOf] of Object.entries(events)) {
    test(`answers the handshake, and handles an event of ${name} before answering`, async ({
      expect,
    }) => {
      const { seen, receiver } = start();
      const handle = toLambdaHandler(receiver);

      expect(await handle(eventOf({ "validation-token": "abc" }, ""))).toEqual({
        statusCode: 200,
        headers: {
          "Content-Type": "application/json",
          "Content-Length": "0",
          "Validation-Token": "abc",
        },
        body: "",
      });
      const answer = await handle(eventOf({ "Verification-Token": "s3cret" }, envelope));
      expect([answer.statusCode, seen]).toEqual([200, [JSON.parse(envelope)]]);
      await handle(eventOf({ "Verification-Token": "guess" }, envelope));
      expect(seen[1]).toBe("The verification token does not match");
    });
  }

  test("drops a body that is too large, and answers 404 to other paths and 405 to other methods", async ({
    expect,
  }) => {
    const { seen, receiver } = start({ maximumBytes: 10, verificationToken: undefined });
    const handle = toLambdaHandler(receiver);
    const event = events["an HTTP API with a stage"]?.({}, envelope) ?? {};
    expect((await handle(event)).statusCode).toBe(200);
    expect(seen).toEqual(["The body is larger than 10 bytes"]);
    expect((await handle({ ...event, rawPath: "/prod/other" })).statusCode).toBe(404);
    const requestContext = { http: { method: "GET" } };
    expect((await handle({ ...event, rawPath: "/webhook", requestContext })).statusCode).toBe(405);
  });

  test("answers although a handler takes too long, and reports it", async ({ expect }) => {
    let finish = () => {};
    const { seen, receiver } = start({
      onEvent: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    });
    const handle = createLambdaHandler(receiver, 1);
    const event = events["a REST API"]?.({ "Verification-Token": "s3cret" }, envelope) ?? {};
    expect((await handle(event)).statusCode).toBe(200);
    finish();
    await receiver.idle();
    expect(seen).toEqual([
      "Error: A handler was not done after 0.001 seconds. Lambda stops once it has answered, so the handler may never finish. " +
        "Put the event into a queue, and process it in another function",
    ]);
  });

  test("rejects a Lambda event that is not an HTTP request", async ({ expect }) => {
    const handle = toLambdaHandler(createReceiver());
    for (const wrong of [undefined, {}, { Records: [] }]) {
      await expect(handle(wrong as never)).rejects.toThrow(
        "toLambdaHandler takes the events of a function URL, API Gateway or a load balancer.",
      );
    }
  });
});
