import { execFile } from "node:child_process";
import {
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { describe } from "vitest";
import { configDirectory } from "../src/config/location.ts";
import { findCommandPaths } from "./support/command-paths.ts";
import { warmConfig } from "./support/processes.ts";
import { test } from "./support/rcwh.ts";
import { share } from "./support/share.ts";
import { runInTerminal } from "./support/terminal.ts";

const root = join(import.meta.dirname, "..");

/** The built executable, with a home of its own where nothing is compiled yet. */
async function emptyHome(directory: string) {
  const home = join(directory, "home");
  const configuration = join(home, ".config/rcwh");
  await mkdir(configuration, { recursive: true, mode: 0o700 });
  const { build } = await readInstant();
  return {
    configuration,
    compiled: join(configuration, "compiled"),
    build: join(configuration, "compiled", build),
    async run(env: NodeJS.ProcessEnv = {}) {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        [join(root, "bin/rcwh.js"), "filters", "fax"],
        {
          env: { HOME: home, PATH: process.env["PATH"], ...env },
          timeout: 60_000,
          killSignal: "SIGKILL",
        },
      );
      return stderr + stdout;
    },
  };
}

const fax = /^\S+\/fax\?direction=Inbound\tFax Message Event\t.*\n$/;

describe("what V8 compiles", () => {
  test("is kept in the configuration directory and used by the next run", async ({
    directory,
    expect,
  }) => {
    const { build, run } = await emptyHome(directory);
    expect(await run()).toMatch(fax);

    const before = await snapshotOf(build);
    expect(before).not.toEqual([]);
    expect(await run()).toMatch(fax);
    expect(await snapshotOf(build)).toEqual(before);
  });

  test("is read only as far as a run needs it", async ({ directory, expect }) => {
    const { build, run } = await emptyHome(directory);
    // What an error loads is not what the next runs need.
    await expect(run({ RCWH_OUTPUT: "bogus" })).rejects.toThrow("Invalid RCWH_OUTPUT");
    await run();
    const first = await snapshotOf(build);
    expect(first.map(({ path }) => basename(path)).toSorted()).toEqual([
      expect.stringMatching(/-filters$/),
      expect.stringMatching(/-filters-more$/),
    ]);
    await run({ RCWH_OUTPUT: "json" });
    const [usual, more] = await snapshotOf(build);
    expect(usual).toEqual(first[0]);
    expect(more?.size).toBeGreaterThan(first[1]?.size ?? Number.POSITIVE_INFINITY);
    for (const output of ["json", ""]) await run({ RCWH_OUTPUT: output });
    expect(await snapshotOf(build)).toEqual([usual, more]);
  });

  test.for(["mkfifo", "mkdir"])(
    "does without it where %s took its place",
    async (make, { directory, expect }) => {
      const { build, run } = await emptyHome(directory);
      await run();
      for (const name of await readdir(build)) {
        await rm(join(build, name), { recursive: true });
        await promisify(execFile)(make, [join(build, name)]);
      }
      expect(await run()).toMatch(fax);
    },
  );

  test.for<[string, (home: string) => NodeJS.ProcessEnv, string]>([
    ["RCWH_CONFIG_DIR", (home) => ({ RCWH_CONFIG_DIR: join(home, "own") }), "own"],
    ["XDG_CONFIG_HOME", (home) => ({ XDG_CONFIG_HOME: join(home, "xdg") }), "xdg/rcwh"],
    ["a relative XDG_CONFIG_HOME", () => ({ XDG_CONFIG_HOME: "xdg" }), ".config/rcwh"],
  ])("follows %s", async ([, env, place], { directory, expect }) => {
    const { run } = await emptyHome(directory);
    const home = join(directory, "home");
    await mkdir(join(home, place), { recursive: true });
    expect(configDirectory({ HOME: home, ...env(home) }, "linux")).toBe(join(home, place));
    await run(env(home));
    expect(await readdir(join(home, place))).toEqual(["compiled"]);
  });

  test("is nowhere without a configuration directory, or where Node's own switch forbids it", async ({
    directory,
    expect,
  }) => {
    const { configuration, run } = await emptyHome(directory);
    expect(await run({ NODE_DISABLE_COMPILE_CACHE: "1" })).toMatch(fax);
    expect(await readdir(configuration)).toEqual([]);
    await rm(configuration, { recursive: true });
    expect(await run()).toMatch(fax);
    expect(await run({ HOME: "" })).toMatch(fax);
    expect(await readdir(join(configuration, ".."))).toEqual([]);
  });

  // Node's recursive mkdir never ends there.
  test.runIf(process.platform === "linux")(
    "is nowhere where the system takes no directories",
    async ({ directory, expect }) => {
      const { run } = await emptyHome(directory);
      expect(await run({ RCWH_CONFIG_DIR: "/proc/self" })).toMatch(fax);
    },
  );

  test("is neither read nor written where others can write", async ({ directory, expect }) => {
    const { compiled, build, run } = await emptyHome(directory);
    await run();
    const before = await snapshotOf(build);
    for (const each of before) await writeFile(each.path, "planted");
    await chmod(compiled, 0o770);
    expect(await run()).toMatch(fax);
    for (const { path } of before) expect(await readFile(path, "utf8")).toBe("planted");
  });

  test("is neither read nor written through a link", async ({ directory, expect }) => {
    const { compiled, run } = await emptyHome(directory);
    await mkdir(join(directory, "elsewhere"));
    await symlink(join(directory, "elsewhere"), compiled);
    expect(await run()).toMatch(fax);
    expect(await readdir(join(directory, "elsewhere"))).toEqual([]);
  });

  // V8 runs what it is given: most of these would crash it.
  test.for<[string, (data: Buffer) => Buffer]>([
    ["another text", () => Buffer.from("damaged")],
    ["nothing", () => Buffer.alloc(0)],
    ["the first half", (data) => data.subarray(0, data.length / 2)],
    ["all but the last byte", (data) => data.subarray(0, -1)],
    ["all but the last word", (data) => data.subarray(0, -4)],
    ["only zeros", (data) => Buffer.alloc(data.length)],
    ["zeros at the end", (data) => Buffer.from(data).fill(0, Math.floor(data.length * 0.9))],
    ["a page of zeros", (data) => Buffer.from(data).fill(0, 4096, 8192)],
    ["a flipped bit", (data) => Buffer.from(data).fill(data.readUInt8(9000) ^ 1, 9000, 9001)],
  ])("is replaced where it is damaged: %s", async ([, damage], { directory, expect }) => {
    const { build, run } = await emptyHome(directory);
    await run();
    const before = await snapshotOf(build);
    expect(before).not.toEqual([]);
    for (const { path } of before) await writeFile(path, damage(await readFile(path)));

    expect(await run()).toMatch(fax);
    const after = await snapshotOf(build);
    for (const [index, { path, size, ino }] of after.entries()) {
      expect(ino, path).not.toBe(before[index]?.ino);
      expect(size / (before[index]?.size ?? 0), path).toBeCloseTo(1, 1);
    }
    expect(await run()).toMatch(fax);
    expect(await snapshotOf(build)).toEqual(after);
  });

  test("of builds that ran a month ago goes when another one first runs", async ({
    directory,
    expect,
  }) => {
    const { compiled, run } = await emptyHome(directory);
    const day = 86_400_000;
    for (const [name, days] of [
      ["old", 31],
      ["recent", 29],
    ] as const) {
      await mkdir(join(compiled, name), { recursive: true, mode: 0o700 });
      await writeFile(join(compiled, name, "file"), "");
      const at = new Date(Date.now() - days * day);
      await utimes(join(compiled, name), at, at);
    }
    await chmod(compiled, 0o700);
    await run();
    expect(await readdir(compiled)).toEqual([expect.stringMatching(/^[\da-f]{16}$/), "recent"]);
  });
});

/** The files below a directory, with what changes when one is written again. */
async function snapshotOf(directory: string) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const { size, ino } = await stat(path);
      return { path, size, ino };
    }),
  );
}

test("the program's main file is a script, in which `import()` does not work", async ({
  expect,
}) => {
  expect(await readFile(join(root, "dist/cli.cjs"), "utf8")).not.toMatch(/\bimport\(/);
});

test.for(["--version", "--help", "filters"])(
  "the executable refuses a Node without what it needs: %s",
  async (argument, { directory, expect }) => {
    const older = join(directory, "older.cjs");
    await writeFile(older, "delete process.getBuiltinModule;");

    const run = promisify(execFile)(process.execPath, ["-r", older, "bin/rcwh.js", argument], {
      cwd: root,
    });

    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: `error: rcwh cannot run on Node ${process.versions.node} (${process.execPath}): use Node 20.19, 22.3 or later.\n`,
    });
  },
);

test.for(["--version", "list"])(
  "a clone that is not built says how to build it: %s",
  async (argument, { directory, expect }) => {
    const clone = await realpath(directory);
    await cp(join(root, "bin"), join(clone, "bin"), { recursive: true });

    const run = promisify(execFile)(process.execPath, [join(clone, "bin/rcwh.js"), argument]);

    await expect(run).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: `error: rcwh is not built yet in ${clone}.\nhint: Run \`npm ci\` there: it builds rcwh.\n`,
    });
  },
);

test("the executable loads the program as usual in Bun", async ({ directory, expect }) => {
  const { configuration, run } = await emptyHome(directory);
  const bun = join(directory, "bun.cjs");
  const versions = "{ ...process.versions, bun: '1.3.0' }";
  await writeFile(bun, `Object.defineProperty(process, "versions", { value: ${versions} });`);

  expect(await run({ NODE_OPTIONS: `-r ${bun}` })).toMatch(fax);
  expect(await readdir(configuration)).toEqual([]);
});

describe("the executable answers without the program", () => {
  test("--version", async ({ rcwh, expect }) => {
    const { version } = await readInstant();

    expect(await rcwh("--version")).toEqual({ exitCode: 0, stdout: version, stderr: "" });
    expect(await rcwh("-V")).toMatchObject({ stdout: version });
  });

  test("the root --help and -h", async ({ rcwh, expect }) => {
    const { help, brief } = await readInstant();

    for (const [words, stdout] of [
      ["--help", help],
      ["-h", brief],
    ]) {
      expect(await rcwh(words)).toMatchObject({ stdout });
      expect(await rcwh(words, { tty: true, columns: 80 })).toMatchObject({ stdout });
    }
  });

  test("the --help and -h of every command, as the program prints it", async ({ rcwh, expect }) => {
    const pages = await readPages();
    const paths = await findCommandPaths({ aliases: true });
    expect([...pages.keys()].toSorted()).toEqual(
      paths.flatMap((path) => [path, `${path} -h`]).toSorted(),
    );
    // One file has them all, from one build: a share tells whether it is of this source.
    for (const [path, [piped, shown = piped]] of share([...pages], 5)) {
      const words = path.endsWith(" -h") ? path : `${path} --help`;
      expect(await rcwh(words), words).toEqual({ exitCode: 0, stdout: piped, stderr: "" });
      const terminal = { tty: true, columns: 200 };
      expect(await rcwh(words, terminal), words).toMatchObject({ stdout: shown });
    }
  });

  const lines: readonly [string, NodeJS.ProcessEnv?][] = [
    ["list --help"],
    ["ls -h"],
    ["help list"],
    ["emulator fault clear --help"],
    ["help emulator fault"],
    ["help profile rm"],
    ["-h"],
    ["emulator clock -h"],
    ["list --help", { COLUMNS: "200" }],
    ["list --help", { COLUMNS: "60" }],
    ["list -h", { COLUMNS: "40" }],
    ["--help", { COLUMNS: "60" }],
    ["list --help", { NO_COLOR: "1", FORCE_COLOR: "1", TERM: "dumb" }],
    ["list --help", { COLUMNS: "80.5" }],
    ["filters"],
    ["filters sms thread"],
    ["explain SUB-406"],
    ["explain sub525 8 Webhook responses with code: [404], reason: [Not Found]"],
    ["lst"],
    ["lst filters"],
    ["frobnicate"],
    ["Pröfile"],
    // These are for the program.
    ["filters show sms"],
    ["filters nothing-has-this"],
    ["filters sms --json"],
    ["filters", { RCWH_OUTPUT: "json" }],
    ["explain SUB-406 SUB-999"],
    ["explain nonsense"],
    ["explain --list"],
    ["explain SUB-406", { RCWH_OUTPUT: "bogus" }],
    ["explain password", { https_proxy: "http://me:password@127.0.0.1:9" }],
    ["lst", { FORCE_COLOR: "1" }],
    ["lst --json"],
    ["lst", { RCWH_OUTPUT: "json" }],
    ["password", { HTTPS_PROXY: "http://me:password@127.0.0.1:9" }],
    ["list --help", { RCWH_OUTPUT: "json" }],
    ["list --help", { RCWH_OUTPUT: "bogus" }],
    ["list --no-color --help"],
    ["list --all --help"],
    ["help list --help"],
    ["help lst"],
    ["lst --help"],
    ["emulator lst --help"],
    ["help help"],
    ["help selectors"],
  ];
  test.for(share(lines, 4))(
    "prints for %s what the program prints: %o",
    async ([words, env = {}], { directory, rcwh, expect }) => {
      const config = warmConfig(join(directory, "config"));
      const printed = await new Promise((resolve) => {
        const options = { env: { PATH: process.env["PATH"], RCWH_CONFIG_DIR: config, ...env } };
        const whole = [join(root, "bin/rcwh.js"), ...words.split(" ")];
        execFile(process.execPath, whole, options, (error, stdout, stderr) =>
          resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
        );
      });

      expect(printed).toEqual(await rcwh(words, { env }));
    },
  );
});

test.for([80, 60, 200])(
  "the executable prints in a terminal of %i columns what the program prints",
  async (columns, { rcwh, expect }) => {
    const session = runInTerminal(["list", "--help"], { env: {}, columns, rows: 200 });
    expect(await session.exitCode).toBe(0);
    const { stdout } = await rcwh("list --help", { tty: true, columns });
    expect(session.text()).toBe(stdout);
  },
);

test("what describes the commands is what the build has packed", async ({ rcwh, expect }) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "bin/rcwh.js"), "commands", "--json"],
    { maxBuffer: 10_000_000, env: {} },
  );

  expect(stdout === (await rcwh("commands --json")).stdout).toBe(true);
});

describe("bench/budgets.json", () => {
  test("is kept by the files of the build", async ({ expect }) => {
    const { files } = await readBudgets();
    for (const [pattern, budget] of Object.entries(files)) {
      const [directory = "", name = ""] = pattern.split("/");
      const [start = "", end = ""] = name.split("*");
      const all = await readdir(join(root, directory));
      const those = all.filter((each) => each.startsWith(start) && each.endsWith(end));
      const sizes = those.map(async (each) => (await stat(join(root, directory, each))).size);
      const sum = (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
      expect(sum, pattern).toBeGreaterThan(0);
      expect(sum, pattern).toBeLessThanOrEqual(budget);
    }
  });

  test("is kept by what a run loads", async ({ directory, signedIn, expect }) => {
    const env = { PATH: process.env["PATH"], ...signedIn, RCWH_CONFIG_DIR: join(directory, "c") };
    const load = async (words: string) => {
      const report = join(directory, "loaded.json");
      const preload = join(import.meta.dirname, "support/report-loaded.cjs");
      const all = ["-r", preload, join(root, "bin/rcwh.js"), ...words.split(" ")];
      const options = { env: { ...env, LOADED: report } };
      await promisify(execFile)(process.execPath, all, options).catch(() => {});
      return JSON.parse(await readFile(report, "utf8"));
    };
    await load("list"); // signs in
    const { runs } = await readBudgets();
    for (const [words, budget] of Object.entries(runs)) {
      const { files, modules } = await load(words);
      const sizes = Object.values<number>(files);
      const names = `${words}: ${Object.keys(files).join(" ")}`;
      expect(sizes.length, names).toBeGreaterThan(0);
      expect(sizes.length, names).toBeLessThanOrEqual(budget.files);
      expect(
        sizes.reduce((total, size) => total + size, 0),
        names,
      ).toBeLessThanOrEqual(budget.bytes);
      expect(
        budget.without.filter((name) => modules.includes(name)),
        words,
      ).toEqual([]);
    }
  });
});

interface Budgets {
  /** Bytes of a file, or of all that a pattern matches. */
  readonly files: Readonly<Record<string, number>>;
  /** By command line: how much of the build it may load, and which modules of Node it may not. */
  readonly runs: Readonly<
    Record<
      string,
      { readonly files: number; readonly bytes: number; readonly without: readonly string[] }
    >
  >;
}

async function readBudgets(): Promise<Budgets> {
  return JSON.parse(await readFile(join(root, "bench/budgets.json"), "utf8"));
}

async function readInstant() {
  return JSON.parse(await readFile(join(root, "dist/instant.json"), "utf8"));
}

/** What the build has rendered: the help for a pipe, and for a terminal where that differs. */
async function readPages(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = brotliDecompressSync(await readFile(join(root, "dist/help.br"))).toString();
  const pages = text.split("\0\0").filter((page) => page !== "");
  return new Map(
    pages.map((page) => {
      const [path = "", ...texts] = page.split("\0");
      return [path, texts];
    }),
  );
}

test("the licences of bundled packages and a bill of materials are included", async ({
  expect,
}) => {
  const text = await readFile(join(root, "dist/THIRD-PARTY-LICENCES.txt"), "utf8");
  // Packages with the same text stand above it together, each with its copyright.
  const notices = [...text.matchAll(/^-{80}\n((?:\S+ \d\S*: \S+\n(?: {2}\S.*\n)*)+)\n\S/gm)];
  const packages = notices
    .flatMap(([, names = ""]) => names.trim().split(/\n(?! )/))
    .map((each) => each.split("\n")[0] ?? "");
  expect(text).toContain(
    "\ncommander 14.0.3: MIT\n  Copyright (c) 2011 TJ Holowaychuk <tj@vision-media.ca>\n",
  );
  const named = packages.map((each) => each.split(" ")[0]);
  expect(named).toEqual(
    expect.arrayContaining(["@ringcentral/sdk", "commander", "conf", "hono", "inquirer", "yaml"]),
  );
  // What never runs.
  for (const unused of ["node-fetch", "ajv", "semver", "iconv-lite", "chardet"]) {
    expect(named).not.toContain(unused);
  }
  expect(text).not.toContain("comes without the text of its licence");

  // The bill of materials names the same packages, with their hashes.
  const { components } = JSON.parse(await readFile(join(root, "dist/sbom.cdx.json"), "utf8"));
  const listed = components.map(
    ({ name, version }: Record<string, string>) => `${name} ${version}`,
  );
  const noticed = packages.map((each) => each.split(": ")[0]);
  expect(listed.toSorted()).toEqual(noticed.toSorted());
  for (const { hashes } of components) expect(hashes[0].content).toMatch(/^[\da-f]{128}$/);
});

test("the lock file has a hash for every package", async ({ expect }) => {
  const { packages } = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const without = Object.entries<Record<string, unknown>>(packages)
    .filter(([place, { integrity }]) => place !== "" && !String(integrity).startsWith("sha512-"))
    .map(([place]) => place);
  expect(without).toEqual([]);
});

test("what DEBUG asks libraries for is not printed, such as the password of a proxy", async ({
  directory,
  expect,
}) => {
  const env = {
    PATH: process.env["PATH"],
    RCWH_CONFIG_DIR: directory,
    RCWH_SERVER: "https://platform.test",
    RCWH_CLIENT_ID: "client",
    RCWH_CLIENT_SECRET: "aX3fQ9TzLw7",
    RCWH_JWT: "user-98765",
    HTTPS_PROXY: "http://me:pP9v2Hd7Mk4Xs@127.0.0.1:9",
    DEBUG: "*",
  };
  await expect(
    promisify(execFile)(process.execPath, [join(root, "bin/rcwh.js"), "list"], { env }),
  ).rejects.toMatchObject({
    code: 5,
    stdout: "",
    stderr: expect.stringMatching(/^error: .*the proxy 127\.0\.0\.1:9.*\nhint: .*\n$/),
  });
});
