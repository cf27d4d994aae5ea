import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { defineConfig } from "tsdown";
import { collectLicences } from "./scripts/licences.ts";

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
  deps: { alwaysBundle: [/./], onlyBundle: false },
  dts: false,
  // As little as possible for Node to parse, but with the lines and the functions' names that stack traces tell.
  minify: { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: false } },
  outputOptions: { comments: false },
  plugins: [withoutImports(), collectLicences("dist/THIRD-PARTY-LICENCES.txt")],
  onSuccess() {
    execFileSync(process.execPath, ["scripts/compile-bundle.cjs"], { stdio: "ignore" });
    writeFileSync(
      "dist/instant.json",
      JSON.stringify({ version: rcwh("--version"), help: rcwh("--help") }),
    );
  },
});

/**
 * Imports of other packages that have nothing to do here:
 * - conf's way of writing files brings `when-exit`, which raises every signal a second time, and for rcwh
 *   a second Ctrl-C means “at once”. conf writes synchronously here.
 * - commander starts subcommands that are programs of their own. rcwh has none.
 */
function withoutImports() {
  const unwanted = [
    { name: "when-exit", importer: "/atomically/" },
    { name: "node:child_process", importer: "/commander/" },
  ];
  const nothing = "\0nothing";
  return {
    name: "without-imports",
    resolveId: (id: string, from = "") =>
      unwanted.some(({ name, importer }) => id === name && from.includes(importer))
        ? nothing
        : undefined,
    load: (id: string) => (id === nothing ? "export default () => {};" : undefined),
  };
}

function rcwh(flag: string): string {
  return execFileSync(process.execPath, ["dist/cli.cjs", flag], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "" },
  });
}
