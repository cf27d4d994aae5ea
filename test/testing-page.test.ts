import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe } from "vitest";
import { isWhole } from "./support/share.ts";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

const test = base.extend<{
  /** A project with the app of the examples, the test files of the page beside it, and rcwh installed. */
  readonly project: string;
}>({
  project: async ({}, use) => {
    const project = await mkdtemp(join(tmpdir(), "rcwh-testing-"));
    await cp(join(root, "examples/webhook-app"), project, {
      recursive: true,
      filter: (source) => !source.includes("node_modules"),
    });
    const page = await readFile(join(root, "docs/testing.md"), "utf8");
    for (const [, name = "", text = ""] of page.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)) {
      // A file may be on the page once only.
      await writeFile(join(project, name), text, { flag: "wx" });
    }
    await mkdir(join(project, "node_modules"));
    await symlink(root, join(project, "node_modules/rcwh"));
    await symlink(join(root, "node_modules/vitest"), join(project, "node_modules/vitest"));
    await use(project);
    await rm(project, { recursive: true });
  },
});

describe("the test files of docs/testing.md pass", () => {
  // A runner says so to the processes that it starts, and Node's then prints no report.
  const env = { PATH: process.env["PATH"], NO_COLOR: "1" };

  test("with node:test", async ({ project, expect }) => {
    const words = ["--test", "--test-reporter=tap", "app.node.test.mjs"];
    const { stdout } = await run(process.execPath, words, { cwd: project, env });
    expect(stdout).toContain("# pass 2\n# fail 0\n");
  });

  // It takes longer to start than all that it runs.
  test.runIf(isWhole)("with Vitest", async ({ project, expect }) => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const words = [vitest, "run", "--root", project, "app.vitest"];
    const { stdout } = await run(process.execPath, words, { cwd: project, env });
    expect(stdout).toContain("Tests  2 passed (2)");
  });
});
