#!/usr/bin/env node
"use strict";

// What rcwh needs of Node came with 20.16 and 22.3. This file must parse on older ones.
if (!process.getBuiltinModule) {
  process.stderr.write(
    `error: rcwh cannot run on Node ${process.versions.node} (${process.execPath}): use Node 20.19, 22.3 or later.\n`,
  );
  process.exit(2);
}

// A clone has no bundle until it is built.
if (!require("node:fs").existsSync(`${__dirname}/../dist/instant.json`)) {
  const root = require("node:path").dirname(__dirname);
  process.stderr.write(
    `error: rcwh is not built yet in ${root}.\nhint: Run \`npm ci\` there: it builds rcwh.\n`,
  );
  process.exit(1);
}

// A write beyond the limit of `ulimit -f` then fails like one to a full disk, instead of ending the process.
process.on("SIGXFSZ", () => {});

// `--version` and the root `--help` were rendered when rcwh was built: they answer before anything else is loaded.
const answer = instantAnswer(process.argv.slice(2));
if (answer === undefined) {
  loadBundle(require.resolve("../dist/cli.cjs"));
} else {
  process.stdout.on("error", ({ code, message }) => {
    if (code === "EPIPE") return; // a reader that has left is no error
    process.stderr.write(`error: The output could not be written: ${message}.\n`);
    process.exitCode = 1;
  });
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
 * Keeps what V8 compiles between runs. Node 22 and later do that by themselves, once they know where; for Node 20 it is
 * one file, written at the end of the first run.
 */
function loadBundle(path) {
  const fs = require("node:fs");
  const directory = compiledDirectory(fs, require("../dist/instant.json").build);
  const Module = require("node:module");
  if (directory === undefined || !Module.wrap) return require(path); // Bun has no `wrap`
  if (Module.enableCompileCache) {
    Module.enableCompileCache(directory);
    return require(path);
  }

  const { Script } = require("node:vm");
  const cache = `${directory}/${process.version}-${process.arch}`;
  const script = new Script(Module.wrap(fs.readFileSync(path, "utf8")), {
    filename: path,
    cachedData: readCache(fs, cache),
  });
  if (script.cachedDataRejected !== false) {
    // At the end, because functions are compiled when they are called first.
    process.on("exit", () => replaceFile(fs, cache, script.createCachedData()));
  }
  const bundle = new Module(path, module);
  require.cache[path] = bundle; // the bundle's other files refer back to it
  script.runInThisContext()(bundle.exports, Module.createRequire(path), bundle);
  bundle.loaded = true;
}

/** Undefined if it is not a regular file: reading from a named pipe may never end. */
function readCache(fs, path) {
  try {
    return fs.statSync(path, { throwIfNoEntry: false })?.isFile()
      ? fs.readFileSync(path)
      : undefined;
  } catch {
    return undefined; // it cannot be read
  }
}

/**
 * The directory for what is compiled of this build: `compiled/<build>` in the configuration directory, if that exists.
 * Undefined where anybody else could write there, because whoever writes it decides what rcwh runs.
 */
function compiledDirectory(fs, build) {
  const configuration = configurationDirectory();
  if (!configuration || process.env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const all = `${configuration}/compiled`;
  const own = `${all}/${build}`;
  try {
    const isOwn = ({ uid }) => uid === (process.getuid?.() ?? uid); // Windows has no user ids
    if (!isOwn(fs.statSync(configuration))) return undefined;
    fs.mkdirSync(all, { recursive: true, mode: 0o700 });
    const { mode, uid } = fs.lstatSync(all);
    if (!isOwn({ uid }) || (process.platform !== "win32" && mode & 0o077)) return undefined;
    if (!fs.existsSync(own)) {
      removeOldBuilds(fs, all);
      fs.mkdirSync(own, { recursive: true });
    }
    return own;
  } catch {
    return undefined; // a disk that is full or cannot be written
  }
}

/** As src/config/location.ts has it. */
function configurationDirectory() {
  const { RCWH_CONFIG_DIR, XDG_CONFIG_HOME, APPDATA, HOME } = process.env;
  if (RCWH_CONFIG_DIR) return RCWH_CONFIG_DIR;
  if (XDG_CONFIG_HOME?.startsWith("/")) return `${XDG_CONFIG_HOME}/rcwh`;
  if (process.platform === "win32" && APPDATA) return `${APPDATA}/rcwh`;
  return HOME && `${HOME}/.config/rcwh`;
}

/** Another version may share the configuration: what was made in the last thirty days stays. */
function removeOldBuilds(fs, directory) {
  for (const name of fs.readdirSync(directory)) {
    const path = `${directory}/${name}`;
    const days = (Date.now() - fs.lstatSync(path).mtimeMs) / 86_400_000;
    if (days > 30) fs.rmSync(path, { recursive: true, force: true });
  }
}

function replaceFile(fs, path, data) {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(draft, data, { flag: "wx", mode: 0o600 });
    fs.renameSync(draft, path);
  } catch {
    fs.rmSync(draft, { force: true }); // the next run tries again
  }
}
