import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";
import { moveAside, replaceFile } from "../../src/machine/atomic-write.ts";
import { test } from "../config/support.ts";

describe("replaceFile", () => {
  test("creates a file that only its user can read", async ({ place, expect }) => {
    const file = path.join(place, "file");

    await replaceFile(file, "text", { durable: true });

    expect(readFileSync(file, "utf8")).toBe("text");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(place)).toEqual(["file"]);
  });

  test("gives the file the requested mode, whatever the umask", async ({ place, expect }) => {
    const file = path.join(place, "file");

    await replaceFile(file, "text", { mode: 0o666 });

    expect(statSync(file).mode & 0o777).toBe(0o666);
  });

  test("overwrites the temporary file of a killed process", async ({ place, expect }) => {
    const file = path.join(place, "file");
    writeFileSync(`${file}.new`, "half of a longer text");

    await replaceFile(file, "text", { draft: `${file}.new` });

    expect(readFileSync(file, "utf8")).toBe("text");
    expect(readdirSync(place)).toEqual(["file"]);
  });

  test("leaves no temporary file if the file cannot be replaced", async ({ place, expect }) => {
    const file = path.join(place, "file");
    mkdirSync(file);

    await expect(replaceFile(file, "text")).rejects.toMatchObject({ syscall: "rename" });

    expect(readdirSync(place)).toEqual(["file"]);
  });
});

test("moveAside adds the time to the file name", async ({ place, expect }) => {
  const file = path.join(place, "file");
  writeFileSync(file, "text");

  const aside = moveAside(file, Date.parse("2026-11-22T12:00:00Z"));

  expect(aside).toBe(`${file}.corrupt-20261122T120000.000Z`);
  expect(readFileSync(aside, "utf8")).toBe("text");
  expect(readdirSync(place)).toHaveLength(1);
});
