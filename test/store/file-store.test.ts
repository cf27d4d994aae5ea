import { fork, spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { takeLock } from "../../src/machine/locks/lock.ts";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { fakeClock, test } from "../config/support.ts";
import { buildProcess } from "./support.ts";

const directory = fs.mkdtempSync(path.join(tmpdir(), "rcwh-store-"));
let worker = "";
beforeAll(async () => {
  const { script, remove } = await buildProcess("store/process.ts");
  worker = script;
  return remove;
});
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

describe("The store in files", () => {
  const options = {
    open: () => fileStore(directory),
    fork: () => fork(worker, ["file", directory]),
  };
  for (const { name, run } of storeContract(options)) test.concurrent(name, run);

  test("leaves no drafts and no locks of writes, and everything to its user alone", () => {
    const left = fs.readdirSync(directory, { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /\.(?:new|stale|json\.lock|fence\.lock)$/.test(name))).toEqual([]);
    const modes = left.map((name) => fs.statSync(path.join(directory, name)));
    expect(new Set(modes.map((stats) => (stats.mode & 0o777).toString(8)))).toEqual(
      new Set(["600", "700"]),
    );
  });
});

describe("fileStore", () => {
  test("keeps entries and locks where the commands keep theirs", async ({ place, expect }) => {
    const store = fileStore(place);
    await store.compareAndSet({ key: "accounts/5f0c", version: undefined, value: '{"a":1}' });
    await store.lock({ name: "accounts/5f0c-run", holder: "me", ttl: 60_000 });

    expect(fs.readFileSync(path.join(place, "accounts/5f0c.json"), "utf8")).toBe('{"a":1}');
    expect(fs.existsSync(path.join(place, "accounts/5f0c-run.lock"))).toBe(true);
  });

  test("sees what another program writes into the same files, and never takes it for the old", async ({
    place,
    expect,
  }) => {
    const store = fileStore(place);
    const file = path.join(place, "quota/1.json");
    await store.compareAndSet({ key: "quota/1", version: undefined, value: "one" });
    const before = await store.read("quota/1");
    // In place, as for the quota: the same file, the same length, perhaps the same time.
    const { mtime } = fs.statSync(file);
    fs.writeFileSync(file, "two");
    fs.utimesSync(file, mtime, mtime);

    const found = await store.read("quota/1");
    expect(found?.value).toBe("two");
    const change = { key: "quota/1", value: "three" };
    expect(await store.compareAndSet({ ...change, version: before?.version })).toEqual({
      written: false,
      reason: "changed",
    });
    expect(await store.compareAndSet({ ...change, version: found?.version })).toMatchObject({
      written: true,
    });
  });

  test("and the locks of the commands exclude each other", async ({ place, expect }) => {
    const store = fileStore(place);
    const request = { clock: fakeClock(), timeout: 0, owner: "renew" };
    const release = await takeLock(path.join(place, "run"), request);
    expect(await store.lock({ name: "run", holder: "me", ttl: 60_000 })).toEqual({
      taken: false,
      holder: `renew (process ${process.pid})`,
    });
    await release();

    const outcome = await store.lock({ name: "run", holder: "me", ttl: 60_000 });
    await expect(takeLock(path.join(place, "run"), request)).rejects.toMatchObject({
      code: "LOCKED",
      owner: "me",
    });
    if (outcome.taken) await store.unlock(outcome.lock);
    await (await takeLock(path.join(place, "run"), request))();

    const brief = await store.lock({ name: "run", holder: "me", ttl: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const stolen = await takeLock(path.join(place, "run"), request);
    const { lock } = brief.taken ? brief : {};
    expect(await store.compareAndSet({ key: "a", version: undefined, value: "", lock })).toEqual({
      written: false,
      reason: "lock-lost",
    });
    if (lock) await store.unlock(lock);
    expect(fs.existsSync(path.join(place, "run.lock"))).toBe(true);
    await stolen();
  });

  test("keeps the old entry, its version and its end if it was killed before the new file was in place", async ({
    place,
    expect,
  }) => {
    const store = fileStore(place);
    const ttl = 60_000;
    await store.compareAndSet({ key: "a", version: undefined, value: "old", ttl });
    const before = await store.read("a");
    const old = fs.readFileSync(path.join(place, "a.json"));
    fs.linkSync(path.join(place, "a.json"), path.join(place, "kept"));
    await store.compareAndSet({ key: "a", version: before?.version, value: "new", ttl: 1 });
    // As if the new file had never been renamed.
    fs.renameSync(path.join(place, "kept"), path.join(place, "a.json"));

    expect(old.toString()).toBe("old");
    expect(await store.read("a")).toEqual(before);
  });

  test("removes the files of an entry whose time is over when it meets them", async ({
    place,
    expect,
  }) => {
    const store = fileStore(place);
    await store.compareAndSet({ key: "a", version: undefined, value: "", ttl: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(await store.read("a")).toBe(undefined);
    expect(fs.readdirSync(place)).toEqual([".store"]);
    expect(fs.readdirSync(path.join(place, ".store"))).toEqual([]);
  });

  test.for([
    [
      "a directory instead of an entry",
      (place: string) => fs.mkdirSync(path.join(place, "a.json")),
      "a.json: it is a directory instead of a file.",
    ],
    [
      "a named pipe instead of a lock",
      (place: string) => spawnSync("mkfifo", [path.join(place, "a.lock")]),
      "a.lock: it is a named pipe instead of a file.",
    ],
    [
      "an entry that is not text",
      (place: string) => fs.writeFileSync(path.join(place, "a.json"), Buffer.from([0xff, 0xfe])),
      "a.json: it is not text in UTF-8.",
    ],
    [
      "a broken note",
      (place: string) => {
        fs.mkdirSync(path.join(place, ".store"));
        fs.writeFileSync(path.join(place, "a.json"), "");
        fs.writeFileSync(path.join(place, ".store/a.json"), "{");
      },
      ".store/a.json: it is not JSON.",
    ],
    [
      "a broken fence",
      (place: string) => {
        fs.mkdirSync(path.join(place, ".store"));
        fs.writeFileSync(path.join(place, ".store/a.fence"), '{"fence":"1"}');
      },
      ".store/a.fence: it was not written by rcwh.",
    ],
  ] as const)("says what to do about %s", async ([, spoil, problem], { place, expect }) => {
    spoil(place);
    const store = fileStore(place);

    const work = store.read("a").then(() => store.lock({ name: "a", holder: "me", ttl: 1000 }));

    await expect(work).rejects.toMatchObject({
      name: expect.stringMatching(/UsageError|OddFileError/),
      message: `Cannot use ${place}/${problem}`,
      hint: expect.stringMatching(/^Move it away with `mv .*`\.$/),
    });
  });

  test("refuses what a newer rcwh wrote", async ({ place, expect }) => {
    fs.mkdirSync(path.join(place, ".store"));
    fs.writeFileSync(path.join(place, ".store/a.fence"), '{"version":2}');

    const work = fileStore(place).lock({ name: "a", holder: "me", ttl: 1000 });

    await expect(work).rejects.toThrow("was written by a newer rcwh");
  });

  test("refuses a place where no directory can be made", async ({ expect }) => {
    const store = fileStore("/proc/x");

    expect(await store.read("a")).toBe(undefined);
    const change = { key: "accounts/a", version: undefined, value: "" };
    const facts = { code: "STORE_REFUSED", exitCode: 2 };
    await expect(store.compareAndSet(change)).rejects.toMatchObject(facts);
    const request = { name: "accounts/a", holder: "me", ttl: 1000 };
    await expect(store.lock(request)).rejects.toMatchObject(facts);
  });

  test("says what it cannot write", async ({ place, expect }) => {
    fs.writeFileSync(path.join(place, "file"), "");
    const store = fileStore(path.join(place, "file"));

    expect(await store.read("a")).toBe(undefined);
    await expect(
      store.compareAndSet({ key: "a", version: undefined, value: "" }),
    ).rejects.toMatchObject({
      code: "STORE_REFUSED",
      message: `Cannot write ${place}/file/a.json: not a directory.`,
      hint: "Make it writable for this user, or give fileStore another directory.",
    });
  });
});
