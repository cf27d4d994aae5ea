import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { certificates } from "../support/certificates.ts";
import { watchEmulator } from "../support/conformance.ts";
import { patience } from "../support/endpoints.ts";
import { test as base, type RunResult } from "../support/rcwh.ts";
import { goodEndpoints, type RogueEndpoint, rogueEndpoints } from "../support/rogue-endpoints.ts";

interface RogueFixtures {
  readonly emulator: Emulator;
  /** Runs `rcwh check` and `rcwh create` on an endpoint. */
  readonly tryBoth: (rogue: RogueEndpoint) => Promise<{ check: RunResult; create: RunResult }>;
}

type TestFunction = (
  named: readonly [name: string, rogue: RogueEndpoint],
  context: RogueFixtures & Pick<TestContext, "expect">,
) => Promise<void>;

const test = base.extend<RogueFixtures>({
  // Its ids contain letters because one test returns a token in a different case.
  emulator: async ({ clock }, use) => {
    const emulator = watchEmulator(createEmulator({ clock }));
    await use(emulator);
    await emulator.conclude();
  },
  tryBoth: async ({ rcwh, emulator, directory, signedIn }, use) => {
    await use(async ({ breaks, event, distrusted, open }) => {
      const file = join(directory, "authorities.pem");
      await writeFile(file, certificates.root);
      const env = { ...signedIn, ...(!distrusted && { NODE_EXTRA_CA_CERTS: file }) };
      emulator.configure({
        certificateAuthorities: distrusted ? [] : [certificates.root],
        // An endpoint that never answers times out after a second here.
        endpointDeadline: isSlow(breaks) ? 1000 : patience,
      });
      await using endpoint = await open();
      const { url } = endpoint;
      const flags = [
        event ? "--event" : "--no-event",
        ...(isSlow(breaks) ? ["--timeout", "1s"] : []),
      ];
      const check = await rcwh(["check", url, ...flags, "--json"], { env });
      // -q skips the local check of the endpoint.
      const create = await rcwh(["create", "--filter", "posts", "--url", url, "-q"], { env });
      return { check, create };
    });
  },
});

describe("rcwh check and rcwh create agree on an endpoint that", () => {
  const agree: TestFunction = async ([, rogue], { tryBoth, expect }) => {
    const { rule, code } = rogue.breaks ?? {};
    const { check, create } = await tryBoth(rogue);

    expect(inRed(check)).toEqual([{ rule, code, exitCode: 6 }]);
    expect(inYellow(check)).toEqual(rogue.warns ?? []);
    expect(check.exitCode).toBe(6);
    expect(JSON.parse(check.stderr).error).toMatchObject({ code, exitCode: 6 });
    expect(outcomeOf(create)).toBe(rogue.create ?? code);
  };
  const named = rogueEndpoints.map((rogue) => [rogue.name, rogue] as const);

  test.concurrent.for(named.filter(([, { breaks }]) => isSlow(breaks)))("%s", agree);
  test.for(named.filter(([, { breaks }]) => !isSlow(breaks)))("%s", agree);
});

describe("rcwh check and rcwh create accept an endpoint that", () => {
  test.for(goodEndpoints.map((each) => [each.name, each] as const))(
    "%s",
    async ([, endpoint], { tryBoth, expect }) => {
      const { check, create } = await tryBoth(endpoint);

      expect(inRed(check)).toEqual([]);
      expect(inYellow(check)).toEqual(endpoint.warns ?? []);
      expect(check).toMatchObject({ exitCode: 0, stderr: "" });
      expect(outcomeOf(create)).toBe("created");
    },
  );
});

function isSlow(breaks: RogueEndpoint["breaks"]): boolean {
  return breaks?.rule.endsWith("time") ?? false;
}

function rowsOf({ stdout }: RunResult): readonly Check[] {
  return JSON.parse(stdout).checks;
}

function inRed(result: RunResult) {
  return rowsOf(result)
    .filter(({ status }) => status === "fail")
    .map(({ rule, code, exitCode }) => ({ rule, code, exitCode }));
}

function inYellow(result: RunResult) {
  return rowsOf(result).flatMap(({ rule, status }) => (status === "warn" ? [rule] : []));
}

/** `created`, `USAGE`, or RingCentral's code. */
function outcomeOf({ exitCode, stderr }: RunResult): string | undefined {
  if (exitCode === 0) return "created";
  return exitCode === 2 ? "USAGE" : /\((SUB-\d+)\)$/m.exec(stderr)?.[1];
}
