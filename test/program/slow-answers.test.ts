import { describe } from "vitest";
import { deferred } from "../../src/machine/promises.ts";
import { test } from "../support/live-screen.ts";

describe("a slow server", () => {
  test("is named on a terminal until it answers", async ({ emulator, clock, open, expect }) => {
    const arrival = deferred<void>();
    const answer = deferred<undefined>();
    emulator.intercept(({ method }) => {
      if (method !== "GET") return undefined;
      arrival.resolve();
      return answer.promise;
    });
    const screen = open("list");
    await arrival.promise;
    clock.advance(1000);
    await screen.see("Waiting for 127.0.0.1:");
    answer.resolve(undefined);
    expect(await screen.see("No subscriptions.")).not.toContain("Waiting");
    // It is not drawn again below what follows.
    expect(screen.raw().match(/Waiting/g)).toHaveLength(1);
  });
});
