import { describe, test } from "vitest";
import { describeGap } from "../../src/lifecycle/replacement/gap.ts";

describe("the gap of a recovery", () => {
  test.for([
    ["2026-11-22T12:00:00.000Z", "the events of less than 1 s are lost"],
    ["2026-11-22T11:59:58.000Z", "the events of 2 s are lost"],
    // By another clock.
    ["2026-11-22T12:00:09.000Z", "the events of less than 1 s are lost"],
    [undefined, "RingCentral does not say when that was"],
  ] as const)("from %s is named in words", ([from, words], { expect }) => {
    const gap = { to: "2026-11-22T12:00:00.000Z", ...(from && { from }) };
    const result = { id: "a", profile: "b", outcome: "recovered", newId: "c", gap } as const;
    expect(describeGap(result)).toContain(words);
  });
});
