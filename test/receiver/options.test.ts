import { runInNewContext } from "node:vm";
import { describe, test } from "vitest";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import { createCallEnded, createReceiver, isEvent } from "../../src/receiver/receiver.ts";

const body = '{ "event": "/team-messaging/v1/posts", "body": {} }';

/** Values that JavaScript callers can pass. */
function errorMessage(options: unknown): string {
  try {
    createReceiver(options as ReceiverOptions);
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("createReceiver", () => {
  for (const [what, verificationToken, reason] of [
    ["an empty token", "", "is empty or not a string"],
    ["a token that is not a string", 7, "is empty or not a string"],
    ["null for a token", null, "is empty or not a string"],
    ["an empty token among others", ["new", ""], "has an element that is empty or not a string"],
    [
      "an undefined one among others",
      ["new", undefined],
      "has an element that is empty or not a string",
    ],
  ] as const) {
    test(`refuses ${what}, which would accept every delivery`, ({ expect }) => {
      expect(errorMessage({ verificationToken })).toBe(
        `TypeError: rcwh/receiver: verificationToken ${reason}; is an environment variable missing?`,
      );
    });
  }

  test("refuses an empty list of tokens, which would accept no delivery", ({ expect }) => {
    expect(errorMessage({ verificationToken: [] })).toBe(
      "TypeError: rcwh/receiver: verificationToken is an empty list, which matches nothing; omit it to accept every delivery.",
    );
  });

  test("rejects every delivery without a token when one is expected", async ({ expect }) => {
    const events: unknown[] = [];
    const reasons: string[] = [];
    const receive = createReceiver({
      verificationToken: ["old", "new"],
      onEvent: (event) => events.push(event),
      onRejected: (reason) => reasons.push(reason),
    });
    for (const headers of [{}, { "Verification-Token": "" }]) {
      await receive(new Request("http://127.0.0.1/", { method: "POST", headers, body }));
    }
    await expect.poll(() => reasons).toHaveLength(2);
    expect(events).toEqual([]);
  });

  for (const options of [
    undefined,
    {},
    { verificationToken: undefined, on: { posts: undefined } },
  ]) {
    test(`accepts ${JSON.stringify(options)}`, async ({ expect }) => {
      const receive = createReceiver(options as ReceiverOptions | undefined);
      const request = new Request("http://127.0.0.1/x", { method: "POST", body });
      expect((await receive(request)).status).toBe(200);
    });
  }

  for (const [options, reason] of [
    [{ path: "webhook" }, 'invalid path "webhook": must be a path such as "/webhook":'],
    [{ path: "" }, 'invalid path "": must be a path'],
    [{ path: "/a?b=c" }, 'invalid path "/a?b=c": must be a path'],
    [{ path: "/caf\u00e9" }, 'invalid path "/caf\u00e9": must be a path'],
    [{ maximumBytes: 0 }, "invalid maximumBytes 0: must be a whole number from 1 to 67108864."],
    [{ maximumBytes: Number.NaN }, "invalid maximumBytes NaN: must be a whole number"],
    [{ maximumBytes: "1mb" }, "invalid maximumBytes 1mb: must be a whole number"],
    [{ maximumBytes: 2 ** 27 }, "invalid maximumBytes 134217728: must be a whole number"],
    [
      { maximumPending: -1 },
      "invalid maximumPending -1: must be a whole number from 1 to 9007199254740991.",
    ],
    [{ maximumPending: 1.5 }, "invalid maximumPending 1.5: must be a whole number"],
    [{ rejectStatus: 100 }, "invalid rejectStatus 100: must be a whole number from 200 to 599."],
    [{ rejectStatus: 600 }, "invalid rejectStatus 600: must be a whole number"],
    [{ on: { post: () => {} } }, 'unknown event "post" (did you mean "posts"?). Use one of: sms, '],
    [{ on: { posts: "log" } }, 'on["posts"] must be a function.'],
    [
      { on: { "message-store/instant?type=SMS": () => {} } },
      'unknown event "message-store/instant?type=SMS" (did you mean "sms"?). Use one of: sms, ',
    ],
    [
      { on: { "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS": () => {} } },
      'unknown event "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS" (did you mean "sms"?).',
    ],
    [
      { on: { "presence?detailedTelephonyState=true": () => {} } },
      'unknown event "presence?detailedTelephonyState=true" (did you mean "presence-detailed"?).',
    ],
    [
      { on: { "fax?direction=Inbound": () => {} } },
      'unknown event "fax?direction=Inbound" (did you mean "fax"?).',
    ],
    [{ on: { SMS: () => {} } }, 'unknown event "SMS" (did you mean "sms"?).'],
    [{ on: { call: () => {} } }, 'unknown event "call" (did you mean "telephony"?).'],
    [
      { on: { "a2p-batch:12": () => {} } },
      'unknown event "a2p-batch:12" (did you mean "a2p-batch"?).',
    ],
    [{ on: { zzzzqqq: () => {} } }, 'unknown event "zzzzqqq". Use one of: sms, '],
    [{ on: null }, "on must be a plain object of functions, such as { sms: … }."],
    [{ on: [() => {}] }, "on must be a plain object of functions"],
    [{ on: new Map([["sms", () => {}]]) }, "on must be a plain object of functions"],
    [{ sms: () => {} }, 'unknown option "sms" (did you mean "on"?).'],
    [null, "createReceiver takes an object of options, such as { on: { sms: … } }."],
    [() => {}, "createReceiver takes an object of options"],
    ["s3cret", "createReceiver takes an object of options"],
    [{ waitUntil: "after" }, "waitUntil must be a function."],
    [{ dedupe: "uuid" }, "dedupe takes an object with maximum and seconds, which are optional."],
    [
      { dedupe: { maximun: 5 } },
      'unknown option "maximun" (did you mean "maximum"?). Use one of: maximum, seconds.',
    ],
    [{ dedupe: { seconds: 0 } }, "invalid dedupe.seconds 0: must be a whole number from 1 to"],
    [{ onEvent: {} }, "onEvent must be a function."],
    [
      { verificationtoken: "s3cret" },
      'unknown option "verificationtoken" (did you mean "verificationToken"?). Use one of: verificationToken, on, onEvent,',
    ],
  ] as const) {
    test(`refuses ${JSON.stringify(options)}`, ({ expect }) => {
      expect(errorMessage(options)).toContain(`TypeError: rcwh/receiver: ${reason}`);
      expect(errorMessage(options)).not.toContain("s3cret");
    });
  }

  test("accepts options created in another realm, such as Jest's", ({ expect }) => {
    const options = runInNewContext("({ on: { sms() {} } })");
    expect(errorMessage(options)).toBe("");
  });
});

describe("createCallEnded", () => {
  for (const [options, reason] of [
    [7, "createCallEnded takes an object with quietSeconds and maximum, which are optional."],
    [{ quiet: 5 }, 'unknown option "quiet". Use one of: quietSeconds, maximum.'],
    [
      { quietSeconds: -1 },
      "invalid createCallEnded.quietSeconds -1: must be a whole number from 0",
    ],
    [{ maximum: 0 }, "invalid createCallEnded.maximum 0: must be a whole number from 1"],
  ] as const) {
    test(`refuses ${JSON.stringify(options)}`, ({ expect }) => {
      expect(() => createCallEnded(options as never)).toThrow(`rcwh/receiver: ${reason}`);
    });
  }
});

describe("isEvent", () => {
  test("refuses an unknown event name", ({ expect }) => {
    const event = {
      uuid: "",
      event: "/something/new",
      timestamp: "",
      subscriptionId: "",
      body: {},
    };
    expect(isEvent(event, "sms")).toBe(false);
    expect(() => isEvent(event, "message-store/instant?type=SMS" as never)).toThrow(
      'rcwh/receiver: unknown event "message-store/instant?type=SMS" (did you mean "sms"?). Use one of: sms, ',
    );
  });
});
