import { test as base } from "vitest";
import { type RunningEmulator, type StartOptions, startEmulator } from "./start-emulator.ts";

/** What `test` gives to a test. */
export interface EmulatorFixtures {
  /** For `startEmulator`; `test.extend({ emulatorOptions: { settings: { rateLimits: "off" } } })` changes them. */
  emulatorOptions: StartOptions;
  /** An emulator of the test's own, which is closed at its end. */
  emulator: RunningEmulator;
}

/** Vitest's `test` with an emulator for each test that asks for one. */
export const test = base.extend<EmulatorFixtures>({
  emulatorOptions: {},
  emulator: async ({ emulatorOptions }, use) => {
    const emulator = await startEmulator(emulatorOptions);
    await use(emulator);
    await emulator.close();
  },
});
