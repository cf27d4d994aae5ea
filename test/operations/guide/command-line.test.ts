import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSettings, readGlobalFlags } from "../../../src/commands/flags/global-flags.ts";
import {
  type CommandWords,
  commandLine,
  showCommandLine,
} from "../../../src/operations/guide/command-line.ts";
import { createStreams, openIO } from "../../io/streams.ts";

const settingsOf = (...words: string[]) => createSettings(readGlobalFlags(words).flags, {}, true);

/** The words that a POSIX shell makes of each line. */
function wordsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const script = lines.map((line) => `rcwh() { printf '%s\\0' "$@"; printf '\\n\\0'; }\n${line}`);
  const printed = execFileSync("sh", ["-c", script.join("\n")])
    .toString()
    .split("\0");
  return printed
    .join("\0")
    .split("\n\0")
    .slice(0, lines.length)
    .map((words) => words.split("\0").slice(0, -1));
}

describe("the equivalent command line", () => {
  const cases: readonly (readonly [CommandWords, string, string[]?])[] = [
    [
      {
        name: "create",
        operands: ["posts", "https://example.com/hook?a=1&b=$x"],
        flags: {
          expiresIn: "30d",
          extensions: ["101", "queue:My team"],
          dryRun: true,
          remind: undefined,
        },
      },
      "rcwh create posts 'https://example.com/hook?a=1&b=$x' --expires-in 30d --extensions 101 --extensions 'queue:My team' --dry-run",
    ],
    [
      { name: "create", flags: { verificationToken: "s3cret", generateVerificationToken: false } },
      "rcwh create --verification-token-file -",
    ],
    [
      { name: "delete", operands: ["-odd"], flags: { filter: "-x" } },
      "rcwh delete --filter=-x -- -odd",
    ],
    [
      { name: "renew", operands: ["12ab"], flags: {} },
      "rcwh --profile 'my acme' --api all --store file:///s --no-token-cache renew 12ab",
      ["-p", "my acme", "--api", "all", "--no-token-cache", "--store", "file:///s"],
    ],
    [
      { name: "renew", operands: ["12ab"], flags: {}, profile: "other" },
      "rcwh --profile other --credentials-file .env renew 12ab",
      ["-p", "acme", "--env-file", ".env", "--store", "postgres://u:pass@h/db"],
    ],
  ];
  for (const [words, line, global = []] of cases) {
    test(line, () => {
      expect(commandLine(words, settingsOf(...global))).toBe(line);
    });
  }

  test("is what a shell makes of it, whatever the values are", () => {
    const word = fc
      .string({ unit: "grapheme-ascii", minLength: 1 })
      .filter((text) => !text.startsWith("-"));
    const given = fc.sample(fc.tuple(word, word, fc.array(word, { minLength: 1 })), {
      seed: 16,
      numRuns: 40,
    });
    const lines = given.map(([operand, url, filter]) =>
      commandLine({ name: "create", operands: [operand], flags: { url, filter } }, settingsOf()),
    );
    expect(wordsOf(lines)).toEqual(
      given.map(([operand, url, filter]) => [
        ...["create", operand, "--url", url],
        ...filter.flatMap((each) => ["--filter", each]),
      ]),
    );
  });

  test("is broken so that it still runs, and shows whole URLs", async () => {
    const streams = createStreams({}, 60);
    const io = await openIO(streams, { noColor: true });
    const line = commandLine(
      {
        name: "create",
        operands: ["posts,sms", "https://example.com/hook?key=abc"],
        flags: { expiresIn: "30d", generateVerificationToken: true },
      },
      settingsOf(),
    );
    showCommandLine(line, io);
    expect(streams.written.stderr).toMatchInlineSnapshot(`
      "  rcwh create posts,sms \\
          'https://example.com/hook?key=abc' --expires-in 30d \\
          --generate-verification-token
      "
    `);
    const [broken, whole] = wordsOf([streams.written.stderr, line]);
    expect(broken).toEqual(whole);
  });
});
