import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openConfig } from "../../src/config/config.ts";
import type { CachedToken, StoredProfile } from "../../src/config/credentials.ts";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";

/** A separate process, for tests of how rcwh processes affect each other. */
const [task = "", first = "", second = ""] = process.argv.slice(2);

// A limit on file sizes, which sends no signal, simulates a full disk.
process.on("SIGXFSZ", () => {});

const profile: StoredProfile = {
  server: "https://platform.ringcentral.com",
  clientId: "client",
  clientSecret: "secret",
  jwt: "jwt",
};

const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Saves `second` records whose ids start with `first`. */
  async records() {
    const records = (await open()).records("default");
    for (let index = 0; index < Number(second); index++) await records.save(record(index));
  },
  /** Logs in if the token has expired and records every login in the file `first`. */
  async login() {
    const { tokens } = await open();
    const { token } = await tokens.update("key", async (current) => {
      if (current && current.expiresAt > Date.now()) return current;
      appendFileSync(first, "login\n");
      await sleep(150);
      return {
        accessToken: `token of ${process.pid}`,
        expiresAt: Date.now() + 3_600_000,
        scope: "",
      };
    });
    return token?.accessToken;
  },
  /** Holds the token's lock like a hanging login until it is killed. */
  async hang() {
    const { tokens } = await open();
    return tokens.update("key", async () => {
      process.stdout.write("holding\n");
      await sleep(600_000);
      return undefined;
    });
  },
  /** Exits while it holds the token's lock. */
  async exit() {
    const { tokens } = await open();
    return tokens.update("key", async () => process.exit(3));
  },
  /** Writes to the file `first` when it has a lock and before it is killed, which it is while it holds it. */
  async holdAndDie() {
    const config = await open();
    return config.exclusively("work", 60_000, async () => {
      appendFileSync(first, `${process.pid} begins\n`);
      await sleep(5);
      appendFileSync(first, `${process.pid} ends\n`);
      process.kill(process.pid, "SIGKILL");
      await sleep(60_000);
    });
  },
  /** Reads everything and prints which chunks of the bundle were loaded. */
  async read() {
    const config = await open();
    await config.tokens.read("key");
    await config.records("default").list();
    return Object.keys(require.cache);
  },
  async saveProfile() {
    await (await open()).saveProfile(first, { ...profile, jwt: "j".repeat(Number(second)) });
  },
  /** Does what `renew` does if nothing can be written. */
  async keep() {
    const config = await open();
    const token: CachedToken = { accessToken: "new", expiresAt: 1, scope: "" };
    const { stored } = await config.tokens.update("key", async () => token);
    return { stored, saved: await config.records("default").save(record(0)) };
  },
};

function open() {
  return openConfig({
    env: process.env,
    platform: process.platform,
    clock: {
      now: Date.now,
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    },
    warn: (line) => void process.stderr.write(`${line}\n`),
    signal: new AbortController().signal,
  });
}

function record(index: number): SubscriptionRecord {
  return {
    id: `${first}-${index}`,
    api: "platform",
    eventFilters: [],
    address: "https://example.com",
    expirationTime: "2999-01-01T00:00:00.000Z",
  };
}

tasks[task]?.().then(
  (result) => void process.stdout.write(JSON.stringify(result ?? null)),
  (error: unknown) => {
    const { name, message, exitCode, hint } = error as Record<string, unknown>;
    process.stdout.write(JSON.stringify({ error: { name, message, exitCode, hint } }));
  },
);
