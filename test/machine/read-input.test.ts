import { execFileSync } from "node:child_process";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { test as base } from "../support/rcwh.ts";

const test = base.extend<{ readonly pipe: string }>({
  pipe: async ({ directory }, use) => {
    const path = join(directory, "pipe");
    execFileSync("mkfifo", [path]);
    await use(path);
  },
});

/** What reads a file or standard input that the user names. */
const inputs: readonly [flag: string, command: (path: string) => readonly string[]][] = [
  ["--credentials-file", (path) => ["whoami", "--credentials-file", path]],
  ["--access-token-file", (path) => ["list", "--access-token-file", path]],
  ["--profiles-from", (path) => ["list", "--profiles-from", path]],
  ["--jwt-file", (path) => ["login", "--client-id", "x", "--jwt-file", path]],
  ["--client-secret-file", (path) => ["login", "--client-secret-file", path]],
  ["--body", (path) => ["trigger", "posts", "--dry-run", "--body", `@${path}`]],
  ["replay", (path) => ["replay", path, "--dry-run"]],
  [
    "--verification-token-file",
    (path) => ["check", "http://127.0.0.1:1/", "--verification-token-file", path],
  ],
];

describe("a file given by the user", () => {
  test.concurrent.for(inputs)(
    "can be a pipe that nobody writes to, until the deadline: %s",
    async ([, command], { rcwh, pipe, expect }) => {
      const startedAt = performance.now();
      const { stderr, exitCode } = await rcwh([...command(pipe), "--deadline", "1s"], { env: {} });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 5,
        stderr: expect.stringContaining("the run's deadline has passed."),
      });
      expect(performance.now() - startedAt).toBeLessThan(30_000);
    },
  );

  test.for(inputs.filter(([flag]) => flag !== "replay" && flag !== "--profiles-from"))(
    "is refused if it is too large: %s",
    async ([, command], { rcwh, directory, expect }) => {
      const path = join(directory, "large");
      await writeFile(path, "A=b\n");
      await truncate(path, 16_400_000);
      const { stderr, exitCode } = await rcwh(command(path), { env: {} });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: expect.stringMatching(
          /^error: .+(?:: it is larger than 16 MB|is too large for a secret)\.\n/,
        ),
      });
    },
  );

  test("can be a .env file of a hundred thousand lines", async ({
    rcwh,
    directory,
    signedIn,
    expect,
  }) => {
    const path = join(directory, ".env");
    const names = Array.from({ length: 100_000 }, (_, index) => `NAME_${index}='a value'`);
    const own = Object.entries(signedIn).map(([name, value]) => `${name}=${value}`);
    await writeFile(path, [...names, ...own].join("\n"));
    expect(await rcwh(["list", "--credentials-file", path], { env: {} })).toMatchObject({
      exitCode: 0,
    });
  });
});

describe("standard input", () => {
  test.concurrent.for([
    ["explain", "-"],
    ["replay", "-", "--dry-run"],
    ["login", "--client-id", "x", "--jwt-stdin"],
    ["list", "--profiles-from", "-"],
  ])("may stay silent until the deadline: %s", async (command, { rcwh, expect }) => {
    const { stderr, exitCode } = await rcwh([...command, "--deadline", "1s"], {
      env: {},
      stdin: new Promise<string>(() => {}),
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 5,
      stderr: expect.stringContaining("the run's deadline has passed."),
    });
  });
});
