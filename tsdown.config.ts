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
  plugins: [
    withoutImports(),
    commanderAsModules(),
    collectLicences("dist/THIRD-PARTY-LICENCES.txt"),
  ],
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
 * - commander starts subcommands that are programs of their own. rcwh has none, and the module takes 2 ms.
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

/**
 * commander is CommonJS, which the bundler wraps in functions, which Node then parses twice: 2 ms of `rcwh filters`.
 * This makes modules of it. Fails the build where another version of commander is written differently.
 */
function commanderAsModules() {
  const exported = [
    'export { CommanderError } from "../../commander/lib/error.js";',
    'export { Command } from "../../commander/lib/command.js";',
  ];
  return {
    name: "commander-as-modules",
    transform(code: string, id: string) {
      // At runtime extra-typings is commander itself.
      if (id.endsWith("/@commander-js/extra-typings/esm.mjs")) return exported.join("\n");
      if (!/\/commander\/lib\/\w+\.js$/.test(id)) return undefined;
      const modern = code
        .replace(/^const (\{[^}]+\}) = require\('(\.[^']+)'\);$/gm, 'import $1 from "$2";')
        .replace(/^exports\.(\w+) = (\w+);/gm, "export { $2 as $1 };");
      if (/^(?:const .*require\('\.|exports\.|module\.)/m.test(modern)) {
        throw new Error(`${id} is not written as expected.`);
      }
      return modern;
    },
  };
}

function rcwh(flag: string): string {
  return execFileSync(process.execPath, ["dist/cli.cjs", flag], {
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "" },
  });
}
