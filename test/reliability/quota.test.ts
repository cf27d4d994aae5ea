import { execFile } from "node:child_process";
import { subscribe as subscribeTo } from "node:diagnostics_channel";
import { readdir } from "node:fs/promises";
import type { ClientRequest } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { basic, jwtGrant, platform } from "../emulator/kit.ts";
import { executable, processCount, warmConfig } from "../support/processes.ts";
import { now, test } from "../support/rcwh.ts";
import { ownFilters, subscribe } from "../support/subscriptions.ts";

const run = promisify(execFile);
const processes = processCount(8);
/** A small limit shows what RingCentral's 50 a minute would, with fewer requests. */
const limit = Math.floor((processes * 5) / 6);

describe("many rcwh processes of one user", () => {
  test("never exceed RingCentral's limit", async ({
    clock,
    emulator,
    directory,
    signedIn,
    rcwh,
    expect,
  }) => {
    clock.advance(Date.now() - now); // real processes use the real time
    emulator.configure({ rateLimits: { light: limit } });
    await rcwh("list");
    // Like a slow line: most requests are sent before the first one is answered.
    emulator.faults.add({ delay: "1s", times: "always", match: { method: "GET" } });
    const env = { ...signedIn, RCWH_CONFIG_DIR: warmConfig(join(directory, "config")) };

    const outcomes = await Promise.all(
      Array.from({ length: processes }, () =>
        run(process.execPath, [executable, "list", "--json", "--deadline", "10s"], { env }).then(
          () => "listed",
          ({ code, stderr }: { readonly code: number; readonly stderr: string }) =>
            `${code} ${JSON.parse(stderr).error.code}`,
        ),
      ),
    );

    const lists = emulator.requests.filter(({ method }) => method === "GET");
    expect(new Set(lists.map(({ status }) => status))).toEqual(new Set([200]));
    expect(lists.length).toBeGreaterThan(limit / 2);
    expect(lists.length).toBeLessThanOrEqual(limit);
    expect(new Set(outcomes)).toEqual(new Set(["listed", "5 DEADLINE"]));
  });

  test("wait instead of reaching the limit, within one process", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    emulator.configure({ rateLimits: { light: limit } });
    await rcwh("list");
    // Requests of other tests in this process may never end.
    underWay.clear();
    const { sleep } = clock;
    clock.sleep = async (milliseconds, signal) => {
      await answers();
      return sleep(milliseconds, signal);
    };

    const results = await Promise.all(
      Array.from({ length: 3 * limit }, () => rcwh("list --deadline 1h")),
    );

    expect(new Set(results.map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
    expect(emulator.requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(clock.now() - now).toBeGreaterThan(60_000);
  });

  test("pause after one of them got a 429, then continue", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    await rcwh("list");
    const match = { method: "GET" };
    const headers = { "X-Rate-Limit-Group": "light", "Retry-After": "300" };
    emulator.faults.add({ match, code: "CMN-301", headers });
    const asked = emulator.requests.length;

    expect((await rcwh("list")).exitCode).toBe(5);
    expect(await rcwh("list")).toEqual({
      exitCode: 5,
      stdout: "",
      stderr: `\
error: Could not list the subscriptions before the run's deadline: RingCentral's rate limit asks to wait 5 min.
hint: Run the command again in 5 min, or allow it more time, such as \`--deadline 10m\`.
`,
    });
    expect(emulator.requests.length - asked).toBe(1);

    clock.advance(300_000);
    expect((await rcwh("list")).exitCode).toBe(0);
    expect(emulator.requests.length - asked).toBe(2);
  });

  test("share the quota with programs unknown to rcwh", async ({
    clock,
    emulator,
    rcwh,
    expect,
  }) => {
    await rcwh("list");
    // Another program uses all but three of the remaining requests.
    const token = await signIn(emulator);
    for (let request = 0; request < 46; request += 1) {
      await emulator.fetch(
        new Request(`http://emulator.test${platform}`, {
          headers: { Authorization: `Bearer ${token}` },
        }),
      );
    }

    for (let count = 0; count < 6; count += 1) await rcwh("list");

    expect(emulator.requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(clock.now() - now).toBeGreaterThanOrEqual(60_000);
  });

  test("count separately without a token cache", async ({ emulator, directory, rcwh, expect }) => {
    expect((await rcwh("list --no-token-cache")).exitCode).toBe(0);

    expect(await readdir(join(directory, "config")).catch(() => [])).toEqual([]);
    expect(emulator.requests).toHaveLength(3);
  });
});

describe("a bulk operation", () => {
  test("beyond the limit slows down, waits and ends without a 429", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    expect,
  }) => {
    const filters = Object.values(ownFilters);
    for (let index = 0; index < 30; index += 1) {
      await subscribe(emulator, `${endpoint.url}?${index}`, {
        eventFilters: [filters[index % filters.length] ?? ""],
      });
      // Each signs in: five a minute.
      clock.advance(15_000);
    }

    const first = await rcwh("renew --all -q");
    const second = await rcwh("renew --all -q");

    expect([first, second]).toEqual([
      { exitCode: 0, stdout: "", stderr: "" },
      { exitCode: 0, stdout: "", stderr: "" },
    ]);
    expect(emulator.requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(clock.sleeps.slice(0, 9)).toEqual(Array(9).fill(1200));
  });
});

/** Sends requests like another program. */
async function signIn(emulator: Emulator): Promise<string> {
  const answer = await emulator.fetch(
    new Request("http://emulator.test/restapi/oauth/token", {
      method: "POST",
      headers: { Authorization: basic },
      body: new URLSearchParams({ grant_type: jwtGrant, assertion: "user-1" }),
    }),
  );
  const { access_token } = (await answer.json()) as { readonly access_token: string };
  return access_token;
}

const underWay = new Set<unknown>();
subscribeTo("http.client.request.start", (message) => {
  const { request } = message as { readonly request: ClientRequest };
  underWay.add(request);
  // Also of a request that gets no answer.
  request.once("close", () => underWay.delete(request));
});

/** Waits until no request is running: that takes no minute, unlike on a clock that jumps at each sleep. */
async function answers(): Promise<void> {
  do await setTimeout(50);
  while (underWay.size > 0);
}
