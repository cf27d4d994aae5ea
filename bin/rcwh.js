#!/usr/bin/env node
"use strict";

// `--version` and the root `--help` were rendered when rcwh was built: they answer before anything else is loaded.
const answer = instantAnswer(process.argv.slice(2));
if (answer === undefined) {
  loadBundle(require.resolve("../dist/cli.cjs"));
} else {
  process.stdout.on("error", () => {}); // a reader that has left is no reason for a stack trace
  process.stdout.write(answer);
}

function instantAnswer([flag = "--help", ...rest]) {
  if (rest.length > 0) return undefined;
  if (flag === "--version" || flag === "-V") return require("../dist/instant.json").version;
  if (flag !== "--help" && flag !== "-h" && flag !== "help") return undefined;
  // It was rendered for 80 columns, and is never wider.
  const width = Number(process.env.COLUMNS) || process.stdout.columns || 80;
  return width < 80 ? undefined : require("../dist/instant.json").help;
}

/**
 * Node 22 keeps what it has compiled. Node 20 does not, so there the build leaves it beside the bundle
 * (scripts/compile-bundle.cjs): V8 takes it only from its own version, and else compiles as ever.
 */
function loadBundle(path) {
  const Module = module.constructor; // what node:module exports, which takes longer to ask for
  Module.enableCompileCache?.();
  const cache = path.replace(/cjs$/, "cache");
  const { existsSync, readFileSync } = require("node:fs");
  if (Module.enableCompileCache || !existsSync(cache)) return require(path);

  const { Script } = require("node:vm");
  const source = Module.wrap(readFileSync(path, "utf8"));
  const script = new Script(source, { filename: path, cachedData: readFileSync(cache) });
  const bundle = new Module(path, module);
  require.cache[path] = bundle; // the bundle's other files refer back to it
  script.runInThisContext()(bundle.exports, Module.createRequire(path), bundle);
  bundle.loaded = true;
}
