import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import Module from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { describe } from "vitest";
import { test } from "./support/rcwh.ts";

const root = join(import.meta.dirname, "..");

/** The bin and the bundle in a directory of their own, where tests may change them. */
async function copyBundle(directory: string) {
  for (const name of ["bin", "dist"]) {
    await cp(join(root, name), join(directory, name), { recursive: true });
  }
  await mkdir(join(directory, "home"));
  const env = { HOME: join(directory, "home"), PATH: process.env["PATH"] };
  return {
    cache: join(directory, "dist/cli.cache"),
    run: (...words: readonly string[]) =>
      promisify(execFile)(process.execPath, [join(directory, "bin/rcwh.js"), ...words], { env }),
  };
}

const hasOwnCache = "enableCompileCache" in Module;
const fax = /^\S+\/fax\?direction=Inbound\tFax Message Event\t.*\n$/;

describe.skipIf(hasOwnCache)("the compiled bundle", () => {
  test("is accepted by the Node that built it", async ({ expect }) => {
    const path = join(root, "dist/cli.cjs");
    const cachedData = await readFile(path.replace(/cjs$/, "cache"));
    const script = new Script(Module.wrap(await readFile(path, "utf8")), { cachedData });
    expect(script.cachedDataRejected).toBe(false);
  });

  test("is optional", async ({ directory, expect }) => {
    const { cache, run } = await copyBundle(directory);
    await rm(cache);
    expect(await run("filters", "fax")).toEqual({ stdout: expect.stringMatching(fax), stderr: "" });
  });

  test("is ignored if another Node version built it", async ({ directory, expect }) => {
    const { cache, run } = await copyBundle(directory);
    const foreign = await readFile(cache);
    foreign.writeUInt32LE(foreign.readUInt32LE(4) ^ 1, 4); // the version's hash
    await writeFile(cache, foreign);
    expect(await run("filters", "fax")).toEqual({ stdout: expect.stringMatching(fax), stderr: "" });
  });
});

test("the executable prints the version and the root help of rcwh", async ({ rcwh, expect }) => {
  const { version, help } = JSON.parse(await readFile(join(root, "dist/instant.json"), "utf8"));

  expect(await rcwh("--help")).toMatchObject({ stdout: help });
  expect(await rcwh("--version")).toEqual({ exitCode: 0, stdout: version, stderr: "" });
  expect(await rcwh("-V")).toMatchObject({ stdout: version });
});

test("the licences of bundled packages are included", async ({ expect }) => {
  const text = await readFile(join(root, "dist/THIRD-PARTY-LICENCES.txt"), "utf8");
  const named = [...text.matchAll(/^-{80}\n(\S+) \d\S*: (\S+)$/gm)].map((match) => match[1]);
  expect(named).toEqual(
    expect.arrayContaining(["@ringcentral/sdk", "commander", "conf", "hono", "inquirer", "yaml"]),
  );
  expect(named).not.toContain("node-fetch");
  expect(text).not.toContain("comes without the text of its licence");
});
