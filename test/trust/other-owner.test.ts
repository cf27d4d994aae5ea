import { execFile } from "node:child_process";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
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
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], RCWH_CONFIG_DIR: directory };
    const options = { env, uid: nobody, gid: nobody, cwd: "/" };
    execFile(process.execPath, [script, "profile", "list"], options, (error, _, stderr) =>
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
});
