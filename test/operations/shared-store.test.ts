import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, vi } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { closedPort } from "../support/endpoints.ts";
import { test as base } from "../support/rcwh.ts";
import { onlyId, subscribe } from "../support/subscriptions.ts";

interface Machines {
  /** The directory of the store. */
  readonly store: string;
  /** The environment of another machine, which has nothing but the store in common. */
  readonly machine: (name: string) => Readonly<Record<string, string>>;
}

const test = base.extend<Machines>({
  store: async ({ directory }, use) => use(join(directory, "store")),
  machine: async ({ directory, signedIn, store }, use) =>
    use((name) => ({
      ...signedIn,
      RCWH_CONFIG_DIR: join(directory, name),
      RCWH_STORE: `file://${store}`,
    })),
});

function logins({ requests }: Emulator): number {
  return requests.filter(({ path }) => path === "/restapi/oauth/token").length;
}

function writes({ requests }: Emulator): readonly string[] {
  return requests
    .filter(({ method, path }) => method !== "GET" && path.includes("/subscription"))
    .map(({ method, path }) => `${method} ${path.replace(/[\da-f]{8}-.*?(?=\/|$)/, "ID")}`);
}

describe("rcwh with a store", () => {
  test("keeps the session there, and another machine uses it", async ({
    rcwh,
    machine,
    emulator,
    store,
    directory,
    expect,
  }) => {
    await rcwh("list", { env: machine("one") });
    await rcwh("list", { env: machine("two") });

    expect(logins(emulator)).toBe(1);
    expect(readdirSync(store).sort()).toEqual([".store", "accounts", "quota"]);
    expect(existsSync(join(directory, "one"))).toBe(false);
  });

  describe("and RCWH_STORE_KEY", () => {
    const [oldKey, newKey] = ["old", "new"].map((name) =>
      Buffer.alloc(32, name).toString("base64"),
    );
    const contentsOf = (store: string) =>
      readdirSync(join(store, "accounts"))
        .filter((name) => name.endsWith(".json"))
        .map((name) => readFileSync(join(store, "accounts", name), "utf8"))
        .join("\n");

    test("keeps tokens there that only machines with the key can read", async ({
      rcwh,
      machine,
      emulator,
      store,
      expect,
    }) => {
      await rcwh("list", { env: { ...machine("one"), RCWH_STORE_KEY: oldKey } });
      const two = await rcwh("list", { env: { ...machine("two"), RCWH_STORE_KEY: oldKey } });

      expect(two.exitCode).toBe(0);
      expect(logins(emulator)).toBe(1);
      expect(contentsOf(store)).toMatch(/^rcwh-sealed:1:[\da-f]{8}:[\w+/=]+$/);

      const sealed = contentsOf(store);
      const without = await rcwh("list", { env: machine("three") });
      expect(without).toEqual({
        exitCode: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /^error: The entry accounts\/[\da-f]{32} of the store is sealed, and no key was given\.\n.*RCWH_STORE_KEY/,
        ),
      });
      const other = await rcwh("list", { env: { ...machine("four"), RCWH_STORE_KEY: newKey } });
      expect(other.exitCode).toBe(1);
      expect(other.stderr).toContain("sealed with a key that was not given: its id is ");
      expect(contentsOf(store)).toBe(sealed);
    });

    test("takes the old key behind the new one, and plain entries where it ends with plain", async ({
      rcwh,
      machine,
      emulator,
      endpoint,
      store,
      expect,
    }) => {
      await rcwh("list", { env: machine("one") });
      const refused = await rcwh("list", { env: { ...machine("one"), RCWH_STORE_KEY: oldKey } });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain("is not sealed, although it is secret.");

      const env = (key: string) => ({ ...machine("one"), RCWH_STORE_KEY: key });
      await rcwh("list", { env: env(`${oldKey},plain`) });
      const create = ["create", "--filter", "posts", "--url", endpoint.url];
      await rcwh(create, { env: env(`${oldKey},plain`) });
      const before = contentsOf(store);
      expect(before).toMatch(/^rcwh-sealed/);
      await rcwh("delete --all --yes", { env: env(`${newKey},${oldKey}`) });
      expect(contentsOf(store).slice(0, 24)).not.toBe(before.slice(0, 24));
      expect((await rcwh("list", { env: env(newKey ?? "") })).exitCode).toBe(0);
      expect(logins(emulator)).toBe(1);
    });

    test("says how to make a key where it is none", async ({ rcwh, machine, expect }) => {
      const result = await rcwh("list", { env: { ...machine("one"), RCWH_STORE_KEY: "secret" } });

      expect(result).toEqual({
        exitCode: 2,
        stdout: "",
        stderr: `error: The key to seal the store with must be 32 bytes, in base64 or hex: this one has 4.
hint: Make one with \`openssl rand -base64 32\`.
`,
      });
    });
  });

  test("takes the URL from --store before RCWH_STORE", async ({
    rcwh,
    machine,
    directory,
    expect,
  }) => {
    const other = join(directory, "other");
    await rcwh(["list", "--store", `file://${other}`], { env: machine("one") });
    expect(readdirSync(other)).toContain("accounts");
  });

  test("knows on one machine what another has made", async ({
    rcwh,
    machine,
    emulator,
    endpoint,
    directory,
    expect,
  }) => {
    const token = join(directory, "token");
    writeFileSync(token, "a-token-of-the-endpoint\n");
    const words = ["create", "--filter", "posts", "--url", endpoint.url, "--expires-in", "30d"];
    await rcwh([...words, "--verification-token-file", token], { env: machine("one") });
    const id = onlyId(emulator);
    const renewed = await rcwh("renew --all --json", { env: machine("two") });
    const [{ subscription }] = JSON.parse(renewed.stdout).results;
    expect(subscription.expiresIn).toBeGreaterThan(29 * 86_400);
    const moved = ["update", id, "--url", `${endpoint.url}/new`, "--yes"];
    // It has the verification token from the other machine.
    expect(await rcwh([...moved, "--require-token"], { env: machine("two") })).toMatchObject({
      exitCode: 0,
    });
    expect(onlyId(emulator)).not.toBe(id);
  });

  test("shows how the last run of another machine ended", async ({ rcwh, machine, expect }) => {
    await rcwh("renew", { env: machine("one") });
    const { exitCode, stdout } = await rcwh("status", { env: machine("two") });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("ok");
  });

  test("lets one machine work on an account at a time", async ({
    rcwh,
    machine,
    emulator,
    endpoint,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 86_400 });
    let second: Promise<unknown> | undefined;
    emulator.intercept(async ({ url }) => {
      if (!url.endsWith("/renew") || second) return undefined;
      second = rcwh("renew", { env: machine("two") });
      await second;
      return undefined;
    }, Number.POSITIVE_INFINITY);
    const first = await rcwh("renew", { env: machine("one") });

    expect(first.exitCode).toBe(0);
    expect(await second).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(
        /^error: Another rcwh is working on profile environment \(process \d+ on test-host since 2026-11-22T12:00:00Z\)\.\n/,
      ),
    });
  });

  test("changes nothing after it was suspended for so long that another may have its lock", async ({
    rcwh,
    machine,
    emulator,
    endpoint,
    expect,
  }) => {
    await subscribe(emulator, endpoint.url, { expiresIn: 86_400 });
    emulator.clearLog();
    const stopwatch = vi.spyOn(performance, "now");
    emulator.intercept(({ url }) => {
      if (url.endsWith("/subscription")) {
        const before = performance.now();
        stopwatch.mockImplementation(() => before + 60_000);
      }
      return undefined;
    });
    const renewed = await rcwh("renew", { env: machine("one") });
    stopwatch.mockRestore();

    expect(renewed.exitCode).toBe(5);
    expect(renewed.stderr).toMatch(
      /This run was suspended for so long that another run may hold the lock accounts\/\w+-run-\w+ now.\n/,
    );
    expect(writes(emulator)).toEqual([]);
  });

  test("leaves profiles in the file of the machine, and nothing else", async ({
    rcwh,
    machine,
    server,
    directory,
    expect,
  }) => {
    const [secret, jwt] = [join(directory, "secret"), join(directory, "jwt")];
    writeFileSync(secret, "emulator-secret");
    writeFileSync(jwt, "user-1");
    const { RCWH_STORE = "", RCWH_CONFIG_DIR = "" } = machine("one");
    const env = { RCWH_STORE, RCWH_CONFIG_DIR };
    const credentials = ["--client-secret-file", secret, "--jwt-file", jwt];
    const words = ["login", "--server", server, "--client-id", "emulator-client", ...credentials];
    expect(await rcwh(words, { env })).toMatchObject({ exitCode: 0 });
    await rcwh("renew", { env });

    expect(readdirSync(RCWH_CONFIG_DIR)).toEqual(["config.json"]);
    const kept = JSON.parse(readFileSync(join(RCWH_CONFIG_DIR, "config.json"), "utf8"));
    expect(Object.keys(kept.tokens ?? {})).toEqual([]);
    const [account = ""] = readdirSync(join(directory, "store", "accounts"));
    const file = join(directory, "store", "accounts", account);
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8")).tokens)).toHaveLength(1);

    await rcwh("logout", { env });
    expect(JSON.parse(readFileSync(file, "utf8")).tokens ?? {}).toEqual({});
    await rcwh(words, { env });
    await rcwh("profile remove default --yes", { env });
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(directory, "store", "runs"))).toEqual([]);
  });

  test("leaves the profile emulator on the machine", async ({ rcwh, machine, store, expect }) => {
    const { RCWH_STORE = "", RCWH_CONFIG_DIR = "" } = machine("one");
    const env = { RCWH_STORE, RCWH_CONFIG_DIR };
    await rcwh("renew --profile emulator", { env });
    expect(existsSync(join(store, "accounts"))).toBe(false);
    expect(existsSync(join(store, "runs"))).toBe(false);
    expect(readdirSync(RCWH_CONFIG_DIR)).toContain("config.json");
  });

  test("keeps external accounts there", async ({ rcwh, machine, server, directory, expect }) => {
    const accounts = [1, 2, 3].map((user) => ({
      ...{ profile: `p${user}`, server, clientId: "emulator-client" },
      ...{ clientSecret: "emulator-secret", jwt: `user-${user}` },
    }));
    const file = join(directory, "accounts.ndjson");
    writeFileSync(file, accounts.map((account) => JSON.stringify(account)).join("\n"));
    const { RCWH_STORE = "", RCWH_CONFIG_DIR = "" } = machine("one");
    const words = ["renew", "--profiles-from", file];
    const renewed = await rcwh(words, { env: { RCWH_STORE, RCWH_CONFIG_DIR } });
    expect(renewed).toMatchObject({ exitCode: 0 });
    expect(existsSync(RCWH_CONFIG_DIR)).toBe(false);
    const names = readdirSync(join(directory, "store", "accounts"));
    expect(names.filter((name) => name.endsWith(".json"))).toHaveLength(3);
  });

  test("works without a configuration directory", async ({
    rcwh,
    machine,
    signedIn,
    emulator,
    expect,
  }) => {
    const { RCWH_STORE } = machine("one");
    const env = { ...signedIn, RCWH_STORE, RCWH_CONFIG_DIR: undefined };
    expect(await rcwh("list", { env })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^No subscriptions\. .*\n$/),
    });
    await rcwh("list", { env });
    expect(logins(emulator)).toBe(1);
  });

  test.for([
    [
      "mysql://rcwh:long-password@db/rcwh",
      "must begin with postgres://, redis://, rediss:// or file:///",
    ],
    ["redis://", "has no host"],
    ["file:store", "must name a directory by its absolute path"],
    ["postgres://rcwh:50%@db/rcwh", 'has a "%" that is not written as %25'],
    ["long-password", "must begin with postgres://, redis://, rediss:// or file:///"],
  ])(
    "refuses the URL %s",
    async ([url = "", problem = ""], { rcwh, machine, emulator, expect }) => {
      const result = await rcwh("renew", { env: { ...machine("one"), RCWH_STORE: url } });
      expect(result).toEqual({
        exitCode: 2,
        stdout: "",
        stderr: `error: Invalid RCWH_STORE value: ${problem}.\nhint: Use a URL such as postgres://user:password@db.example.com/rcwh or redis://cache.example.com.\n`,
      });
      const flags = ["renew", "--store", url];
      expect(await rcwh(flags, { env: machine("one") })).toMatchObject({
        stderr: expect.stringContaining(`error: Invalid --store value: ${problem}.`),
      });
      expect(emulator.requests).toEqual([]);
    },
  );

  test("does nothing without its lock where the store cannot be reached", async ({
    rcwh,
    machine,
    emulator,
    clock,
    expect,
  }) => {
    const port = await closedPort();
    const url = `postgres://rcwh:long-password@127.0.0.1:${port}/rcwh`;
    const result = await rcwh("renew", { env: { ...machine("one"), RCWH_STORE: url } });
    expect({ ...result, stderr: result.stderr.replaceAll(String(port), "5432") }).toEqual({
      exitCode: 5,
      stdout: "",
      stderr:
        "error: Cannot use the store postgres://127.0.0.1:5432/rcwh: connection refused.\n" +
        "hint: Start its server, or correct its URL, then try again.\n",
    });
    expect(clock.sleeps).toHaveLength(2);
    expect(emulator.requests).toEqual([]);
  });
});

describe("rcwh doctor", () => {
  test("has a row for the store", async ({ rcwh, machine, expect }) => {
    const { stdout } = await rcwh("doctor --json", { env: machine("one") });
    const row = JSON.parse(stdout).checks.find(
      ({ rule }: { readonly rule: string }) => rule === "store",
    );
    expect({ ...row, measured: row.measured.replace(/\d+ ms/, "<n> ms") }).toEqual({
      rule: "store",
      status: "pass",
      measured:
        "/tmp/rcwh-test/store: files of this machine, secrets not sealed, answered in <n> ms",
      limit: "writable, kept safely",
    });
  });

  test("tries no account where the store fails", async ({ rcwh, machine, emulator, expect }) => {
    const url = `redis://127.0.0.1:${await closedPort()}`;
    const { exitCode, stdout } = await rcwh("doctor --json", {
      env: { ...machine("one"), RCWH_STORE: url },
    });
    expect(exitCode).toBe(5);
    expect(
      JSON.parse(stdout).checks.map(({ rule, status, code }: Record<string, string>) => ({
        rule,
        status,
        ...(code && { code }),
      })),
    ).toEqual([
      { rule: "node", status: "pass" },
      { rule: "configuration-directory", status: "pass" },
      { rule: "configuration-file", status: "pass" },
      { rule: "store", status: "fail", code: "STORE" },
      { rule: "credentials", status: "skip" },
    ]);
    expect(emulator.requests).toEqual([]);
  });
});
