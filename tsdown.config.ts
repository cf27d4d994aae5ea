import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { esmExternalRequirePlugin } from "rolldown/plugins";
import { defineConfig, type UserConfig } from "tsdown";
import { listPackages } from "./scripts/list-packages.ts";

const packages = listPackages({
  licences: "dist/THIRD-PARTY-LICENCES.txt",
  materials: "dist/sbom.cdx.json",
});

/** Bundles with everything in them. */
const bundle = {
  platform: "node",
  target: "node20.19",
  fixedExtension: true,
  deps: { alwaysBundle: [/./], onlyBundle: false },
  // ws would take two packages that happen to be installed where rcwh is.
  define: { "process.env.WS_NO_BUFFER_UTIL": "true", "process.env.WS_NO_UTF_8_VALIDATE": "true" },
  // As little as possible for Node to parse, but with the lines and the functions' names that stack traces tell.
  minify: { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: false } },
} satisfies UserConfig;

export default defineConfig([
  {
    ...bundle,
    // Because on Node 20 the loader of modules alone costs a third of an empty process.
    format: "cjs",
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
  ...library({
    name: "emulator",
    entry: "src/emulator/server/start-emulator.ts",
    // For `Symbol.asyncDispose`, which nobody else may have declared.
    declarations: '/// <reference lib="esnext.disposable" />',
    module: { outputOptions: { comments: false, codeSplitting: false } },
  }),
  {
    ...bundle,
    // `rcwh/emulator/vitest`: a module, as Vitest is. Both are the ones that the test's project has.
    format: "esm",
    entry: { "emulator-vitest": "src/emulator/server/vitest.ts" },
    dts: true,
    deps: { neverBundle: ["vitest", "./emulator.mjs"] },
    outputOptions: { comments: false },
    plugins: [besideEmulator()],
  },
  ...library({
    name: "receiver",
    entry: "src/receiver/receiver.ts",
    module: {
      // It runs where there is no Node.
      platform: "neutral",
      // Bundlers leave out whole files, but hardly ever a part of one: `nameOfEvent` alone must not bring the catalogue.
      outputOptions: {
        comments: false,
        chunkFileNames: "receiver-[name].mjs",
        codeSplitting: {
          groups: [
            { name: "events", test: /src[\\/]receiver[\\/]events\.ts$/, priority: 1 },
            { name: "core", test: /src[\\/](?!receiver[\\/]receiver\.ts)/ },
          ],
        },
      },
    },
  }),
]);

/** A library, as CommonJS and as a module, each with its types. */
function library(options: {
  readonly name: string;
  readonly entry: string;
  readonly declarations?: string;
  readonly module: UserConfig;
}): readonly UserConfig[] {
  const { name, entry, declarations = "", module } = options;
  return [
    {
      ...bundle,
      format: "cjs",
      entry: { [name]: entry },
      dts: true,
      banner: { dts: declarations },
      // A real `import()` fails in Jest, unless Node is started with a flag.
      outputOptions: { comments: false, codeSplitting: false, dynamicImportInCjs: false },
      plugins: [packages],
      onSuccess: () => copyFileSync(`dist/${name}.d.cts`, `dist/${name}.d.mts`),
    },
    {
      ...bundle,
      format: "esm",
      entry: { [name]: entry },
      dts: false,
      // Without `require`, which bundlers of other people turn into an exception.
      plugins: [
        esmExternalRequirePlugin({
          external: builtinModules.flatMap((builtin) => [builtin, `node:${builtin}`]),
        }),
        packages,
      ],
      ...module,
    },
  ];
}

/** Takes the emulator from its own bundle. */
function besideEmulator() {
  return {
    name: "beside-emulator",
    resolveId: (id: string) =>
      id === "./start-emulator.ts" ? { id: "./emulator.mjs", external: true } : undefined,
  };
}

/**
 * Imports of other packages that have nothing to do here:
 * - conf's way of writing files brings `when-exit`, which raises every signal a second time, and for rcwh
 *   a second Ctrl-C means “at once”. conf writes synchronously here.
 * - conf checks schemas and migrates. rcwh gives it neither.
 * - commander starts subcommands that are programs of their own. rcwh has none.
 * - With DEBUG set, https-proxy-agent prints the address of the proxy, and with it a password.
 * - inquirer has prompts that rcwh does not use; the editor's brings tables of all the world's character sets.
 */
function withoutImports() {
  const unwanted = [
    { name: "when-exit", importer: "/atomically/" },
    { name: /^(?:ajv|ajv-formats|semver)(?:\/|$)/, importer: "/conf/" },
    { name: "node:child_process", importer: "/commander/" },
    { name: "debug", importer: "-proxy-agent/" },
    {
      name: /^@inquirer\/(?:checkbox|editor|expand|number|password|rawlist)$/,
      importer: "/@inquirer/prompts/",
    },
  ];
  const nothing = "\0nothing";
  // What Node gets of it cannot be left out in parts.
  const rxjs = join(import.meta.dirname, "node_modules/rxjs/dist/esm/index.js");
  return {
    name: "without-imports",
    resolveId(id: string, from = "") {
      const isUnwanted = unwanted.some(
        ({ name, importer }) =>
          from.includes(importer) && (typeof name === "string" ? id === name : name.test(id)),
      );
      if (isUnwanted) return nothing;
      return id === "rxjs" ? rxjs : undefined;
    },
    load: (id: string) =>
      id === nothing ? { code: nothingAtAll, moduleType: "js" as const } : undefined,
  };
}

/** Whatever is imported from it by name, too. */
const nothingAtAll = "module.exports = () => () => {};";

function rcwh(flag: string): string {
  return execFileSync(process.execPath, ["dist/cli.cjs", flag], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "" },
  });
}
