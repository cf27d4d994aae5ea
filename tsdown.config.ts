import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type UserConfig } from "tsdown";
import { listPackages } from "./scripts/list-packages.ts";

const packages = listPackages({
  licences: "dist/THIRD-PARTY-LICENCES.txt",
  materials: "dist/sbom.cdx.json",
});

/**
 * Bundles with everything in them. CommonJS, because on Node 20 the ESM loader alone costs a third of
 * an empty process, and because what is CommonJS can be both imported and required.
 */
const bundle = {
  format: "cjs",
  platform: "node",
  target: "node20.19",
  fixedExtension: true,
  deps: { alwaysBundle: [/./], onlyBundle: false },
  // As little as possible for Node to parse, but with the lines and the functions' names that stack traces tell.
  minify: { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: false } },
} satisfies UserConfig;

export default defineConfig([
  {
    ...bundle,
    // Every `import()` in the source becomes a file of its own, loaded where it is used.
    entry: { cli: "src/cli.ts" },
    dts: false,
    outputOptions: { comments: false },
    plugins: [withoutImports(), packages],
    onSuccess() {
      const build = createHash("sha256").update(readFileSync("dist/cli.cjs")).digest("hex");
      const instant = {
        version: rcwh("--version"),
        help: rcwh("--help"),
        build: build.slice(0, 16),
      };
      writeFileSync("dist/instant.json", JSON.stringify(instant));
    },
  },
  {
    ...bundle,
    // `rcwh/emulator`: one file, and one with its types.
    entry: { emulator: "src/emulator/server/start-emulator.ts" },
    dts: true,
    // For `Symbol.asyncDispose`, which nobody else may have declared.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
    outputOptions: { comments: false, codeSplitting: false },
    plugins: [packages],
  },
  {
    ...bundle,
    // `rcwh/receiver`, the same way.
    entry: { receiver: "src/receiver/receiver.ts" },
    dts: true,
    outputOptions: { comments: false, codeSplitting: false },
    plugins: [packages],
  },
]);

/**
 * Imports of other packages that have nothing to do here:
 * - conf's way of writing files brings `when-exit`, which raises every signal a second time, and for rcwh
 *   a second Ctrl-C means “at once”. conf writes synchronously here.
 * - commander starts subcommands that are programs of their own. rcwh has none.
 * - With DEBUG set, https-proxy-agent prints the address of the proxy, and with it a password.
 */
function withoutImports() {
  const unwanted = [
    { name: "when-exit", importer: "/atomically/" },
    { name: "node:child_process", importer: "/commander/" },
    { name: "debug", importer: "-proxy-agent/" },
  ];
  const nothing = "\0nothing";
  return {
    name: "without-imports",
    resolveId: (id: string, from = "") =>
      unwanted.some(({ name, importer }) => id === name && from.includes(importer))
        ? nothing
        : undefined,
    load: (id: string) => (id === nothing ? "export default () => () => {};" : undefined),
  };
}

function rcwh(flag: string): string {
  return execFileSync(process.execPath, ["dist/cli.cjs", flag], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "" },
  });
}
