import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The published executable, as it was built. */
export const executable = join(root, "bin/rcwh.js");

/** The directory for what V8 compiles of the build, which the global setup makes and removes. */
export const compiledVariable = "RCWH_TEST_COMPILED";

/**
 * Makes a configuration directory in which processes share what V8 has compiled of the build, also with those of other tests:
 * they start as every run of a user's does except the first, in half the time.
 *
 * @returns the directory
 */
export function warmConfig(directory: string): string {
  const shared = process.env[compiledVariable];
  const compiled = join(directory, "compiled");
  const isNew = mkdirSync(compiled, { recursive: true, mode: 0o700 }) !== undefined;
  if (shared !== undefined && isNew) symlinkSync(shared, join(compiled, readBuild()));
  return directory;
}

function readBuild(): string {
  return JSON.parse(readFileSync(join(root, "dist/instant.json"), "utf8")).build;
}

/** The number of processes that a test starts at once: enough to interfere, or `RCWH_PROCESSES=50` for a crowd. */
export function processCount(usual: number): number {
  return Number(process.env["RCWH_PROCESSES"] ?? usual);
}
