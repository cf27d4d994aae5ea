import { describe, test } from "vitest";
import type { ReceiverOptions } from "../../src/receiver/options.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";

const body = '{ "event": "/team-messaging/v1/posts", "body": {} }';

/** What JavaScript lets through. */
function complaint(options: unknown): string {
  try {
    createReceiver(options as ReceiverOptions);
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("createReceiver", () => {
  for (const [what, verificationToken, reason] of [
    ["an empty token", "", "is no text, or empty"],
    ["a token that is no text", 7, "is no text, or empty"],
    ["null for a token", null, "is no text, or empty"],
    ["an empty token among others", ["new", ""], "has an element that is no text, or empty"],
    [
      "an undefined one among others",
      ["new", undefined],
      "has an element that is no text, or empty",
    ],
  ] as const) {
    test(`refuses ${what}: it would let everybody in`, ({ expect }) => {
      expect(complaint({ verificationToken })).toBe(
        `TypeError: rcwh/receiver: verificationToken ${reason}; perhaps a variable of the environment is not set.`,
      );
    });
  }

  test("refuses an empty list of tokens, which lets nobody in", ({ expect }) => {
    expect(complaint({ verificationToken: [] })).toBe(
      "TypeError: rcwh/receiver: verificationToken is an empty list, which nothing matches: leave it out to check nothing.",
    );
  });

  test("matches no delivery without a token, whatever it wants", async ({ expect }) => {
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
    [{ path: "webhook" }, 'path "webhook" is no path such as "/webhook": it begins with'],
    [{ path: "" }, 'path "" is no path'],
    [{ path: "/a?b=c" }, 'path "/a?b=c" is no path'],
    [{ path: "/caf\u00e9" }, 'path "/caf\u00e9" is no path'],
    [{ maximumBytes: 0 }, "maximumBytes 0 is no whole number from 1 to 67108864."],
    [{ maximumBytes: Number.NaN }, "maximumBytes NaN is no whole number"],
    [{ maximumBytes: "1mb" }, "maximumBytes 1mb is no whole number"],
    [{ maximumBytes: 2 ** 27 }, "maximumBytes 134217728 is no whole number"],
    [{ maximumPending: -1 }, "maximumPending -1 is no whole number from 1 to 9007199254740991."],
    [{ maximumPending: 1.5 }, "maximumPending 1.5 is no whole number"],
    [{ rejectStatus: 100 }, "rejectStatus 100 is no whole number from 200 to 599."],
    [{ rejectStatus: 600 }, "rejectStatus 600 is no whole number"],
    [
      { on: { post: () => {} } },
      'there is no event "post" (is "posts" meant?). These are known: sms, ',
    ],
    [{ on: { posts: "log" } }, 'on["posts"] is no function.'],
    [{ on: null }, "on is no object."],
    [{ onEvent: {} }, "onEvent is no function."],
    [
      { verificationtoken: "s3cret" },
      'there is no option "verificationtoken" (is "verificationToken" meant?). These are known: verificationToken, on, onEvent,',
    ],
  ] as const) {
    test(`refuses ${JSON.stringify(options)}`, ({ expect }) => {
      expect(complaint(options)).toContain(`TypeError: rcwh/receiver: ${reason}`);
      expect(complaint(options)).not.toContain("s3cret");
    });
  }
});
