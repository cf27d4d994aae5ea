import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A process for the contract's checks between processes, such as `store/process.ts`, bundled, and what removes it again. */
export async function buildProcess(
  file: string,
): Promise<{ readonly script: string; readonly remove: () => void }> {
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
  return {
    script: path.join(outDir, `${path.basename(file, ".ts")}.cjs`),
    remove: () => rmSync(outDir, { recursive: true, force: true }),
  };
}
