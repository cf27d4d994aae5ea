import { expectTypeOf } from "vitest";
import type { RunningEmulator } from "../../src/emulator/server/start-emulator.ts";
import { test } from "../../src/emulator/server/vitest.ts";
import { signIn } from "./running-kit.ts";

let first: RunningEmulator | undefined;

test("the Vitest fixture gives each test its own emulator", async ({ emulator, expect }) => {
  first = emulator;
  expectTypeOf(emulator).toEqualTypeOf<RunningEmulator>();
  await signIn(emulator);
  expect(emulator.requests).toHaveLength(1);
  expect(emulator.settings.rateLimits).not.toBe("off");
});

test("the Vitest fixture closes the emulator at the end of the test", async ({
  emulator,
  expect,
}) => {
  expect(first?.url).not.toBe(emulator.url);
  expect(emulator.requests).toEqual([]);
  await expect(fetch(first?.url ?? "")).rejects.toThrow("fetch failed");
});

const unlimited = test.extend({
  emulatorOptions: { settings: { rateLimits: "off" }, seed: 7 },
});

unlimited("takes the options that a test extends", async ({ emulator, expect }) => {
  expect(emulator.settings.rateLimits).toBe("off");
});
