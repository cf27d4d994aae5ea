import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe } from "vitest";
import type { CachedToken } from "../../src/config/credentials.ts";
import { resolveIdentity } from "../../src/config/identity.ts";
import { tokenKeyOf, userKeyOf } from "../../src/config/identity-hashes.ts";
import { Store } from "../../src/config/store.ts";
import type { ReplacementIntent } from "../../src/subscriptions/replacement-intent.ts";
import { anyCharacter } from "../support/any-text.ts";
import { fakeClock, now, profile, record, test } from "./support.ts";

const hour = 60 * 60 * 1000;
const day = 24 * hour;

function token(accessToken: string, change: Partial<CachedToken> = {}): CachedToken {
  return { accessToken, expiresAt: now + hour, scope: "SubscriptionWebhook", ...change };
}

/** Creates a file as another program would write it. */
function put(directory: string, text: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, "config.json");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describe("the configuration", () => {
  test("is empty without a file, and reading creates none", async ({ place, open, expect }) => {
    const config = await open();

    expect(config.currentProfile).toBeUndefined();
    expect(config.profiles()).toEqual({});
    expect(await config.tokens.read("key")).toBeUndefined();
    expect(await config.records("default").list()).toEqual([]);
    await config.records("default").remove("a");
    expect(readdirSync(place)).toEqual([]);
  });

  test("returns every value, whatever its name", async ({ place, open, expect }) => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom("__proto__", "constructor", "a.b", "__internal__", "__internal__.x", ""),
    );
    const name = fc
      .stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
      .filter((candidate) => candidate !== "emulator" && candidate !== "environment");
    let run = 0;

    await fc.assert(
      fc.asyncProperty(name, text, text, text, async (profileName, key, id, secret) => {
        const env = { RCWH_CONFIG_DIR: path.join(place, String(run++)) };
        const stored = profile({ clientSecret: secret, jwt: key, clientId: id });
        const kept = record(id, { address: secret, verificationToken: secret });

        const config = await open({ env });
        await config.saveProfile(profileName, stored);
        await config.tokens.update(key, async () => token(secret));
        await config.records(key).save(kept);

        const again = await open({ env });
        expect(again.profiles()).toEqual({ [profileName]: stored });
        expect(await again.tokens.read(key)).toEqual(token(secret));
        expect(await again.records(key).list()).toEqual([kept]);
      }),
      { numRuns: 40 },
    );
  });

  test("keeps unknown members", async ({ directory, open, expect }) => {
    const file = put(directory, '{"version":1,"journal":[{"id":"a"}]}');

    await (await open()).saveProfile("work", profile());

    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      version: 1,
      journal: [{ id: "a" }],
      currentProfile: "work",
    });
  });

  test("of a newer rcwh is refused and left unchanged", async ({ directory, open, expect }) => {
    const text = '{"version":2,"profiles":[]}';
    const file = put(directory, text);

    await expect(open()).rejects.toMatchObject({
      message: `${file} was written by a newer rcwh: its version is 2, and this rcwh supports version 1.`,
      hint: "Update rcwh, or set RCWH_CONFIG_DIR to another directory.",
      exitCode: 2,
    });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test.for([
    ["{", "it is not JSON"],
    ["", "it is empty"],
    ["[]", "it is not a JSON object"],
    ['{"version":"1"}', "version is not a number"],
    ['{"currentProfile":1}', "currentProfile is not a string"],
    ['{"profiles":[]}', "profiles is not an object"],
    ['{"records":5}', "records is not an object"],
  ] as const)(
    "is moved aside with a warning if it is corrupt, such as %j",
    async ([text, problem], { directory, open, warnings, expect }) => {
      const file = put(directory, text);
      const aside = `${file}.corrupt-20261122T120000.000Z`;

      const config = await open();

      expect(config.profiles()).toEqual({});
      expect(warnings).toEqual([
        `Cannot use ${file}: ${problem}. Moved it to ${aside}; sign in again with \`rcwh login\`.`,
      ]);
      expect(existsSync(file)).toBe(false);
      expect(readFileSync(aside, "utf8")).toBe(text);
    },
  );

  test("keeps entries that it cannot use as they are, and uses the others", async ({
    directory,
    open,
    warnings,
    expect,
  }) => {
    const unusable = { id: "x", api: "fax", eventFilters: "all" };
    const file = put(
      directory,
      JSON.stringify({
        profiles: { a: profile(), b: { server: 5 } },
        tokens: { t: { accessToken: "x" } },
        records: { work: [record("a"), unusable, null], home: "none" },
        replacements: { work: [{ oldId: "y" }] },
      }),
    );
    const config = await open();
    expect(Object.keys(config.profiles())).toEqual(["a"]);
    expect(await config.records("work").list()).toEqual([record("a")]);
    expect(await config.replacements("work").list()).toEqual([]);
    await config.records("work").save(record("b"));
    await config.records("home").save(record("c"));

    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      profiles: { a: profile(), b: { server: 5 } },
      tokens: {},
      records: { work: [record("a"), record("b"), unusable, null], home: [record("c"), "none"] },
      replacements: { work: [{ oldId: "y" }] },
    });
    expect(warnings).toEqual([
      `${file} has an entry that this version of rcwh cannot use and leaves unchanged: the profile b (and 4 more).`,
    ]);
  });

  test("accepts a byte order mark and writes none", async ({ directory, open, expect }) => {
    put(directory, `\uFEFF${JSON.stringify({ profiles: { a: profile() } })}`);

    await (await open()).saveProfile("b", profile());

    expect(Object.keys((await open()).profiles())).toEqual(["a", "b"]);
  });

  test.for(["640", "604", "644", "660"])(
    "is refused if the file's mode is %s, with the command that fixes it",
    async (mode, { directory, open, expect }) => {
      const file = put(directory, "{}");
      chmodSync(file, Number.parseInt(mode, 8));

      await expect(open()).rejects.toMatchObject({
        message: `Other users can read ${file}.`,
        hint: `Run \`chmod 600 ${file}\`.`,
        exitCode: 2,
      });
    },
  );

  test.for(["720", "702", "777"])(
    "is refused if the directory's mode is %s, even before a file exists",
    async (mode, { place, open, expect }) => {
      const directory = path.join(place, "it's here");
      mkdirSync(directory);
      chmodSync(directory, Number.parseInt(mode, 8));

      await expect(open({ env: { RCWH_CONFIG_DIR: directory } })).rejects.toMatchObject({
        message: `Other users can write to ${directory}.`,
        hint: `Run \`chmod 700 '${place}/it'\\''s here'\`, or set RCWH_CONFIG_DIR to a new directory in it.`,
        exitCode: 2,
      });
    },
  );

  test("is accepted with any mode on Windows, which has no such modes", async ({
    directory,
    warnings,
    expect,
  }) => {
    const file = put(directory, JSON.stringify({ profiles: { work: profile() } }));
    chmodSync(file, 0o666);
    chmodSync(directory, 0o777);
    const store = new Store({
      directory,
      platform: "win32",
      clock: fakeClock(),
      warn: (line) => void warnings.push(line),
      signal: new AbortController().signal,
    });

    expect((await store.read()).profiles).toEqual(new Map([["work", profile()]]));
  });

  test("has no current profile if the file names a missing one", async ({
    directory,
    open,
    expect,
  }) => {
    put(directory, JSON.stringify({ currentProfile: "gone", profiles: { work: profile() } }));

    expect((await open()).currentProfile).toBeUndefined();
  });

  test("is refused if the file is a directory", async ({ directory, open, expect }) => {
    mkdirSync(path.join(directory, "config.json"), { recursive: true, mode: 0o700 });

    await expect(open()).rejects.toMatchObject({
      message: `Cannot use ${directory}/config.json: it is a directory instead of a file.`,
      exitCode: 2,
    });
  });

  test("is written through a symbolic link", async ({ place, directory, open, expect }) => {
    const target = path.join(place, "target.json");
    writeFileSync(target, "{}", { mode: 0o600 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    symlinkSync(target, path.join(directory, "config.json"));

    await (await open()).saveProfile("work", profile());

    expect(lstatSync(path.join(directory, "config.json")).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toContain('"work"');
    expect(readdirSync(directory)).toEqual(["config.json"]);
  });

  test("fails the operation that must write it if it is read-only", async ({
    place,
    open,
    expect,
  }) => {
    writeFileSync(path.join(place, "file"), "");
    const directory = path.join(place, "file", "rcwh");
    const config = await open({ env: { RCWH_CONFIG_DIR: directory } });

    await expect(config.saveProfile("work", profile())).rejects.toMatchObject({
      message: `Cannot write ${directory}/config.json: not a directory.`,
      hint: "Make its directory writable for this user, or set RCWH_CONFIG_DIR to one that is.",
      exitCode: 1,
    });
  });

  test("causes one warning if an optional write fails", async ({
    place,
    open,
    warnings,
    expect,
  }) => {
    writeFileSync(path.join(place, "file"), "");
    const directory = path.join(place, "file", "rcwh");
    const config = await open({ env: { RCWH_CONFIG_DIR: directory } });

    expect(await config.tokens.update("key", async () => token("new"))).toEqual({
      token: token("new"),
      stored: false,
    });
    expect(await config.records("default").save(record("a"))).toBe(false);
    expect(warnings).toEqual([
      `Cannot write ${directory}/config.json: not a directory. Access tokens and records of this run are not saved.`,
    ]);
  });
});

describe("profiles", () => {
  test("start with one that is current and stays current", async ({ open, expect }) => {
    const config = await open();

    await config.saveProfile("work", profile());
    await config.saveProfile("home", profile({ jwt: "other" }));

    expect(config.currentProfile).toBe("work");
    expect(Object.keys(config.profiles())).toEqual(["work", "home"]);
    expect((await open()).currentProfile).toBe("work");
  });

  test("keep their server without a trailing slash", async ({ open, expect }) => {
    const config = await open();

    await config.saveProfile("work", profile({ server: "https://platform.ringcentral.biz/" }));

    expect(config.profiles()["work"]?.server).toBe("https://platform.ringcentral.biz");
    await expect(
      config.saveProfile("work", profile({ server: "http://example.com" })),
    ).rejects.toMatchObject({ exitCode: 2 });
  });

  test.for([
    "",
    "-a",
    ".a",
    "a b",
    "a/b",
    "__proto__",
    "ä",
    "a".repeat(65),
    "emulator",
    "environment",
  ])("cannot be called %j", async (name, { open, expect }) => {
    const config = await open();
    await expect(config.saveProfile(name, profile())).rejects.toMatchObject({ exitCode: 2 });
  });

  test("are changed by name, and an unknown name lists the known ones", async ({
    open,
    expect,
  }) => {
    const config = await open();
    await expect(config.useProfile("home")).rejects.toMatchObject({
      hint: "Sign in with `rcwh login --profile home`.",
    });
    await config.saveProfile("work", profile());
    await config.saveProfile("home", profile());

    await config.useProfile("home");

    expect((await open()).currentProfile).toBe("home");
    for (const attempt of [config.useProfile("hmoe"), config.removeProfile("hmoe")]) {
      await expect(attempt).rejects.toMatchObject({
        message: 'There is no profile "hmoe".',
        hint: "Use work, home, or sign in with `rcwh login --profile hmoe`.",
        exitCode: 3,
      });
    }
  });

  test("leave nothing behind when removed", async ({ directory, open, expect }) => {
    const server = "https://platform.ringcentral.com/";
    put(directory, JSON.stringify({ profiles: { work: profile({ server, jwt: "work's jwt" }) } }));
    const config = await open();
    const { tokenKey, recordsKey } = await resolveIdentity({
      settings: {
        profile: "work",
        profileByFlag: true,
        credentialsFile: undefined,
        accessTokenFile: undefined,
      },
      env: {},
      config: async () => config,
      signal: new AbortController().signal,
    });
    await config.tokens.update(tokenKey, async () => token("work's token"));
    await config.records(recordsKey).save(record("work's record"));

    await config.removeProfile("work");

    expect(readFileSync(path.join(directory, "config.json"), "utf8")).not.toContain("work");
  });

  test("that share a token keep it until the last one is removed", async ({ open, expect }) => {
    const config = await open();
    const key = tokenKeyOf(profile());
    await config.saveProfile("one", profile());
    await config.saveProfile("two", profile());
    await config.tokens.update(key, async () => token("shared"));

    await config.removeProfile("one");
    expect(await config.tokens.read(key)).toEqual(token("shared"));
    await config.removeProfile("two");
    expect(await config.tokens.read(key)).toBeUndefined();
  });

  test("pass on being current only if one remains", async ({ open, expect }) => {
    const config = await open();
    for (const name of ["a", "b", "c"]) await config.saveProfile(name, profile({ jwt: name }));

    await config.removeProfile("a");
    expect(config.currentProfile).toBeUndefined();

    await config.useProfile("b");
    await config.removeProfile("b");
    expect(config.currentProfile).toBe("c");
    await config.removeProfile("c");
    expect(config.currentProfile).toBeUndefined();
  });

  test("keep their records when only their credentials are removed", async ({ open, expect }) => {
    const config = await open();
    await config.saveProfile("work", profile());
    await config.tokens.update(tokenKeyOf(profile()), async () => token("work's token"));
    await config.records(userKeyOf(profile())).save(record("a"));

    await config.forgetCredentials("work");

    expect(config.profiles()).toEqual({});
    expect(config.currentProfile).toBeUndefined();
    expect(await config.tokens.read(tokenKeyOf(profile()))).toBeUndefined();
    expect(await config.records(userKeyOf(profile())).list()).toEqual([record("a")]);
    await expect(config.forgetCredentials("work")).rejects.toMatchObject({ exitCode: 3 });
  });

  test("of the same user keep the records until the last one is removed", async ({
    open,
    expect,
  }) => {
    const config = await open();
    const records = config.records(userKeyOf(profile()));
    await config.saveProfile("one", profile());
    await config.saveProfile("two", profile());
    await records.save(record("a"));

    await config.removeProfile("one");
    expect(await records.list()).toEqual([record("a")]);
    await config.removeProfile("two");
    expect(await records.list()).toEqual([]);
  });
});

describe("tokens", () => {
  test("are updated by one caller at a time", async ({ open, expect }) => {
    const [first, second] = [await open(), await open()];
    let running = 0;
    const add = async (current: CachedToken | undefined) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return token(`${current?.accessToken ?? ""}+`);
    };

    await Promise.all([
      first.tokens.update("key", add),
      second.tokens.update("key", add),
      first.tokens.update("key", add),
    ]);

    expect(await first.tokens.read("key")).toEqual(token("+++"));
  });

  test("of different users are updated in parallel", async ({ open, expect }) => {
    const { tokens } = await open();

    await tokens.update("one", async () => {
      await tokens.update("two", async () => token("two"));
      return token("one");
    });

    expect(await tokens.read("one")).toEqual(token("one"));
    expect(await tokens.read("two")).toEqual(token("two"));
  });

  test("can be removed, and stay unchanged if an update fails", async ({ open, expect }) => {
    const { tokens } = await open();
    await tokens.update("key", async () => token("old"));

    await expect(tokens.update("key", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await tokens.read("key")).toEqual(token("old"));

    expect(await tokens.update("key", async () => undefined)).toEqual({
      token: undefined,
      stored: true,
    });
    expect(await tokens.read("key")).toBeUndefined();
  });

  test("that do not change are not written", async ({ directory, open, expect }) => {
    const { tokens } = await open();
    await tokens.update("key", async () => token("same"));
    const { ino } = lstatSync(path.join(directory, "config.json"));

    expect(await tokens.update("key", async (current) => ({ ...token(""), ...current }))).toEqual({
      token: token("same"),
      stored: true,
    });
    expect(lstatSync(path.join(directory, "config.json")).ino).toBe(ino);
  });

  test("are dropped 30 days after their last possible use", async ({ directory, open, expect }) => {
    const dead = { expiresAt: now - 31 * day };
    put(
      directory,
      JSON.stringify({
        tokens: {
          dead: token("dead", dead),
          refreshable: token("refreshable", { ...dead, refreshTokenExpiresAt: now - 29 * day }),
          unrefreshable: token("unrefreshable", { ...dead, refreshTokenExpiresAt: now - 30 * day }),
        },
      }),
    );
    const { tokens } = await open();
    expect(await tokens.read("dead")).toBeDefined();

    await tokens.update("new", async () => token("new"));

    const kept = ["dead", "refreshable", "unrefreshable", "new"].map((key) => tokens.read(key));
    expect((await Promise.all(kept)).map((found) => found !== undefined)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});

describe("records", () => {
  test("are stored by key and id, the latest of each", async ({ open, expect }) => {
    const config = await open();
    const records = config.records("work");
    expect(await records.save(record("a"))).toBe(true);
    await records.save(record("b"));
    await config.records("home").save(record("a"));

    await records.save(record("a", { expiresIn: 3600 }));
    expect(await records.list()).toEqual([record("a", { expiresIn: 3600 }), record("b")]);

    await records.remove("a");
    await records.remove("never there");
    expect(await records.list()).toEqual([record("b")]);
    expect(await config.records("home").list()).toEqual([record("a")]);
  });

  test("stay however long ago they expired by this machine's clock", async ({ open, expect }) => {
    const records = (await open()).records("work");
    await records.save(record("odd", { expirationTime: "some day" }));
    await records.save(record("old", { expirationTime: new Date(now - 400 * day).toISOString() }));
    await records.save(record("new"));

    expect((await records.list()).map(({ id }) => id)).toEqual(["odd", "old", "new"]);
  });

  test("that do not change are not written", async ({ directory, open, expect }) => {
    const records = (await open()).records("work");
    await records.save(record("a"));
    const { ino } = lstatSync(path.join(directory, "config.json"));

    expect(await records.save(record("a"))).toBe(true);
    expect(lstatSync(path.join(directory, "config.json")).ino).toBe(ino);
  });

  test("are stored even in an interrupted run, after a wait if necessary", async ({
    directory,
    open,
    warnings,
    expect,
  }) => {
    const records = (await open({ signal: AbortSignal.abort() })).records("work");
    expect(await records.save(record("a"))).toBe(true);

    writeFileSync(path.join(directory, "config.json.lock"), "");
    expect(await records.save(record("b"))).toBe(false);
    expect(warnings).toEqual([
      `Cannot write ${directory}/config.json: Another rcwh holds ${directory}/config.json.lock, and did not release it in time. Access tokens and records of this run are not saved.`,
    ]);
  });
});

describe("the journal of replacements", () => {
  const intent = (oldId: string, change: Partial<ReplacementIntent> = {}): ReplacementIntent => ({
    oldId,
    api: "platform",
    knownIds: [oldId],
    eventFilters: ["/team-messaging/v1/posts"],
    address: "https://example.com/hook",
    expiresIn: 3600,
    ...change,
  });

  test("keeps one intent for each old id until it is removed", async ({
    directory,
    open,
    expect,
  }) => {
    const journal = (await open()).replacements("key");
    expect(await journal.list()).toEqual([]);
    expect(await journal.save(intent("a"))).toBe(true);
    await journal.save(intent("b"));
    await journal.save(intent("b", { newId: "c" }));

    const again = (await open()).replacements("key");
    expect(await again.list()).toEqual([intent("a"), intent("b", { newId: "c" })]);

    await again.remove("a");
    await again.remove("b");
    await again.remove("never there");
    expect(await again.list()).toEqual([]);
    expect(readFileSync(path.join(directory, "config.json"), "utf8")).not.toContain("replacements");
  });

  test("fails if nothing can be written", async ({ place, open, expect }) => {
    writeFileSync(path.join(place, "file"), "");
    const config = await open({ env: { RCWH_CONFIG_DIR: path.join(place, "file", "rcwh") } });

    expect(await config.replacements("key").save(intent("a"))).toBe(false);
  });
});

describe("an exclusive run", () => {
  test("is alone under its name and refuses callers that do not wait", async ({ open, expect }) => {
    const config = await open();
    const order: string[] = [];

    await Promise.all(
      ["a", "b"].map((name) =>
        config.exclusively("run", 1000, async () => {
          order.push(name);
          await config.exclusively("other run", 0, async () => order.push(`${name}'s other`));
          order.push(name);
        }),
      ),
    );

    expect(order).toEqual(["a", "a's other", "a", "b", "b's other", "b"]);
  });

  test("is refused at once while another process holds the lock", async ({
    directory,
    open,
    expect,
  }) => {
    const config = await open();
    let lockName = "";
    await config.exclusively("run", 0, async () => {
      lockName = readdirSync(directory).find((name) => name.endsWith(".lock")) ?? "";
    });
    writeFileSync(path.join(directory, lockName), "");

    await expect(config.exclusively("run", 0, async () => "done")).rejects.toMatchObject({
      code: "LOCKED",
      exitCode: 5,
    });
  });

  test("runs even if nothing can be written", async ({ place, open, expect }) => {
    writeFileSync(path.join(place, "file"), "");
    const config = await open({ env: { RCWH_CONFIG_DIR: path.join(place, "file", "rcwh") } });

    expect(await config.exclusively("run", 0, async () => "done")).toBe("done");
  });
});
