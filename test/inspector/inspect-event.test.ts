import { describe, expect, test } from "vitest";
import { judge } from "../../src/inspector/inspect-event.ts";

describe("What RingCentral would make of an answer", () => {
  test("is a warning where it is close to a limit", () => {
    const verdicts = [
      judge(undefined, { milliseconds: 2400, bytes: 819 }),
      judge(undefined, { milliseconds: 2401, bytes: 200 }),
      judge(undefined, { milliseconds: 12, bytes: 820 }),
      judge("I/O operation is failed. Details: [Read timed out]", { milliseconds: 3000 }),
    ];
    expect(verdicts.map(({ status, code, text }) => [status, code, text])).toMatchInlineSnapshot(`
      [
        [
          "pass",
          undefined,
          "RingCentral would accept this answer.",
        ],
        [
          "warn",
          "blacklisted-timeout",
          "RingCentral would accept this answer, but it took 2401 of the 3000 ms that RingCentral waits.",
        ],
        [
          "warn",
          "blacklisted-size",
          "RingCentral would accept this answer, but it has 820 of the 1024 bytes that RingCentral reads, headers included.",
        ],
        [
          "fail",
          "blacklisted-timeout",
          "I/O operation is failed. Details: [Read timed out]. RingCentral blacklists a subscription after about 10 minutes of such answers, according to one of its engineers.",
        ],
      ]
    `);
  });
});
