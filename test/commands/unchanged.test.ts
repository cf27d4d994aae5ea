import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { ExitCode, Interruption } from "../../src/errors.ts";
import { test as base } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";

type Situation = "living" | "blacklisted" | "gone";

interface Fixtures {
  /** Makes two subscriptions, which are then in that situation, and a profile `work` of user 1; resolves to their ids. */
  readonly arrange: (situation: Situation) => Promise<readonly string[]>;
  /** Everything that a command could have changed. */
  readonly state: () => Promise<unknown>;
}

const test = base.extend<Fixtures>({
  arrange: async ({ rcwh, endpoint, emulator, elsewhere }, use) => {
    await use(async (situation) => {
      await rcwh("login --profile work");
      for (const filter of ["posts", "sms"]) {
        const token = "--verification-token s3cret";
        await rcwh(`create --filter ${filter} --url ${endpoint.url}?${filter} ${token}`);
      }
      const ids = emulator.state().subscriptions.map(({ id }) => id);
      if (ids.length !== 2) throw new Error(`There are ${ids.length} subscriptions`);
      if (situation === "blacklisted") for (const id of ids) emulator.blacklist(id);
      if (situation === "gone") await rcwh("delete --all --yes", { env: elsewhere });
      return ids;
    });
  },
  state: async ({ emulator, directory }, use) => {
    await use(async () => {
      const config = await readFile(join(directory, "config", "config.json"), "utf8");
      const { tokens: _, ...kept } = JSON.parse(config);
      return { subscriptions: emulator.state().subscriptions, ...kept };
    });
  },
});

/** What asks before it changes something, with `<id>` and `<url>` for the first subscription. */
const questions: readonly [command: string, situation: Situation, unchanged: string][] = [
  ["delete --all", "living", "Nothing was deleted."],
  ["delete <id>", "living", "Nothing was deleted."],
  ["delete <id>", "gone", "Nothing was dropped."],
  ["forget --all", "gone", "Nothing was dropped."],
  ["recover", "blacklisted", "Nothing was changed."],
  ["recover <id>", "blacklisted", "Nothing was changed."],
  ["update <id> --url <url>?new", "living", "Nothing was changed."],
  ["update <id> --generate-verification-token", "living", "Nothing was changed."],
  ["rotate-token <id>", "living", "Nothing was changed."],
  ["rotate-token <id> --verification-token-out <file>", "living", "Nothing was changed."],
  ["profile remove work", "living", "Nothing was removed."],
  ["login --profile work", "living", "Nothing was changed."],
];

const answers: readonly [
  answer: string,
  given: unknown,
  exitCode: ExitCode,
  isTerminal: boolean,
][] = [
  ["no", false, ExitCode.declined, true],
  ["Ctrl-C", new Interruption(), ExitCode.interrupted, true],
  ["SIGTERM", new Interruption(ExitCode.terminated), ExitCode.terminated, true],
  ["nobody there", undefined, ExitCode.declined, false],
];

describe("a question that nobody answers with yes", () => {
  for (const [index, [command, situation, unchanged]] of questions.entries()) {
    // Beside the plain "no" one of the other ways for each question, by turns.
    const some = answers.filter((_, way) => isWhole || way === 0 || way === 1 + (index % 3));
    test.for(some)(
      `leaves everything as it was, and says so: ${command} (${situation}), %s`,
      async ([, given, exitCode, isTerminal], {
        arrange,
        state,
        rcwh,
        endpoint,
        directory,
        signedIn,
        expect,
      }) => {
        const [id = ""] = await arrange(situation);
        const before = await state();
        const file = join(directory, "new-token");
        const words = command
          .replace("<id>", id)
          .replace("<url>", endpoint.url)
          .replace("<file>", file);
        const isLogin = command.startsWith("login");
        const result = await rcwh(words, {
          tty: isTerminal,
          answers: isTerminal ? [given] : [],
          ...(isLogin && { env: { ...signedIn, RCWH_JWT: "user-2" } }),
        });
        expect({ exitCode: result.exitCode, stderr: result.stderr }).toEqual({
          exitCode,
          stderr: expect.stringContaining(unchanged),
        });
        expect(await state()).toEqual(before);
        await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
      },
    );
  }
});

/** What knows --max-changes, and would touch both subscriptions, `<ids>`. */
const limited: readonly [command: string, situation: Situation][] = [
  ["delete --all --yes", "living"],
  ["forget --all --yes", "gone"],
  ["recover --yes", "blacklisted"],
  ["renew --all", "living"],
  ["renew --recover", "blacklisted"],
  ["renew --recreate <ids>", "gone"],
];

describe("--max-changes", () => {
  test.for(limited)(
    "changes nothing where more would be touched: %s (%s)",
    async ([command, situation], { arrange, state, rcwh, expect }) => {
      const ids = await arrange(situation);
      const before = await state();
      const words = `${command.replace("<ids>", ids.join(" "))} --max-changes`;
      const { stdout, stderr, exitCode } = await rcwh(`${words} 1`);
      expect({ stdout, stderr, exitCode }).toEqual({
        stdout: "",
        stderr: expect.stringContaining(
          "This would change 2 subscriptions, and --max-changes allows 1. Nothing was changed.",
        ),
        exitCode: ExitCode.usage,
      });
      expect(await state()).toEqual(before);

      await rcwh(`${words} 2`);
      expect(await state()).not.toEqual(before);
    },
  );

  test.for(limited)(
    "is refused before any request if it is no number: %s",
    async ([command], { rcwh, emulator, expect }) => {
      expect(await rcwh(`${command} --max-changes many`)).toMatchObject({
        exitCode: ExitCode.usage,
        stderr: expect.stringContaining('Invalid --max-changes value "many"'),
      });
      expect(emulator.requests).toEqual([]);
    },
  );
});
