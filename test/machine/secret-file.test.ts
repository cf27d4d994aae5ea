import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { readSecretFile, readSecretStream } from "../../src/machine/secret-file.ts";
import { test } from "../support/rcwh.ts";

const flag = "--client-secret-file";
const { signal } = new AbortController();

describe("a secret file", () => {
  test.for(["s3cret", "\uFEFFs3cret\r\n", "  s3cret\n\n"])(
    "is read without surrounding whitespace: %j",
    async (text, { directory, expect }) => {
      const path = join(directory, "secret");
      await writeFile(path, text);
      expect(await readSecretFile(path, flag, signal)).toBe("s3cret");
    },
  );

  test.for([
    ["\n", "is empty"],
    ["one\ntwo\n", "has 2 lines instead of one"],
    ["two words", "contains spaces or other characters that a secret does not have"],
    ["s\0cret", "contains spaces or other characters that a secret does not have"],
    ["RC_USER_JWT='eyJ.secret'\n", "begins with RC_USER_JWT=, like a .env file"],
    ['{\n  "jwt": "eyJ.secret"\n}\n', "contains JSON instead of a secret"],
    ["x".repeat(70_000), "is too large for a secret"],
  ] as const)(
    "names the file and the problem, and nothing of its content: %j",
    async ([text, problem], { directory, expect }) => {
      const path = join(directory, "secret");
      await writeFile(path, text);
      await expect(readSecretFile(path, flag, signal)).rejects.toMatchObject({
        exitCode: 2,
        message: `${flag}: ${path} ${problem}.`,
      });
    },
  );

  test("is named in the error if it cannot be read", async ({ directory, expect }) => {
    const folder = join(directory, "a-folder");
    await mkdir(folder);
    await expect(readSecretFile(folder, flag, signal)).rejects.toMatchObject({
      message: `${flag}: cannot read ${folder}: it is a directory.`,
    });
    if (process.getuid?.() === 0) return;
    const locked = join(directory, "locked");
    await writeFile(locked, "s3cret");
    await chmod(locked, 0);
    await expect(readSecretFile(locked, flag, signal)).rejects.toMatchObject({
      message: `${flag}: cannot read ${locked}: permission denied.`,
    });
  });

  test("is refused immediately if it is an endless device", async ({ expect }) => {
    await expect(readSecretFile("/dev/zero", flag, signal)).rejects.toMatchObject({
      message: `${flag}: /dev/zero is too large for a secret.`,
    });
  });

  test.for(["secret", "client-secret", "./Q3kd9fX", "jwt-2.txt", "ci.env"])(
    "is named in the error if it is missing, even without a directory: %s",
    async (path, { expect }) => {
      await expect(readSecretFile(path, flag, signal)).rejects.toMatchObject({
        message: `${flag}: cannot read ${path}: no such file or directory.`,
      });
    },
  );

  test.for([
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2VjcmV0",
    "eyJhbGciOi.J9.secret.txt",
    "Q3kd9fXqRt-8mZwPAbCdEf",
    "aBcDeFgH",
    "x".repeat(40),
    "s3cret",
  ])("never shows what may be the secret itself: %s", async (given, { expect }) => {
    const error = await readSecretFile(given, flag, signal).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ exitCode: 2 });
    expect(String(error)).not.toContain(given);
  });
});

describe("a secret on standard input", () => {
  test("must be a single line too", async ({ expect }) => {
    const chunks = async function* () {
      yield "s3cret\nurl: ";
      yield Buffer.from("https://example.com\n");
    };
    await expect(readSecretStream(chunks(), "--jwt-stdin", signal)).rejects.toMatchObject({
      message: "--jwt-stdin: standard input has 2 lines instead of one.",
    });
  });
});
