import { describe, test } from "vitest";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";

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
    test(`refuses ${what}, which would accept everybody`, ({ expect }) => {
      expect(errorMessage({ verificationToken })).toBe(
        `TypeError: rcwh/receiver: verificationToken ${reason}; is an environment variable missing?`,
      );
    });
  }

  test("refuses an empty list of tokens, which accepts nobody", ({ expect }) => {
    expect(errorMessage({ verificationToken: [] })).toBe(
      "TypeError: rcwh/receiver: verificationToken is an empty list, which matches nothing; omit it to accept every delivery.",
    );
  });

  test("matches no delivery without a token, whatever it expects", async ({ expect }) => {
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
    test(`works with ${JSON.stringify(options)}`, async ({ expect }) => {
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
    [{ on: null }, "on must be an object."],
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
});
