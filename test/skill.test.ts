import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { parse } from "yaml";
import { exitCodeMeanings } from "../src/commands/flags/exit-codes.ts";
import { test as base, type Fixtures } from "./support/rcwh.ts";

const root = join(import.meta.dirname, "..");
const text = await readFile(join(root, "skills/rcwh/SKILL.md"), "utf8");

interface Play {
  /** Runs a command line of the page, with an id and the endpoint of this test. */
  readonly play: (line: string) => ReturnType<Fixtures["rcwh"]>;
}

const test = base.extend<Play>({
  play: async ({ rcwh, emulator, endpoint }, use) => {
    await use((line) => {
      const id = emulator.state().subscriptions[0]?.id ?? "";
      const words = line
        .replace(/^rcwh (?:--profile emulator )?/, "")
        .replaceAll("<id>", id)
        .replaceAll("http://127.0.0.1:8080/hook", endpoint.url);
      return rcwh(
        Array.from(
          words.matchAll(/'([^']*)'|(\S+)/g),
          ([, quoted, plain]) => quoted ?? plain ?? "",
        ),
      );
    });
  },
});

/** The command lines of the blocks, without comments. */
const lines = Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)).flatMap(([, block = ""]) =>
  block.split("\n").flatMap((line) => line.replace(/ +# .*/, "") || []),
);

/** A row: what is wrong, and how it ends. */
const mistakes = Array.from(
  text.matchAll(/^\| `(rcwh [^`]+)`( a second time)? \| (\d) \|/gm),
  ([, line = "", again, exitCode]) => ({
    line,
    isRepeated: again !== undefined,
    exitCode: Number(exitCode),
  }),
);

describe("skills/rcwh/SKILL.md", () => {
  test("has what agents look for", ({ expect }) => {
    const [, head = ""] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
    const { name, description, compatibility } = parse(head);

    // https://agentskills.io/specification: the name is that of the directory.
    expect(name).toBe("rcwh");
    expect(description.length).toBeLessThanOrEqual(1024);
    expect(compatibility.length).toBeLessThanOrEqual(500);
    expect(text.split("\n").length).toBeLessThan(150);
  });

  test("has only commands that work", async ({ play, endpoint, expect }) => {
    expect(lines.length).toBeGreaterThan(25);
    // The endpoint is running already.
    const [listen, ...others] = lines;
    expect(listen).toMatch(/^rcwh listen --receive-only /);
    for (const line of others) {
      // Those before it end with the deletion of everything, with another time than this machine's.
      if (line.startsWith("rcwh commands")) {
        await play("rcwh emulator state --reset");
        await play("rcwh create --filter posts --url http://127.0.0.1:8080/hook");
      }
      const { exitCode, stdout, stderr } = await play(line);
      expect(exitCode, `${line}\n${stdout}${stderr}`).toBe(0);
      if (line.endsWith("--json")) expect(JSON.parse(stdout).schemaVersion, line).toBe(1);
    }
    expect(endpoint.events.length).toBeGreaterThan(2);
  });

  test("says how each mistake ends", async ({ play, expect }) => {
    expect(mistakes.length).toBeGreaterThan(9);
    await play("rcwh create --filter posts --url http://127.0.0.1:8080/hook");

    for (const { line, exitCode } of mistakes) {
      const ended = await play(line);
      expect(ended.exitCode, `${line}\n${ended.stderr}`).toBe(exitCode);
      // Each says itself what to do.
      expect(ended.stderr, line).toContain("hint: ");
    }
    expect(mistakes.filter(({ isRepeated }) => isRepeated).length).toBe(1);
  });

  test("has a row for each exit code but that of an interruption", ({ expect }) => {
    const [, table = ""] = /## Exit codes\n([\s\S]*?)\n## /.exec(text) ?? [];
    const codes = Array.from(table.matchAll(/^\| (\d+) \|/gm), ([, code]) => Number(code));

    expect(codes).toEqual([...exitCodeMeanings.keys()].filter((code) => code < 130));
  });
});
