import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "tsdown";

/** Bundles `process.ts`, a process for the contract's checks between processes, and returns its path. */
export async function buildStoreProcess(): Promise<string> {
  const outDir = mkdtempSync(path.join(tmpdir(), "rcwh-store-process-"));
  await build({
    config: false,
    entry: [path.join(import.meta.dirname, "process.ts")],
    outDir,
    format: "cjs",
    dts: false,
    noExternal: [/src/],
    logLevel: "silent",
  });
  return path.join(outDir, "process.cjs");
}
