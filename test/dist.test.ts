import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe } from "vitest";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

interface Installed {
  /** Nothing but what the tests put there. */
  readonly directory: string;
  /** The files in the package. */
  readonly files: readonly string[];
  /** Runs the executable that npm linked, from an empty folder; `TMPDIR` and `HOME` are empty, too. */
  rcwh(...words: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
}

const test = base.extend<{ readonly installed: Installed }>({
  installed: [
    async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), "rcwh-install-"));
      const [project, home, empty] = ["project", "home", "empty"].map((each) =>
        join(directory, each),
      );
      if (!project || !home || !empty) throw new Error("unreachable");
      for (const each of [project, home, empty]) await mkdir(each);
      const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: empty };
      // Without scripts, because the global setup has built already.
      const packed = await run(
        "npm",
        ["pack", "--ignore-scripts", "--json", "--pack-destination", directory],
        { cwd: root, env },
      );
      const [{ filename, files }] = JSON.parse(packed.stdout);
      await run(
        "npm",
        ["install", "--offline", "--no-audit", "--no-fund", join(directory, filename)],
        { cwd: project, env },
      );
      await rm(home, { recursive: true });
      await mkdir(home);
      await use({
        directory,
        files: files.map(({ path }: { readonly path: string }) => path),
        rcwh: (...words) =>
          run(join(project, "node_modules/.bin/rcwh"), words, { cwd: empty, env }),
      });
      await rm(directory, { recursive: true });
    },
    { scope: "file" },
  ],
});

describe("The package", () => {
  test("holds the executable, the bundle and what people read", async ({ installed, expect }) => {
    const expected =
      /^(?:bin\/(?:rcwh\.js|package\.json)|dist\/[\w-]+\.(?:cjs|cache|txt|json)|package\.json|[A-Z]+(?:\.md)?)$/;

    expect(installed.files.filter((path) => !expected.test(path))).toEqual([]);
    expect(installed.files).toEqual(
      expect.arrayContaining(["bin/rcwh.js", "dist/cli.cjs", "dist/instant.json", "LICENSE"]),
    );
  });

  test("tells nothing of the machine that built it", async ({ installed, expect }) => {
    for (const path of installed.files) {
      const text = await readFile(
        join(installed.directory, "project/node_modules/rcwh", path),
        "utf8",
      );
      expect(text.includes(root), path).toBe(false);
      expect(text.includes("sourceMappingURL"), path).toBe(false);
    }
  });

  test("installs alone", async ({ installed, expect }) => {
    const modules = await readdir(join(installed.directory, "project/node_modules"));

    expect(modules.filter((name) => !name.startsWith("."))).toEqual(["rcwh"]);
  });
});

describe("The installed rcwh", () => {
  test("prints its version and its help", async ({ installed, expect }) => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

    expect(await installed.rcwh("--version")).toEqual({ stdout: `${version}\n`, stderr: "" });
    for (const words of [["--help"], ["-h"], ["help"], []]) {
      const { stdout, stderr } = await installed.rcwh(...words);
      expect(stdout).toMatch(/^Usage: rcwh <command> \[flags\]\n/);
      expect(stderr).toBe("");
    }
  });

  test("searches the catalogue", async ({ installed, expect }) => {
    const { stdout, stderr } = await installed.rcwh("filters", "voicemail");

    expect(stdout).toMatch(/\/voicemail\t/);
    expect(stderr).toBe("");
  });

  test("plays the demo, and leaves nothing behind", async ({ installed, expect }) => {
    const { stdout } = await installed.rcwh("demo");

    expect(stdout).toContain("an event arrived");
    expect(stdout).toContain("Now with your own account");
    expect(await readdir(join(installed.directory, "home"))).toEqual([]);
    expect(await readdir(join(installed.directory, "empty"))).toEqual([]);
  });

  test("says that nobody is signed in, and writes nothing", async ({ installed, expect }) => {
    await expect(installed.rcwh("list")).rejects.toMatchObject({
      code: 4,
      stdout: "",
      stderr: "error: You are not signed in.\nhint: Sign in with `rcwh login`.\n",
    });
    expect(await readdir(join(installed.directory, "home"))).toEqual([]);
  });
});
