import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import type { Emulator } from "../src/emulator/interface.ts";
import { executable, processCount, warmConfig } from "./support/processes.ts";
import { now, type TestClock, test } from "./support/rcwh.ts";
import { subscribe } from "./support/subscriptions.ts";

const run = promisify(execFile);
const processes = processCount(4);

/** Runs `rcwh list` in many processes at once and returns the distinct outcomes: one if all succeed. */
async function listEverywhere(env: NodeJS.ProcessEnv): Promise<string[]> {
  const runs = Array.from({ length: processes }, async () => {
    const { stdout, stderr } = await run(process.execPath, [executable, "list"], { env });
    return stdout + stderr;
  });
  return [...new Set(await Promise.all(runs))];
}

function countLogins({ requests }: Emulator): number {
  return requests.filter(({ path }) => path === "/restapi/oauth/token").length;
}

/** Separate processes use the real time. */
function setToNow(clock: TestClock): void {
  clock.advance(Date.now() - now);
}

describe("many rcwh list at once", () => {
  // Fifty and the one before them exceed the limit of a minute.
  test.override("emulatorSettings", { rateLimits: "off" });

  test("sign in once if the cached token has expired", async ({
    clock,
    emulator,
    endpoint,
    rcwh,
    signedIn,
    directory,
    expect,
  }) => {
    setToNow(clock);
    const id = await subscribe(emulator, endpoint.url);
    clock.advance(-2 * 3_600_000);
    // Caches a token for an hour that ended an hour ago.
    expect((await rcwh("list")).exitCode).toBe(0);
    const config = warmConfig(join(directory, "config"));
    const before = countLogins(emulator);

    const outcomes = await listEverywhere({ ...signedIn, RCWH_CONFIG_DIR: config });

    expect(outcomes).toEqual([expect.stringMatching(new RegExp(`^${id}\tActive\t.*\n$`))]);
    expect(countLogins(emulator) - before).toBe(1);
    expect(await inspect(config)).toEqual(intact);
  });

  test("sign in once if the server has revoked the session", async ({
    clock,
    emulator,
    rcwh,
    signedIn,
    directory,
    expect,
  }) => {
    setToNow(clock);
    expect((await rcwh("list")).exitCode).toBe(0);
    emulator.reset();
    const config = warmConfig(join(directory, "config"));

    const outcomes = await listEverywhere({ ...signedIn, RCWH_CONFIG_DIR: config });

    expect(outcomes).toEqual([expect.stringMatching(/^No subscriptions\./)]);
    expect(countLogins(emulator)).toBe(1);
    expect(await inspect(config)).toEqual(intact);
  });
});

/** Checks a directory: at the end it has one private file with the counts, and no lock or copy. */
async function inspect(directory: string) {
  const file = join(directory, "config.json");
  const { tokens } = JSON.parse(await readFile(file, "utf8")) as { tokens: object };
  return {
    files: (await readdir(directory)).filter((name) => name !== "compiled"),
    locks: (await readdir(join(directory, "quota"))).filter((name) => !name.endsWith(".json")),
    mode: (await stat(file)).mode & 0o777,
    tokens: Object.keys(tokens).length,
  };
}

const intact = { files: ["config.json", "quota"], locks: [], mode: 0o600, tokens: 1 };
