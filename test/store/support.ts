import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Bundles a process for the contract's checks between processes, such as `store/process.ts`, and returns its path. */
export async function buildProcess(file: string): Promise<string> {
  const { build } = await import("tsdown");
  const outDir = mkdtempSync(path.join(tmpdir(), "rcwh-store-process-"));
  await build({
    config: false,
    entry: [path.join(import.meta.dirname, "..", file)],
    outDir,
    format: "cjs",
    dts: false,
    noExternal: [/./],
    logLevel: "silent",
  });
  return path.join(outDir, `${path.basename(file, ".ts")}.cjs`);
}
