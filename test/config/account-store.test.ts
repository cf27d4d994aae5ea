import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe } from "vitest";
import { AccountStore } from "../../src/config/account-store.ts";
import { type AccountConfig, openAccountConfig } from "../../src/config/config.ts";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";
import { test as base } from "./support.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const key = "records key";
const token = { accessToken: "access", expiresAt: now + 3_600_000, scope: "" };

interface Fixtures {
  /** Opens the store like another process. */
  readonly openAccount: (recordsKey?: string) => Promise<AccountConfig>;
  /** The content of the account's file. */
  readonly kept: () => string;
}

const test = base.extend<Fixtures>({
  openAccount: async ({ open, directory, warnings }, use) => {
    await use(async (recordsKey = key) =>
      openAccountConfig(
        await open(),
        { recordsKey },
        {
          env: { RCWH_CONFIG_DIR: directory },
          platform: "linux",
          clock: { now: () => now, sleep: (ms) => setTimeout(ms) },
          signal: new AbortController().signal,
          warn: (line) => void warnings.push(line),
          warnOnce: (line) => void warnings.push(line),
        },
      ),
    );
  },
  kept: async ({ directory }, use) => {
    await use(() => {
      const accounts = path.join(directory, "accounts");
      const names = existsSync(accounts) ? readdirSync(accounts) : [];
      return names
        .filter((each) => each.endsWith(".json"))
        .map((each) => readFileSync(path.join(accounts, each), "utf8"))
        .join("");
    });
  },
});

/** The lock of the account's file, which becomes the file. */
function lockIn(directory: string): string {
  const accounts = path.join(directory, "accounts");
  return path.join(accounts, `${readdirSync(accounts)[0]}.lock`);
}

function record(id: string, others: Partial<SubscriptionRecord> = {}): SubscriptionRecord {
  return {
    id,
    api: "platform",
    eventFilters: ["/team-messaging/v1/posts"],
    address: "https://example.com/hook",
    expirationTime: new Date(now + 86_400_000).toISOString(),
    ...others,
  };
}

describe("the file of an account from --profiles-from", () => {
  test("contains its token for the next run", async ({ openAccount, kept, expect }) => {
    const { config, close } = await openAccount();
    expect(kept()).toBe("");
    expect(await config.tokens.update("k", async () => token)).toEqual({ token, stored: true });
    expect(JSON.parse(kept()).tokens).toEqual({ k: token });
    await close();
    expect(await (await openAccount()).config.tokens.read("k")).toEqual(token);
    expect(await (await openAccount("another")).config.tokens.read("k")).toBeUndefined();
  });

  test("gets records together after a short delay", async ({ openAccount, kept, expect }) => {
    const { config, close } = await openAccount();
    const records = config.records(key);
    for (const id of ["a", "b", "c"]) expect(await records.save(record(id))).toBe(true);
    expect(kept()).toBe("");
    expect((await records.list()).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    await close();
    expect(JSON.parse(kept()).records[key]).toHaveLength(3);
  });

  test("gets records within a second even if the run goes on", async ({
    openAccount,
    kept,
    expect,
  }) => {
    const { config } = await openAccount();
    await config.records(key).save(record("a"));
    await expect.poll(kept).toContain('"id":"a"');
  });

  test("gets a verification token and a replacement at once, with the pending changes", async ({
    openAccount,
    kept,
    expect,
  }) => {
    const { config } = await openAccount();
    await config.records(key).save(record("a"));
    await config.records(key).save(record("b", { verificationToken: "secret" }));
    expect(JSON.parse(kept()).records[key]).toHaveLength(2);
    await config.records(key).save(record("c"));
    const intent = {
      oldId: "a",
      api: "platform",
      knownIds: ["a"],
      eventFilters: [],
      address: "https://example.com/hook",
      expiresIn: 3600,
    } as const;
    await config.replacements(key).save(intent);
    expect(JSON.parse(kept()).records[key]).toHaveLength(3);
    expect(JSON.parse(kept()).replacements).toEqual({ [key]: [intent] });
  });

  test("loses nothing when two processes write in turn", async ({ openAccount, kept, expect }) => {
    const [one, other] = [await openAccount(), await openAccount()];
    await one.config.records(key).save(record("a"));
    await other.config.records(key).save(record("b"));
    await other.config.tokens.update("k", async () => token);
    await one.config.tokens.update("l", async () => token);
    await Promise.all([one.close(), other.close()]);
    const { records, tokens } = JSON.parse(kept());
    expect(records[key].map(({ id }: { id: string }) => id).sort()).toEqual(["a", "b"]);
    expect(Object.keys(tokens).sort()).toEqual(["k", "l"]);
  });

  test("is read again after another process has replaced it", async ({ openAccount, expect }) => {
    const [one, other] = [await openAccount(), await openAccount()];
    await one.config.tokens.update("k", async () => token);
    await setTimeout(20);
    expect(await other.config.tokens.read("k")).toEqual(token);
    const another = { ...token, accessToken: "ACCESS" };
    await one.config.tokens.update("k", async () => another);
    expect(await other.config.tokens.read("k")).toEqual(another);
  });

  test("is written after another process's write ends", async ({
    openAccount,
    directory,
    expect,
  }) => {
    const { config } = await openAccount();
    await config.tokens.update("k", async () => token);
    const lock = lockIn(directory);
    writeFileSync(lock, "half of");
    const update = config.tokens.update("l", async () => token);
    await setTimeout(50);
    expect(await config.tokens.read("l")).toBeUndefined();
    expect(readFileSync(lock, "utf8")).toBe("half of");
    rmSync(lock);
    expect((await update).stored).toBe(true);
    expect(await config.tokens.read("l")).toEqual(token);
  });

  test("is written even if a process was killed during its write", async ({
    openAccount,
    directory,
    kept,
    expect,
  }) => {
    const { config } = await openAccount();
    await config.tokens.update("k", async () => token);
    const lock = lockIn(directory);
    writeFileSync(lock, "half of");
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(lock, longAgo, longAgo);
    expect((await config.tokens.update("l", async () => token)).stored).toBe(true);
    expect(Object.keys(JSON.parse(kept()).tokens)).toEqual(["k", "l"]);
    expect(readdirSync(path.join(directory, "accounts"))).toHaveLength(1);
  });

  test("is not overwritten by a process that took this one for dead", async ({
    directory,
    expect,
  }) => {
    const store: AccountStore = new AccountStore({
      directory,
      key,
      platform: "linux",
      clock: { now: () => now, sleep: async () => rmSync(`${store.path}.lock`) },
      signal: new AbortController().signal,
      warn: () => {},
      warnOnce: () => {},
    });
    let tries = 0;
    await store.change(
      (before) => {
        tries += 1;
        if (tries === 1) {
          rmSync(`${store.path}.lock`);
          writeFileSync(`${store.path}.lock`, "half of");
        } else expect(existsSync(store.path)).toBe(false);
        return { ...before, tokens: new Map([["k", token]]) };
      },
      { timeout: 1000 },
    );
    expect(tries).toBe(2);
    expect((await store.read()).tokens.get("k")).toEqual(token);
  });

  test("gets the pending changes as soon as it becomes writable", async ({
    openAccount,
    directory,
    kept,
    warnings,
    expect,
  }) => {
    const { config, close } = await openAccount();
    await config.tokens.update("k", async () => token);
    const accounts = path.join(directory, "accounts");
    rmSync(accounts, { recursive: true });
    writeFileSync(accounts, "");
    await config.records(key).save(record("a"));
    expect((await config.tokens.update("l", async () => token)).stored).toBe(false);
    rmSync(accounts);
    await close();
    expect(JSON.parse(kept()).records[key]).toMatchObject([{ id: "a" }]);
    expect(warnings).toHaveLength(1);
  });

  test("allows one login at a time", async ({ openAccount, expect }) => {
    const accounts = [await openAccount(), await openAccount()];
    let logins = 0;
    const signIn = async (current: typeof token | undefined) => {
      if (current) return current;
      logins += 1;
      await setTimeout(50);
      return token;
    };
    await Promise.all(
      accounts.map(({ config }) =>
        config.tokens.update("k", (current) => signIn(current as typeof token | undefined)),
      ),
    );
    expect(logins).toBe(1);
  });
});
