import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, type ExpectStatic } from "vitest";
import { createRandom } from "../../src/emulator/random.ts";
import { test as base, type World } from "../reliability/world.ts";
import { executable, warmConfig } from "../support/processes.ts";
import type { TestClock } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";
import { postgresUrl, redisUrl } from "./connections.ts";
import { type OwnServers, startOwnServers } from "./own-servers.ts";

const oneDay = 86_400_000;

/** The emulator's time goes on, as that of the processes does. */
const test = base.extend<{ readonly clock: TestClock }>({
  clock: async ({}, use) => {
    let ahead = 0;
    await use({
      now: () => Date.now() + ahead,
      sleep: async (milliseconds) => void (await setTimeout(milliseconds)),
      sleeps: [],
      advance(milliseconds) {
        ahead += milliseconds;
      },
    });
  },
});
const seed = process.env["RCWH_SEED"] ?? "fleet";

// These tests kill the servers: those of the other tests have to go on.
let servers: OwnServers | undefined;
const hasServers = postgresUrl !== undefined || redisUrl !== undefined;
beforeAll(async () => {
  if (hasServers) servers = await startOwnServers();
}, 60_000);
afterAll(() => servers?.stop(), 60_000);

/** A store of real servers, or of files where there are none. */
const kinds = [
  { kind: "postgres", isThere: postgresUrl !== undefined, url: () => servers?.postgresUrl },
  { kind: "redis", isThere: redisUrl !== undefined, url: () => servers?.redisUrl },
  { kind: "file", isThere: true, url: () => "file" },
].filter(({ isThere }) => isThere);

interface Fleet {
  readonly world: World;
  readonly users: number;
  readonly store: string;
  /** The environment of one machine. */
  readonly env: (machine: string) => Readonly<Record<string, string>>;
  readonly accounts: string;
}

describe.each(kinds)("three processes on two machines with a store in $kind", ({ kind, url }) => {
  test("do everything once", async ({ world, expect }) => {
    const fleet = await setScene(world, url(), kind === "file" ? 2 : 6);
    const runs = await Promise.all(["a", "a", "b"].map((machine) => run(fleet, machine)));

    // 5 or 7: another had the lock.
    for (const { exitCode } of runs) expect([0, 5, 7]).toContain(exitCode);
    expect(new Set(logins(fleet))).toEqual(new Set([1]));
    await expectDone(fleet, expect);
  });

  test.skipIf(kind === "file")(
    "do everything, and nothing twice, while they are killed and the store is restarted",
    async ({ world, expect }) => {
      const fleet = await setScene(world, url(), isWhole ? 60 : 12);
      const random = createRandom(`${seed} ${kind}`);
      let kills = isWhole ? 40 : 8;
      let restarts = isWhole ? 6 : 2;
      const killed = { processes: 0 };
      const restarter = async () => {
        for (; restarts > 0; restarts -= 1) {
          await setTimeout(500 + random.next() * 2500);
          servers?.kill(kind);
        }
      };
      const restarting = restarter();
      const worker = async (machine: string) => {
        for (;;) {
          const isLast = kills <= 0;
          // Only these have to succeed: a run that meets a store that is down tries again later.
          if (isLast) await restarting;
          // The last ones wait until the locks of those that were killed are free.
          const child = start(fleet, machine, isLast ? ["--wait"] : []);
          let said = "";
          child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
          const ended = once(child, "exit");
          if (!isLast) {
            // Some end before: they are no kill.
            await Promise.race([ended, setTimeout(100 + random.next() * 900)]);
            if (child.kill("SIGKILL")) {
              kills -= 1;
              killed.processes += 1;
            }
          }
          const [exitCode] = await ended;
          if (isLast && exitCode === 0) return;
          // The store may still be starting: the next run of a schedule does what this one could not.
          if (isLast && said.includes("Cannot use the store")) continue;
          if (isLast) throw new Error(`The last run exited with ${exitCode}: ${said}`);
        }
      };
      await Promise.all([...["a", "a", "b"].map(worker), restarting]);

      expect(killed.processes).toBeGreaterThan(3);
      // Each kill may have lost one token that was not saved yet, for each of the accounts that were worked on.
      const extra = logins(fleet).reduce((sum, count) => sum + count - 1, 0);
      expect(extra).toBeLessThanOrEqual(killed.processes * concurrency);
      await expectDone(fleet, expect);
    },
    300_000,
  );
});

const concurrency = 4;

/** Accounts with a subscription that is due, and one that is blacklisted. */
async function setScene(world: World, url: string | undefined, users: number): Promise<Fleet> {
  const { rcwh, clock, directory, endpoint, emulator, signedIn } = world;
  clock.advance(-6 * oneDay);
  const store = url === "file" ? `file://${directory}/store` : String(url);
  const env = (machine: string) => ({
    RCWH_CONFIG_DIR: warmConfig(join(directory, machine)),
    RCWH_STORE: store,
  });
  const accounts = join(directory, "accounts.ndjson");
  const lines = Array.from({ length: users }, (_, index) => ({
    profile: `p${index + 1}`,
    server: signedIn["RCWH_SERVER"],
    clientId: "emulator-client",
    clientSecret: "emulator-secret",
    jwt: `user-${index + 1}`,
  }));
  writeFileSync(accounts, lines.map((line) => JSON.stringify(line)).join("\n"));
  const token = join(directory, "token");
  writeFileSync(token, "a-token-of-the-endpoint");
  for (const { jwt } of lines) {
    const user = { ...signedIn, ...env("a"), RCWH_JWT: jwt };
    const words = ["create", "-q", "--filter", "posts", "--verification-token-file", token];
    // The emulator counts the revocation of a session that has ended for the app, not for the user.
    words.push("--no-token-cache");
    await rcwh([...words, "--url", `${endpoint.url}/${jwt}/due`], { env: user });
    await rcwh([...words, "--url", `${endpoint.url}/${jwt}/dead`], { env: user });
  }
  for (const { id, address = "" } of emulator.state().subscriptions) {
    if (address.endsWith("/dead")) emulator.blacklist(id);
  }
  clock.advance(6 * oneDay);
  emulator.clearLog();
  world.line.sent.length = 0;
  return { world, users, store, env, accounts };
}

function start(
  { env, accounts }: Fleet,
  machine: string,
  more: readonly string[] = [],
): ChildProcess {
  const flags = ["--profiles-from", accounts, "--concurrency", `${concurrency}`, ...more];
  const words = [executable, "renew", "-q", "--recover", ...flags];
  return spawn(process.execPath, words, { env: env(machine), stdio: ["ignore", "ignore", "pipe"] });
}

async function run(fleet: Fleet, machine: string) {
  const child = start(fleet, machine);
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [exitCode] = await once(child, "close");
  return { exitCode, stderr };
}

/** The sign-ins that the server granted, by user. */
function logins({ world: { emulator }, users }: Fleet): readonly number[] {
  const granted = emulator.requests.filter(
    ({ path, status }) => path === "/restapi/oauth/token" && status === 200,
  );
  return Array.from(
    { length: users },
    (_, index) => granted.filter(({ user }) => user === index + 1).length,
  );
}

async function expectDone({ world, users, env, accounts }: Fleet, expect: ExpectStatic) {
  const { emulator, rcwh, line } = world;
  const final = await rcwh(["renew", "--recover", "--profiles-from", accounts], {
    env: env("c"),
  });
  expect(final).toMatchObject({ exitCode: 0 });
  // No quota exceeded.
  expect(line.sent.filter(({ status }) => status === 429)).toEqual([]);
  // No renewal twice, and each replacement made and finished once.
  const done = (method: string, path: RegExp) =>
    line.sent.filter(
      (one) =>
        one.method === method && path.test(one.path) && one.status >= 200 && one.status < 300,
    ).length;
  const renewed = line.sent.filter(
    ({ method, path, status }) => (method === "PUT" || path.endsWith("/renew")) && status === 200,
  );
  const times = new Map<string, number>();
  for (const { path } of renewed) times.set(path, (times.get(path) ?? 0) + 1);
  expect([...times.values()].filter((count) => count > 1)).toEqual([]);
  expect(done("DELETE", /\/subscription\//)).toBe(users);
  const held = emulator.state().subscriptions;
  expect(held.map(({ status }) => status)).toEqual(Array(2 * users).fill("Active"));
  expect(new Set(held.map(({ address }) => address)).size).toBe(2 * users);
  // A lost replacement would have lost it.
  expect(held.every(({ hasVerificationToken }) => hasVerificationToken)).toBe(true);
}
