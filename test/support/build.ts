import { execSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledVariable } from "./processes.ts";

const root = join(import.meta.dirname, "../..");
const sources = ["src", "scripts", "package.json", "tsdown.config.ts"];
/** The last file that a build writes. */
const lastOutput = "dist/instant.json";

/** Vitest's global setup: some tests run the bundle, which must match the current sources. */
export function setup(): () => void {
  if (newest(sources) >= changedAt(lastOutput)) build();
  const compiled = mkdtempSync(join(tmpdir(), "rcwh-compiled-"));
  process.env[compiledVariable] = compiled;
  return () => rmSync(compiled, { recursive: true, force: true });
}

function build(): void {
  try {
    execSync("npm run build --silent", { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  } catch {
    // Without a bundle, the tests that run it fail by themselves, and the others can continue.
  }
}

function newest(paths: readonly string[]): number {
  const files = paths.flatMap((path) =>
    statSync(join(root, path)).isDirectory()
      ? readdirSync(join(root, path), { recursive: true, encoding: "utf8" }).map((each) =>
          join(path, each),
        )
      : [path],
  );
  return Math.max(...files.map(changedAt));
}

/** 0 for a missing file. */
function changedAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
