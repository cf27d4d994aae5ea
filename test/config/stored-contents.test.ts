import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createAccountState } from "../../src/config/account-state.ts";
import { noContents } from "../../src/config/contents.ts";
import { hash } from "../../src/config/identity-hashes.ts";
import { KeptContents } from "../../src/config/kept-contents.ts";
import { accountKey, StoredContents } from "../../src/config/stored-contents.ts";
import { createStoredLastRun, createStoredQuotas } from "../../src/config/stored-texts.ts";
import { memoryStore } from "../../src/store/memory-store.ts";
import type { Store } from "../../src/store/store.ts";

const key = "records key";
const clock = { now: Date.now, sleep: (ms: number) => setTimeout(ms) };
const record = {
  id: "1",
  api: "platform",
  eventFilters: ["/team-messaging/v1/posts"],
  address: "https://app.example.com/hook",
  expirationTime: "2026-12-01T00:00:00Z",
} as const;
const token = { accessToken: "access", expiresAt: Date.now() + 3_600_000, scope: "" };

/** Opens the account like another machine. */
function open(store: Store, warnings: string[] = []) {
  const warn = (line: string) => void warnings.push(line);
  const contents = new StoredContents({
    store,
    key,
    clock,
    signal: new AbortController().signal,
    owner: "process 1 on here",
    warn,
    warnOnce: warn,
  });
  return { contents, ...createAccountState(new KeptContents(contents, noContents)) };
}

describe("an account in a store", () => {
  test("shows one machine what another has saved", async () => {
    const store = memoryStore();
    const [one, other] = [open(store), open(store)];
    await one.records(key).save(record);
    await one.tokens.update("token key", async () => token);

    expect(await other.records(key).list()).toEqual([record]);
    expect(await other.tokens.read("token key")).toEqual(token);
    await other.records(key).remove("1");
    expect(await one.records(key).list()).toEqual([]);
  });

  test("loses no change when several machines make theirs at once", async () => {
    const store = memoryStore();
    const ids = Array.from({ length: 20 }, (_, index) => String(index));
    await Promise.all(
      ids.map((id) =>
        open(store)
          .records(key)
          .save({ ...record, id }),
      ),
    );

    const saved = await open(store).records(key).list();
    expect(saved.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  test("lets one machine sign in at a time", async () => {
    const store = memoryStore();
    let logins = 0;
    const signIn = () =>
      open(store).tokens.update("token key", async (current) => {
        if (current) return current;
        logins += 1;
        await setTimeout(5);
        return token;
      });
    await Promise.all([signIn(), signIn(), signIn()]);

    expect(logins).toBe(1);
  });

  test("says who holds a lock", async () => {
    const store = memoryStore();
    const work = open(store).exclusively("work", 0, async () => {
      await open(store).exclusively("work", 0, async () => {}, "process 2");
    });
    await expect(work).rejects.toMatchObject({ code: "LOCKED", owner: "process 1 on here" });
  });

  test("saves nothing for a machine whose lock another has taken", async () => {
    let now = 0;
    const store = memoryStore({ now: () => now });
    const suspended = open(store);
    const name = `${accountKey(key)}-run-${hash("work").slice(0, 16)}`;
    const work = suspended.exclusively("work", 0, async () => {
      now += 60_000;
      await store.lock({ name, holder: "another", ttl: 1000 });
      await suspended.replacements(key).save(intent);
    });
    await expect(work).rejects.toMatchObject({ code: "LOCK_LOST", exitCode: 5 });
    expect(await open(store).replacements(key).list()).toEqual([]);
  });

  test("goes on where nobody has taken its lock meanwhile", async () => {
    let now = 0;
    const store = memoryStore({ now: () => now });
    const suspended = open(store);
    await suspended.exclusively("work", 0, async () => {
      now += 60_000;
      await suspended.replacements(key).save(intent);
    });
    expect(await open(store).replacements(key).list()).toEqual([intent]);
  });

  test("keeps an entry that it cannot read, and begins anew", async () => {
    const store = memoryStore();
    await store.compareAndSet({ key: accountKey(key), version: undefined, value: "{" });
    const warnings: string[] = [];
    await open(store, warnings).records(key).save(record);

    expect(warnings).toEqual([
      `Cannot use the entry ${accountKey(key)} of the store: it is not JSON. The next change replaces it, and keeps it as ${accountKey(key)}.corrupt.`,
    ]);
    expect(await open(store).records(key).list()).toEqual([record]);
    expect((await store.read(`${accountKey(key)}.corrupt`))?.value).toBe("{");
  });

  test("is not touched by an older rcwh", async () => {
    const store = memoryStore();
    await store.compareAndSet({ key: accountKey(key), version: undefined, value: '{"version":2}' });
    await expect(open(store).records(key).save(record)).rejects.toMatchObject({
      exitCode: 2,
      message: `the entry ${accountKey(key)} of the store was written by a newer rcwh: its version is 2, and this rcwh supports version 1.`,
    });
  });
});

const intent = {
  oldId: "1",
  api: "platform",
  knownIds: [],
  eventFilters: record.eventFilters,
  address: record.address,
} as const;

test("the quota in a store counts every change once", async () => {
  const store = memoryStore();
  const count = () =>
    createStoredQuotas(store).change("user", (text = "0") => ({
      text: String(Number(text) + 1),
      result: undefined,
    }));
  await Promise.all(Array.from({ length: 30 }, count));
  expect(await createStoredQuotas(store).read("user")).toBe("30");
});

test("the last run in a store is read by another machine", async () => {
  const store = memoryStore();
  const run = {
    command: "renew",
    startedAt: "2026-11-30T12:00:00Z",
    endedAt: "2026-11-30T12:00:01Z",
    exitCode: 0,
    outcomes: { renewed: 2 },
  };
  await createStoredLastRun(store, key).save(run);
  expect(await createStoredLastRun(store, key).read()).toEqual(run);
  await createStoredLastRun(store, key).remove();
  expect(await createStoredLastRun(store, key).read()).toBeUndefined();
});
