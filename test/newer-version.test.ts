import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe } from "vitest";
import { test as base } from "./support/rcwh.ts";

interface Fixtures {
  /** Runs commands that leave every kind of file in rcwh's directory. */
  readonly used: string;
  /** Gives a file, or all files in a folder, the version of a newer rcwh; resolves to what they are then, by path. */
  readonly update: (place: readonly string[]) => Promise<Readonly<Record<string, string>>>;
}

const lease = { marker: "0123456789abcdef01234567", pid: 1, holder: { of: "a newer rcwh" } };
const newer = { version: 2, schemaVersion: 2 };

const test = base.extend<Fixtures>({
  used: async ({ rcwh, directory, endpoint }, use) => {
    const config = join(directory, "config");
    const run = async (command: string) => {
      const { exitCode, stderr } = await rcwh(command);
      if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${stderr}`);
    };
    await run(`create --filter posts --url ${endpoint.url}`);
    await run("renew");
    await run(`--profile emulator create --filter posts --url ${endpoint.url}`);
    const path = join(config, "listeners", `${lease.marker}.json`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(lease));
    await use(config);
  },
  update: async ({ used }, use) => {
    await use(async (place) => {
      const path = join(used, ...place);
      const names = await readdir(path).catch(() => [""]);
      const files = names.filter((name) => !name.includes(".lock")).map((name) => join(path, name));
      for (const file of files) {
        const value: unknown = JSON.parse(await readFile(file, "utf8"));
        await writeFile(file, `${JSON.stringify({ ...Object(value), ...newer })}\n`);
      }
      return readAll(files);
    });
  },
});

async function readAll(files: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return Object.fromEntries(files.map((file, index) => [file, texts[index] ?? ""]));
}

/** Each file of ours, and the commands that read it. Those that change something come first. */
const files: readonly [place: readonly string[], wayOut: string, commands: readonly string[]][] = [
  [
    ["config.json"],
    "set RCWH_CONFIG_DIR to another directory",
    [
      "renew",
      "renew --recover",
      "recover --all --yes",
      "delete --all --yes",
      "forget --status gone --yes",
      "create --filter presence --url http://127.0.0.1:9/",
      "update 0000 --add-filter presence",
      "rotate-token 0000 --yes",
      "logout --yes",
      "profile list",
      "profile remove work --yes",
      "list",
      "show 0000",
      "status --max-age 1d",
    ],
  ],
  [
    ["runs"],
    "set RCWH_CONFIG_DIR to another directory",
    ["renew", "renew --recover", "status --max-age 1d"],
  ],
  [
    ["quota"],
    "set RCWH_CONFIG_DIR to another directory",
    ["renew", "delete --all --yes", "list", "whoami"],
  ],
  [
    ["listeners"],
    "set RCWH_CONFIG_DIR to another directory",
    ["listen --filter posts", "trigger posts", "replay x --yes"],
  ],
  [
    ["emulator.json"],
    "move the file away to start with an empty emulator",
    [
      "--profile emulator renew",
      "--profile emulator list",
      "--profile emulator emulator state --reset",
    ],
  ],
];

describe("a file of a newer rcwh", () => {
  for (const [place, wayOut, commands] of files) {
    // As all of them leave it as it is, each finds the same.
    test(`is refused and left as it is, and a failed check of doctor: ${place.join("/")}`, async ({
      rcwh,
      update,
      used,
      emulator,
      expect,
    }) => {
      const before = await update(place);
      const names = await readdir(used, { recursive: true });
      const requests = emulator.requests.length;
      for (const command of commands) {
        const { stdout, stderr, exitCode } = await rcwh(command);
        const [, shown = ""] = /(\S+) was written by/.exec(stderr) ?? [];
        expect({ exitCode, stdout }, command).toEqual({ exitCode: 2, stdout: "" });
        const path = shown.replace("/tmp/rcwh-test", dirname(used));
        expect(Object.keys(before), command).toContain(path);
        expect(stderr).toContain(": its version is 2, and this rcwh supports version 1.");
        expect(stderr, command).toContain(`hint: Update rcwh, or ${wayOut}.`);
        expect(stderr).not.toContain("hit a bug");
        expect(await readAll(Object.keys(before)), command).toEqual(before);
        const after = await readdir(used, { recursive: true });
        expect(after, command).toEqual(expect.arrayContaining(names));
        const changes = emulator.requests.slice(requests).filter(({ method }) => method !== "GET");
        expect(changes, command).toEqual([]);
      }

      const emulated = place[0] === "emulator.json" ? "--profile emulator " : "";
      const { stdout, stderr } = await rcwh(`${emulated}doctor`);
      expect(stderr).not.toContain("hit a bug");
      if (place[0] !== "listeners") expect(stdout).toContain("was written by a newer rcwh");
      expect(await readAll(Object.keys(before))).toEqual(before);
    });
  }

  test("may be a recording", async ({ rcwh, directory, expect }) => {
    const path = join(directory, "events.ndjson");
    const line = { ...newer, receivedAt: "2026-11-22T12:00:00Z", events: [] };
    await writeFile(path, `${JSON.stringify(line)}\n`);
    expect(await rcwh(`replay ${path} --dry-run`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: line 1 of /tmp/rcwh-test/events.ndjson was written by a newer rcwh: its version is 2, and this rcwh supports version 1.
      hint: Update rcwh, or record the events again with this version.
      ",
        "stdout": "",
      }
    `);
  });

  test("may be the state of an emulator", async ({ rcwh, directory, expect }) => {
    const path = join(directory, "state.json");
    const state = JSON.stringify({ format: "rcwh-emulator", schemaVersion: 3 });
    await writeFile(path, state);
    expect(await rcwh(`emulator --port 0 --state ${path}`)).toMatchInlineSnapshot(`
      {
        "exitCode": 2,
        "stderr": "error: /tmp/rcwh-test/state.json was written by a newer rcwh: its version is 3, and this rcwh supports version 1.
      hint: Update rcwh, or move the file away to start with an empty emulator.
      ",
        "stdout": "",
      }
    `);
    expect(await readFile(path, "utf8")).toBe(state);
  });

  test("may be that of an account", async ({ rcwh, signedIn, directory, expect }) => {
    const config = join(directory, "config", "accounts");
    const { RCWH_SERVER: server } = signedIn;
    const account = { profile: "acme", server, clientId: "emulator-client" };
    const line = { ...account, clientSecret: "emulator-secret", jwt: "user-1" };
    await writeFile(join(directory, "accounts"), JSON.stringify(line));
    const command = `list --profiles-from ${join(directory, "accounts")}`;
    expect(await rcwh(command, { env: {} })).toMatchObject({ exitCode: 0 });
    const [name = ""] = await readdir(config);
    await writeFile(join(config, name), '{"version":2}', { mode: 0o600 });
    const { exitCode, stderr } = await rcwh(command, { env: {} });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${name} was written by a newer rcwh: its version is 2`);
    expect(await readFile(join(config, name), "utf8")).toBe('{"version":2}');
  });
});
