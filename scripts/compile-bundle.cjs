"use strict";

// Leaves what V8 compiles when it runs `rcwh filters` beside the bundle, for bin/rcwh.js. Only what has been run is
// in there: functions are compiled when they are called first. Node 22 and later have a cache of their own.
const { readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");
const { Script } = require("node:vm");

const path = join(__dirname, "../dist/cli.cjs");
const source = readFileSync(path, "utf8");
if (/\bimport\(/.test(source))
  throw new Error("A script has no import(): use require, or another chunk.");
if (!Module.enableCompileCache) {
  // The name is kept in there, and the package shall not tell where it was built.
  const script = new Script(Module.wrap(source), { filename: "cli.cjs" });
  const cache = path.replace(/cjs$/, "cache");
  process.on("exit", () => writeFileSync(cache, script.createCachedData()));
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, "filters");
  const bundle = new Module(path, module);
  require.cache[path] = bundle;
  script.runInThisContext()(bundle.exports, Module.createRequire(path), bundle);
  bundle.loaded = true;
}
