import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { defineConfig } from "tsdown";

/**
 * One bundle with everything in it. CommonJS, because on Node 20 the ESM loader alone costs a third of
 * an empty process; every `import()` in the source becomes a file of its own, loaded where it is used.
 */
export default defineConfig({
  entry: { cli: "src/cli.ts" },
  format: "cjs",
  platform: "node",
  target: "node20.19",
  fixedExtension: true,
  noExternal: [/./],
  inlineOnly: false,
  dts: false,
  minify: "dce-only",
  onSuccess() {
    writeFileSync(
      "dist/instant.json",
      JSON.stringify({ version: rcwh("--version"), help: rcwh("--help") }),
    );
  },
});

function rcwh(flag: string): string {
  return execFileSync(process.execPath, ["dist/cli.cjs", flag], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "" },
  });
}
