import { describe, expect, test } from "vitest";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import { memoryStore } from "../../src/store/memory-store.ts";
import { type SealKey, seal } from "../../src/store/seal.ts";

const key = Buffer.alloc(32, "first").toString("base64");
const other = Buffer.alloc(32, "other").toString("hex");
const secret = { key: "accounts/a", version: undefined, value: '{"accessToken":"topsecret"}' };

describe("A sealed store", () => {
  let time = Date.UTC(2026, 10, 30);
  const memory = memoryStore({ now: () => time });
  const checks = storeContract({
    open: () => seal(memory, key, { isSecret: () => true }),
    pass: (milliseconds) => {
      time += milliseconds;
    },
  });
  for (const { name, run } of checks) test(name, run);
});

describe("seal", () => {
  test("hides what is secret, each time otherwise, and leaves the rest", async () => {
    const memory = memoryStore();
    const store = seal(memory, key);
    await store.compareAndSet(secret);
    await store.compareAndSet({ ...secret, key: "accounts/b" });
    await store.compareAndSet({ ...secret, key: "runs/a", value: "plain" });

    const [one, two] = [await memory.read("accounts/a"), await memory.read("accounts/b")];
    expect(one?.value).toMatch(/^rcwh-sealed:1:[\da-f]{8}:[\w+/=]+$/);
    expect(one?.value.length).toBe(two?.value.length);
    expect(one?.value.slice(24, 40)).not.toBe(two?.value.slice(24, 40));
    expect((await memory.read("runs/a"))?.value).toBe("plain");
    expect((await store.read("accounts/a"))?.value).toBe(secret.value);
  });

  test("opens what an older key has sealed, and seals with the first", async () => {
    const memory = memoryStore();
    await seal(memory, other).compareAndSet(secret);
    const store = seal(memory, [key, other]);

    const entry = await store.read("accounts/a");
    expect(entry?.value).toBe(secret.value);
    await store.compareAndSet({ ...secret, version: entry?.version });
    expect((await seal(memory, key).read("accounts/a"))?.value).toBe(secret.value);
  });

  test("says which key is missing, and not which it has", async () => {
    const memory = memoryStore();
    await seal(memory, other).compareAndSet(secret);

    await expect(seal(memory, key).read("accounts/a")).rejects.toMatchObject({
      code: "SEALED",
      message: expect.stringMatching(
        /^The entry accounts\/a of the store is sealed with a key that was not given: its id is [\da-f]{8}, and [\da-f]{8} was given\.$/,
      ),
      hint: "Give that key, too, after the one to seal with: `seal(store, [newKey, oldKey])`, or RCWH_STORE_KEY=new,old.",
    });
  });

  test.for([
    ["put in another's place", (text: string) => text, "accounts/b"],
    [
      "changed",
      (text: string) => text.replace(/.(?=.{6}$)/, (at) => (at === "A" ? "B" : "A")),
      "accounts/a",
    ],
    ["cut", (text: string) => text.slice(0, -8), "accounts/a"],
    ["no longer base64", (text: string) => `${text}*`, "accounts/a"],
  ] as const)("notices an entry that was %s", async ([, spoil, place]) => {
    const memory = memoryStore();
    const store = seal(memory, key);
    await store.compareAndSet(secret);
    const entry = await memory.read("accounts/a");
    const version = place === "accounts/a" ? entry?.version : undefined;
    await memory.compareAndSet({ key: place, version, value: spoil(entry?.value ?? "") });

    await expect(store.read(place)).rejects.toMatchObject({
      code: "SEALED",
      message: `The entry ${place} of the store cannot be opened: it was changed without the key, or belongs to another entry.`,
    });
  });

  test("reads what is not sealed yet only if it is told to, and seals it when it is written", async () => {
    const memory = memoryStore();
    await memory.compareAndSet(secret);

    await expect(seal(memory, key).read("accounts/a")).rejects.toMatchObject({
      code: "SEALED",
      message: "The entry accounts/a of the store is not sealed, although it is secret.",
    });
    const store = seal(memory, key, { acceptPlain: true });
    const entry = await store.read("accounts/a");
    expect(entry?.value).toBe(secret.value);
    await store.compareAndSet({ ...secret, version: entry?.version });
    expect((await seal(memory, key).read("accounts/a"))?.value).toBe(secret.value);
  });

  test.for([
    ["", "this one is neither"],
    ["correct horse battery staple", "this one is neither"],
    ["short", "this one is neither"],
    [undefined, "it is undefined"],
    [null, "this one is neither"],
    [{ length: 32 }, "this one is neither"],
    [Buffer.alloc(16).toString("base64"), "this one has 16"],
    [new Uint8Array(31), "this one has 31"],
  ] as const)("refuses the key %j, and says how to make one", ([bad, found]) => {
    expect(() => seal(memoryStore(), bad as SealKey)).toThrow(
      expect.objectContaining({
        message: `The key to seal the store with must be 32 bytes, in base64 or hex: ${found}.`,
        hint: "Make one with `openssl rand -base64 32`.",
      }),
    );
    expect(() => seal(memoryStore(), [key, bad as SealKey])).toThrow(found);
    expect(() => seal(memoryStore(), [])).toThrow("No key was given");
  });

  test.for([
    ["bytes", Buffer.alloc(32, "first")],
    ["base64 for addresses", Buffer.alloc(32, "first").toString("base64url")],
    ["hex", Buffer.alloc(32, "first").toString("hex").toUpperCase()],
    ["base64 with a line feed", `${key}\n`],
  ] as const)("takes a key as %s", async ([, same]) => {
    const memory = memoryStore();
    await seal(memory, key).compareAndSet(secret);
    expect((await seal(memory, same).read("accounts/a"))?.value).toBe(secret.value);
  });
});
