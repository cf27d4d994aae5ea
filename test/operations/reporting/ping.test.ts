import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import { NetworkError } from "../../../src/api/errors.ts";
import { postTwice } from "../../../src/operations/reporting/ping.ts";

const request = { host: "hc.example.com", path: "/uuid", body: "", signal: undefined };

describe("the ping of a dead man's switch", () => {
  test("is sent once if a timer fires a moment early", async ({ expect }) => {
    let exchanges = 0;
    const transport = {
      async exchange(_: unknown, { timeout }: { readonly timeout: number }): Promise<never> {
        exchanges += 1;
        await sleep(timeout - 20);
        throw new NetworkError("ping hc.example.com", "no answer within 100 ms");
      },
    };
    expect(await postTwice(transport, { ...request, milliseconds: 100 })).toBe(
      "Could not ping hc.example.com: no answer within 100 ms.",
    );
    expect(exchanges).toBe(1);
  });

  test("is sent again after a failure if time remains", async ({ expect }) => {
    const statuses = [503, 200];
    const exchange = async () => ({
      status: statuses.shift() ?? 0,
      statusText: "",
      headers: {},
      body: "",
    });
    expect(await postTwice({ exchange }, { ...request, milliseconds: 10_000 })).toBeUndefined();
    expect(statuses).toEqual([]);
  });
});
