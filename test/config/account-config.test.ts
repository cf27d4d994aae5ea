import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";
import { type AccountConfig, openAccountConfig } from "../../src/config/account-config.ts";
import type { SubscriptionRecord } from "../../src/config/types.ts";
import { test as base } from "./support.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const key = "records key";
const token = { accessToken: "access", expiresAt: now + 3_600_000, scope: "" };

interface Fixtures {
  /** As another process would open it. */
  readonly openAccount: (recordsKey?: string) => Promise<AccountConfig>;
  /** What the one account's file holds. */
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
          clock: { now: () => now, sleep: (ms) => new Promise((end) => setTimeout(end, ms)) },
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

describe("the file of an account from elsewhere", () => {
  test("holds its token, which the next run finds", async ({ openAccount, kept, expect }) => {
    const { config, close } = await openAccount();
    expect(kept()).toBe("");
    expect(await config.tokens.update("k", async () => token)).toEqual({ token, stored: true });
    expect(JSON.parse(kept()).tokens).toEqual({ k: token });
    await close();
    expect(await (await openAccount()).config.tokens.read("k")).toEqual(token);
    expect(await (await openAccount("another")).config.tokens.read("k")).toBeUndefined();
  });

  test("gets records a little later, all at once, though they are known at once", async ({
    openAccount,
    kept,
    expect,
  }) => {
    const { config, close } = await openAccount();
    const records = config.records(key);
    for (const id of ["a", "b", "c"]) expect(await records.save(record(id))).toBe(true);
    expect(kept()).toBe("");
    expect((await records.list()).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    await close();
    expect(JSON.parse(kept()).records[key]).toHaveLength(3);
  });

  test("gets them within a second also without an end", async ({ openAccount, kept, expect }) => {
    const { config } = await openAccount();
    await config.records(key).save(record("a"));
    await expect.poll(kept, { timeout: 5000 }).toContain('"id":"a"');
  });

  test("gets a verification token and a replacement at once, and what waited with them", async ({
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

  test("loses nothing of what two processes write in turn", async ({
    openAccount,
    kept,
    expect,
  }) => {
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

  test("has one login at a time", async ({ openAccount, expect }) => {
    const accounts = [await openAccount(), await openAccount()];
    let logins = 0;
    const signIn = async (current: typeof token | undefined) => {
      if (current) return current;
      logins += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
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
