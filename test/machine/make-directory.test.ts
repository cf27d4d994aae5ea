import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeDirectory } from "../../src/machine/make-directory.ts";

describe("makeDirectory", () => {
  test("creates missing directories, readable only by this user", () => {
    const directory = fs.mkdtempSync(join(tmpdir(), "rcwh-directories-"));
    onTestFinished(() => fs.rmSync(directory, { recursive: true }));
    const path = join(directory, "a/b/c");

    makeDirectory(path);
    makeDirectory(path);

    expect(fs.statSync(join(directory, "a")).mode & 0o777).toBe(0o700);
    makeDirectory(join(directory, "shared/by"), 0o755);
    expect(fs.statSync(join(directory, "shared")).mode & 0o777).toBe(0o755 & ~process.umask());
    expect(fs.statSync(path).isDirectory()).toBe(true);
    fs.writeFileSync(join(path, "file"), "");
    expect(() => makeDirectory(join(path, "file"))).toThrow("EEXIST");
    expect(() => makeDirectory(join(path, "file/d"))).toThrow("ENOTDIR");
  });

  // Node's recursive mkdir never ends there.
  test.runIf(process.platform === "linux")("fails where the system takes no directories", () => {
    expect(() => makeDirectory("/proc/none")).toThrow("ENOENT");
    expect(() => makeDirectory("/proc/none/at/all")).toThrow("ENOENT");
  });
});
