import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { ChunkingContext } from "rolldown";
import { defineConfig, type UserConfig } from "tsdown";
import { breakLines } from "./scripts/break-lines.ts";
import { bundlePage, packPage } from "./scripts/bundle-page.ts";
import { listPackages } from "./scripts/list-packages.ts";
import { trimProtocol } from "./scripts/trim-protocol.ts";

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
  // As little as possible for Node to parse and for npm to install, but with the names of classes and methods that stack traces
  // tell. Those of functions would be a twentieth of the package.
  minify: {
    compress: true,
    mangle: { toplevel: true, keepNames: { function: false, class: true } },
    codegen: { removeWhitespace: true },
  },
} satisfies UserConfig;
const output = { comments: false } satisfies UserConfig["outputOptions"];
const brokenLines = breakLines();

/** What is run or imported by itself. */
const entries = {
  cli: "src/cli.ts",
  quick: "src/quick.ts",
  emulator: "src/emulator/server/start-emulator.ts",
  receiver: "src/receiver/receiver.ts",
  client: "src/client/client.ts",
};
/** Parts of `rcwh/client` for Node only, and for tests. They share the other entries' files. */
const extras = {
  "client-file-store": "src/store/file-store.ts",
  "client-store-contract": "src/store/contract/store-contract.ts",
};

/** Everything that is imported by its name. */
const libraries = [
  "emulator",
  "receiver",
  "client",
  "client-file-store",
  "client-store-contract",
] as const;

/** What `rcwh explain` loads besides the entry `quick`. */
const explainEntry = "src/commands/explain-columns.ts";

/**
 * What commands on an account import when they run. Not every one needs all of these, but V8 takes as long for twenty small
 * files as for a large one twice their size.
 */
const accountEntries = [
  "src/api/command-client.ts",
  "src/api/transport.ts",
  "src/config/config.ts",
  "src/config/identity.ts",
  "src/config/quota-store.ts",
  "src/operations/open-account.ts",
  "src/operations/accounts/accounts.ts",
  "src/lifecycle/inventory.ts",
  "src/lifecycle/listing.ts",
  "src/lifecycle/malformed.ts",
  "src/lifecycle/missing.ts",
  "src/lifecycle/replacement/under-way.ts",
  "src/subscriptions/by-expiry.ts",
  "src/subscriptions/disabled-filters.ts",
  "src/subscriptions/due.ts",
  "src/subscriptions/select.ts",
  "src/commands/flags/account-flags.ts",
  "src/commands/flags/selector-flags.ts",
  "src/commands/output/conclude-accounts.ts",
  "src/commands/output/list-problems.ts",
  "src/commands/output/malformed-row.ts",
  "src/commands/output/recorded-row.ts",
  "src/commands/output/subscription-columns.ts",
];

export default defineConfig([
  {
    ...bundle,
    // Because on Node 20 the loader of modules alone costs a third of an empty process.
    format: "cjs",
    // Every `import()` in the source becomes a file of its own, loaded where it is used. What several entries have in
    // common is there once.
    entry: { ...entries, ...extras },
    // They would undo how the code is split.
    dts: false,
    // A real `import()` fails in Jest, unless Node is started with a flag.
    outputOptions: { ...output, dynamicImportInCjs: false, codeSplitting: { groups: groups() } },
    plugins: [
      withoutImports(),
      withoutCopies(),
      trimProtocol(),
      withoutCollator(),
      withoutSha512(),
      packages,
      withBuiltins(),
      brokenLines,
      asciiOnly(),
    ],
    async onSuccess() {
      const page = await bundlePage();
      writeFileSync("dist/page.br", brotliCompressSync(packPage(page)));
      packages.writeBundle({}, { page: { moduleIds: page.modules } });
      for (const name of ["emulator", ...Object.keys(extras)]) {
        writeFileSync(`dist/${name}.mjs`, reexport(`./dist/${name}.cjs`));
      }
      execFileSync(process.execPath, ["scripts/render-instant.js"], { stdio: "inherit" });
    },
  },
  {
    ...bundle,
    // The types of the libraries.
    format: "cjs",
    entry: Object.fromEntries(libraries.map((name) => [name, { ...entries, ...extras }[name]])),
    dts: { emitDtsOnly: true },
    // `Symbol.asyncDispose` is in the emulator's, and perhaps nobody else has declared it.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
    plugins: [withoutCode()],
    onSuccess() {
      for (const name of libraries) {
        writeFileSync(`dist/${name}.d.mts`, `export * from "./${name}.cjs";\n`);
      }
    },
  },
  {
    ...bundle,
    // `rcwh/emulator/vitest`: a module, as Vitest is. Both are the ones that the test's project has.
    format: "esm",
    entry: { "emulator-vitest": "src/emulator/server/vitest.ts" },
    dts: true,
    deps: { neverBundle: ["vitest", "./emulator.mjs"] },
    outputOptions: output,
    plugins: [besideEmulator()],
  },
  {
    ...bundle,
    format: "esm",
    entry: { receiver: entries.receiver, client: entries.client },
    dts: false,
    // They run where there is no Node, and where every byte is loaded: nobody reads their stack traces by name.
    platform: "neutral",
    minify: { ...bundle.minify, mangle: { toplevel: true } },
    // Bundlers leave out whole files, but hardly ever a part of one: `nameOfEvent` alone must not bring the catalogue.
    outputOptions: {
      ...output,
      chunkFileNames: "[name].mjs",
      codeSplitting: {
        groups: [
          { name: "receiver-events", test: /src[\\/]receiver[\\/]events\.ts$/, priority: 2 },
          { name: neutral("receiver", "client"), priority: 1 },
          { name: neutral("receiver") },
          { name: neutral("client") },
        ],
      },
    },
    plugins: [withoutSha512(), packages, brokenLines],
  },
]);

/** A module with all that a CommonJS file exports: who imports it and who requires it share one state. */
function reexport(path: string): string {
  const names = Object.keys(createRequire(import.meta.url)(path)).toSorted();
  return `import all from "./${basename(path)}";\nexport const { ${names.join(", ")} } = all;\n`;
}

/**
 * Files for what is loaded together. Without them there would be dozens to read before rcwh starts. A module is in the
 * first that names it:
 * - what `explain` shares with others, which is little of what they load;
 * - what several entries load at once, one file for each combination of them: no entry may load another;
 * - what other entries load later and every command on an account, too, one file for each combination;
 * - what the program starts with; its entry keeps its two exports;
 * - what every command on an account loads.
 *
 * A group takes along what its modules import, unless a group before it has that.
 */
function groups() {
  const closures = new Map<string, ReadonlySet<string>>();
  const has = (when: "at once" | "later", entry: string, id: string, context: ChunkingContext) => {
    const key = `${entry} ${when}`;
    const ids = closures.get(key) ?? closure(entry, context, when);
    closures.set(key, ids);
    return ids.has(id);
  };
  const everything = Object.entries({ ...entries, ...extras });
  const others = everything.filter(([name]) => name !== "cli");
  const isOfAccounts = (id: string, context: ChunkingContext) =>
    [entries.cli, ...accountEntries].some((entry) => has("at once", entry, id, context));

  type NameOf = (id: string, context: ChunkingContext) => string | null;
  const ofSeveral: NameOf = (id, context) => {
    const all = Object.entries(entries).filter(([, entry]) => has("at once", entry, id, context));
    return all.length > 1 ? all.map(([name]) => name).join("-and-") : null;
  };
  const ofLater: NameOf = (id, context) => {
    const those = others.filter(([, entry]) => has("later", entry, id, context));
    const isEntry = everything.some(([, entry]) => id === modulePath(entry));
    if (those.length === 0 || isEntry || !isOfAccounts(id, context)) return null;
    const withTime = those.map(([name, entry]) =>
      has("at once", entry, id, context) ? name : `${name}-later`,
    );
    return ["account", ...withTime].join("-and-");
  };
  const ofExplain: NameOf = (id, context) => {
    if (!has("at once", explainEntry, id, context)) return null;
    if (has("at once", entries.quick, id, context)) return null;
    const name = ofSeveral(id, context) ?? ofLater(id, context);
    return name && `${name}-and-explain`;
  };
  const ofProgram: NameOf = (id, context) =>
    has("at once", entries.cli, id, context) && id !== modulePath(entries.cli) ? "program" : null;
  const ofAccounts: NameOf = (id, context) =>
    isOfAccounts(id, context) && id !== modulePath(entries.cli) ? "account" : null;
  const names = [ofExplain, ofSeveral, ofLater, ofProgram, ofAccounts];
  return names.map((name, index) => ({ name, priority: names.length - index }));
}

/** A file for what all of these libraries have besides their entries. */
function neutral(...names: readonly (keyof typeof entries)[]) {
  let closures: readonly ReadonlySet<string>[] | undefined;
  return (id: string, context: ChunkingContext) => {
    closures ??= names.map((name) => closure(entries[name], context));
    const isEntry = names.some((name) => id === modulePath(entries[name]));
    return !isEntry && closures.every((ids) => ids.has(id)) ? `${names.join("-and-")}-core` : null;
  };
}

function modulePath(entry: string): string {
  return join(import.meta.dirname, entry);
}

/** All modules that are loaded with one: at once, or also those that it may load later. */
function closure(
  entry: string,
  context: ChunkingContext,
  when: "at once" | "later" = "at once",
): ReadonlySet<string> {
  const ids = new Set([modulePath(entry)]);
  for (const id of ids) {
    const { importedIds = [], dynamicallyImportedIds = [] } = context.getModuleInfo(id) ?? {};
    for (const imported of importedIds) ids.add(imported);
    if (when === "later") for (const imported of dynamicallyImportedIds) ids.add(imported);
  }
  return ids;
}

/**
 * Takes the modules of Node from `process`: esbuild makes an exception of every `require` of one that it finds in
 * CommonJS when it writes a module.
 */
function withBuiltins() {
  return {
    name: "with-builtins",
    generateBundle(_options: unknown, files: { readonly [name: string]: { code?: string } }) {
      for (const file of Object.values(files)) {
        if (file.code === undefined) continue;
        file.code = file.code.replaceAll(
          /(?<![.\w$])require\((([`"'])([\w:/]+)\2)\)/g,
          (call, quoted: string, _quote, name: string) =>
            isBuiltin(name) ? `process.getBuiltinModule(${quoted})` : call,
        );
      }
    },
  };
}

/** Leaves the types. */
function withoutCode() {
  return {
    name: "without-code",
    generateBundle(_options: unknown, files: { [name: string]: unknown }) {
      for (const name of Object.keys(files)) {
        if (!name.endsWith(".d.cts")) delete files[name];
      }
    },
  };
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
 * - cli-table3 can color headings and borders. rcwh colors texts itself, and gives it no color.
 * - pg parses URLs, files of passwords and types of columns. rcwh gives it the parts of a URL, and takes texts.
 * - inquirer has prompts that rcwh does not use; the editor's brings tables of all the world's character sets.
 */
function withoutImports() {
  const unwanted = [
    { name: "when-exit", importer: "/atomically/" },
    { name: /^(?:ajv|ajv-formats|semver)(?:\/|$)/, importer: "/conf/" },
    { name: "node:child_process", importer: "/commander/" },
    { name: /^pg-(?:cloudflare|connection-string)$/, importer: "/pg/" },
    { name: "debug", importer: "-proxy-agent/" },
    { name: "@colors/colors/safe", importer: "/cli-table3/" },
    {
      name: /^@inquirer\/(?:checkbox|editor|expand|number|password|rawlist)$/,
      importer: "/@inquirer/prompts/",
    },
  ];
  const nothing = "\0nothing";
  // What Node gets of these cannot be left out in parts.
  const modules = new Map(
    Object.entries({ rxjs: "dist/esm/index.js", yaml: "browser/index.js" }).map(([name, file]) => [
      name,
      join(import.meta.dirname, "node_modules", name, file),
    ]),
  );
  return {
    name: "without-imports",
    resolveId(id: string, from = "") {
      const isUnwanted = unwanted.some(
        ({ name, importer }) =>
          from.includes(importer) && (typeof name === "string" ? id === name : name.test(id)),
      );
      if (isUnwanted) return nothing;
      if (from.includes("/pg/") && replacements.has(`\0${id}`)) return `\0${id}`;
      return modules.get(id);
    },
    load(id: string) {
      const code = id === nothing ? nothingAtAll : replacements.get(id);
      return code === undefined ? undefined : { code, moduleType: "js" as const };
    },
  };
}

/** Commander sorts the names that it suggests by the rules of a language, whose tables take Node longer to load than the rest of a run. */
function withoutCollator() {
  const sort = "similar.sort((a, b) => a.localeCompare(b))";
  return {
    name: "without-collator",
    transform(code: string, id: string) {
      if (!/[\\/]commander[\\/]lib[\\/]suggestSimilar\.js$/.test(id)) return undefined;
      if (!code.includes(sort)) throw new Error(`${id} sorts in another way`);
      return code.replace(sort, "similar.sort()");
    },
  };
}

/** rcwh needs SHA-256 alone, but the bundler keeps the table of SHA-512: eighty BigInts that every run would compute. */
function withoutSha512() {
  const table = /(?<=^const K512 = ).*?\.map\(n => BigInt\(n\)\)\)\)\(\);$/ms;
  return {
    name: "without-sha512",
    transform(code: string, id: string) {
      if (!/[\\/]@noble[\\/]hashes[\\/]sha2\.js$/.test(id)) return undefined;
      if (!table.test(code)) throw new Error(`${id} has another table`);
      return code.replace(table, "[[], []];");
    },
  };
}

/** What is imported from CommonJS is inherited, not copied with a getter for each member: `node:fs` has a hundred. */
function withoutCopies() {
  const copying = /export var __toESM = [^;]*;/;
  const inheriting = `export var __toESM = (mod, isNodeMode) => {
    const target = mod == null ? {} : __create(mod);
    const hasDefault = !isNodeMode && mod && mod.__esModule;
    return hasDefault ? target : __defProp(target, "default", { value: mod, enumerable: true });
  };`;
  return {
    name: "without-copies",
    transform(code: string, id: string) {
      if (!/rolldown[\\/]runtime\.js$/.test(id)) return undefined;
      if (!copying.test(code)) throw new Error(`${id} imports from CommonJS in another way`);
      return code.replace(copying, inheriting);
    },
  };
}

/** V8 reads a text of single bytes faster, and keeps it in half the space. */
function asciiOnly() {
  const escaped = (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return {
    name: "ascii-only",
    generateBundle(_options: unknown, files: { readonly [name: string]: { code?: string } }) {
      for (const [name, file] of Object.entries(files)) {
        if (file.code === undefined) continue;
        if (/\\[^\0-\x7f]|String\.raw/.test(file.code))
          throw new Error(`${name} cannot be escaped`);
        file.code = file.code.replaceAll(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

/** What pg calls: no password in a file, and a text for each value. */
const replacements = new Map([
  ["\0pgpass", "module.exports = (_connection, done) => done();"],
  ["\0pg-types", "exports.getTypeParser = () => String;"],
]);

/** Whatever is imported from it by name, too. */
const nothingAtAll = "module.exports = () => () => {};";
