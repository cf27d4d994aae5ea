import { execFile, execFileSync } from "node:child_process";
import { chmod, chown, lchown, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode } from "../../src/errors.ts";
import { isTrustedOwner } from "../../src/machine/file-owner.ts";
import { test } from "../support/rcwh.ts";

const nobody = 65_534;
const other = 65_533;
const script = join(import.meta.dirname, "../../bin/rcwh.js");

/** Runs rcwh as the user `nobody`. */
function runAsNobody(
  directory: string,
  words = ["profile", "list"],
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], RCWH_CONFIG_DIR: directory };
    const options = { env, uid: nobody, gid: nobody, cwd: "/" };
    execFile(process.execPath, [script, ...words], options, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

test("a user trusts what is the user's own or root's, and root trusts all", ({ expect }) => {
  expect([isTrustedOwner(1000, 1000), isTrustedOwner(0, 1000), isTrustedOwner(1000, 0)]).toEqual([
    true,
    true,
    true,
  ]);
  expect([isTrustedOwner(1001, 1000), isTrustedOwner(1001, undefined)]).toEqual([false, true]);
});

describe.skipIf(process.getuid?.() !== 0)("what another user owns is refused", () => {
  test("a directory", async ({ directory, expect }) => {
    await chmod(directory, 0o755);
    const config = join(directory, "config");
    await mkdir(config, { mode: 0o755 });
    await writeFile(join(config, "config.json"), "{}", { mode: 0o600 });
    await chown(join(config, "config.json"), nobody, nobody);
    await chown(config, other, other);
    expect(await runAsNobody(config)).toEqual({
      code: ExitCode.usage,
      stderr: `error: Another user owns ${config}.\nhint: Set RCWH_CONFIG_DIR to a directory of your own, then sign in with \`rcwh login\`.\n`,
    });
    await chown(config, nobody, nobody);
    expect(await runAsNobody(config)).toMatchObject({ code: ExitCode.ok });
  });

  test("a recording", async ({ directory, expect }) => {
    await chmod(directory, 0o777);
    const path = (name: string) => join(directory, name);
    for (const name of ["file", "victim"]) {
      await writeFile(path(name), `${name}\n`);
      await chmod(path(name), 0o666);
    }
    execFileSync("mkfifo", ["-m", "666", path("pipe")]);
    await symlink(path("victim"), path("link"));
    await chown(path("victim"), nobody, nobody);
    for (const name of ["file", "pipe", "link"]) await lchown(path(name), other, other);

    const listen = "listen --receive-only --port 0 --exit-after 1s --record".split(" ");
    const config = path("config");
    const runs = ["file", "pipe", "link"].map((name) =>
      runAsNobody(config, [...listen, path(name)]),
    );
    for (const { code, stderr } of await Promise.all(runs)) {
      expect({ code, stderr }).toMatchObject({
        code: ExitCode.usage,
        stderr: expect.stringContaining(": another user owns it.\nhint: Name a file"),
      });
    }
    expect(await readFile(path("victim"), "utf8")).toBe("victim\n");
    expect((await stat(path("victim"))).mode & 0o777).toBe(0o666);
  });
});
