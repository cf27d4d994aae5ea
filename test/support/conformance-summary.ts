import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Tally, tallyVariable } from "./conformance.ts";
import { loadOpenApi } from "./openapi.ts";

/** Vitest's global setup: prints at the end of a run how much was compared with RingCentral's definition. */
export async function setup(): Promise<() => Promise<void>> {
  if ((await loadOpenApi()) === undefined) {
    return async () => print("not checked, because RingCentral's definition is not at hand");
  }
  const directory = await mkdtemp(join(tmpdir(), "rcwh-conformance-"));
  process.env[tallyVariable] = directory;
  return async () => {
    const files = await readdir(directory);
    const texts = await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
    const tallies = texts
      .flatMap((text) => text.trim().split("\n"))
      .map((line) => JSON.parse(line) as Tally);
    if (tallies.length > 0) print(summarize(tallies));
    await rm(directory, { recursive: true });
  };
}

/** Such as "4,312 answers of 17 operations, 0 violations". */
export function summarize(tallies: readonly Tally[]): string {
  const counts = tallies.flatMap(({ answers }) => Object.entries(answers));
  const answers = counts.reduce((sum, [, count]) => sum + count, 0);
  const operations = new Set(counts.map(([name]) => name.split(" ", 1)[0]));
  operations.delete("unlisted");
  const violations = tallies.reduce((sum, each) => sum + each.violations.length, 0);
  return `${answers.toLocaleString("en")} answers of ${operations.size} operations, ${violations} violations`;
}

function print(text: string): void {
  process.stdout.write(`conformance: ${text}\n`);
}
