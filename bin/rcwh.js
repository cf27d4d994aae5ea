#!/usr/bin/env node
"use strict";

// What rcwh needs of Node came with 20.16 and 22.3. This file must parse on older ones.
if (!process.getBuiltinModule) {
  process.stderr.write(
    `error: rcwh cannot run on Node ${process.versions.node} (${process.execPath}): use Node 20.19, 22.3 or later.\n`,
  );
  process.exit(2);
}

const fs = require("node:fs");
const dist = require("node:path").join(__dirname, "../dist/");

// A clone has no bundle until it is built.
if (!fs.existsSync(`${dist}instant.json`)) {
  const root = require("node:path").dirname(__dirname);
  process.stderr.write(
    `error: rcwh is not built yet in ${root}.\nhint: Run \`npm ci\` there: it builds rcwh.\n`,
  );
  process.exit(1);
}

// Everything is done: Node would still take a millisecond to free memory that ends with the process.
process.once("beforeExit", () => process.exit());

// A write beyond the limit of `ulimit -f` then fails like one to a full disk, instead of ending the process.
process.on("SIGXFSZ", () => {});

// `--version` and all help was rendered when rcwh was built: they answer before anything else is loaded.
const instant = JSON.parse(fs.readFileSync(`${dist}instant.json`, "utf8"));
const words = process.argv.slice(2);
if (words.length === 1 && /^(?:--version|-V)$/.test(words[0])) print(instant.version);
else {
  const help = findHelp();
  if (help === undefined) loadProgram();
  else printHelp(help);
}

/** What was rendered of the help that is asked for, and whether it may be longer than a screen. */
function findHelp() {
  const asked = helpedCommand();
  // An invalid RCWH_OUTPUT is an error, except for the help that explains it.
  if (asked === undefined || (asked.path !== "" && process.env.RCWH_OUTPUT)) return undefined;
  const { path, isLong } = asked;
  if (path === "") return { text: isLong ? instant.help : instant.brief, isLong };
  const text = findPage(isLong ? path : `${path} -h`);
  return text && { text, isLong };
}

/** The help of a command, as scripts/render-instant.js has written it. */
function findPage(path) {
  const { brotliDecompressSync } = require("node:zlib");
  const pages = brotliDecompressSync(fs.readFileSync(`${dist}help.br`));
  const name = `\0\0${path}\0`;
  const start = pages.indexOf(name);
  if (start < 0) return undefined;
  const page = pages.subarray(start + name.length, pages.indexOf("\0\0", start + 2));
  // A terminal breaks some lines of most.
  const middle = page.indexOf("\0");
  if (middle < 0) return page.toString();
  const isShown = isTerminal() && outputWidth() >= 80;
  return (isShown ? page.subarray(middle + 1) : page.subarray(0, middle)).toString();
}

async function printHelp({ text, isLong }) {
  const width = outputWidth();
  if (width >= 80 && !isLong) return print(text);
  const shown = isTerminal();
  if (width >= 80 && !shown) return print(text);
  const load = createLoader("help");
  // It was rendered for 80 columns, and is never wider.
  if (width < 80) text = await load("quick.cjs").fitHelp(text, width, shown ? width : Infinity);
  if (!isLong || !shown || !needsPager(text)) return print(text);
  load("quick.cjs").showPaged(text);
}

/** Whether help goes to a pager, as src/operations/pager.ts has it. */
function needsPager(text) {
  const { CI, TERM, RCWH_OUTPUT } = process.env;
  const { rows = 24 } = process.stdout;
  if (text.split("\n").length <= rows) return false;
  const isAutomated = CI !== undefined && CI !== "" && CI !== "false";
  const canMove = TERM ? TERM !== "dumb" : process.platform === "win32";
  return canMove && !isAutomated && !RCWH_OUTPUT && isTerminal(2) && process.stdin.isTTY === true;
}

/** The command whose help is asked for, "" for the whole program, and whether for all of it. Undefined for none. */
function helpedCommand() {
  if (words.length === 0) return { path: "", isLong: false };
  if (words[0] === "help") return { path: words.slice(1).join(" "), isLong: true };
  const last = words[words.length - 1];
  if (!/^(?:--help|-h)$/.test(last)) return undefined;
  return { path: words.slice(0, -1).join(" "), isLong: last === "--help" };
}

/** As src/io/io.ts has it. */
function outputWidth() {
  const { COLUMNS: chosen = "" } = process.env;
  if (/^[1-9]\d{0,3}$/.test(chosen)) return Number(chosen);
  return (isTerminal() && process.stdout.columns) || 80;
}

/** Asks `process.stdout` only where it has to, because loading that takes a while. */
function isTerminal(fd = 1) {
  if (process.platform !== "win32") {
    const { mode, rdev } = fs.fstatSync(fd);
    const isDevice = (mode & fs.constants.S_IFMT) === fs.constants.S_IFCHR;
    if (!isDevice || rdev === fs.statSync("/dev/null").rdev) return false;
  }
  return streamOf(fd).isTTY === true;
}

function streamOf(fd) {
  return fd === 1 ? process.stdout : process.stderr;
}

function print(text, fd = 1) {
  const fail = ({ code, message }) => {
    if (code === "EPIPE" || fd === 2) return; // a reader that has left is no error
    process.stderr.write(`error: The output could not be written: ${message}.\n`);
    process.exitCode = 1;
  };
  let rest = Buffer.from(text);
  if (process.platform !== "win32" && !isTerminal(fd)) {
    try {
      while (rest.length > 0) rest = rest.subarray(fs.writeSync(fd, rest));
      return;
    } catch (error) {
      if (error.code !== "EAGAIN") return fail(error);
    }
  }
  streamOf(fd).on("error", fail);
  streamOf(fd).write(rest);
}

async function loadProgram() {
  const load = createLoader(instant.commands.includes(words[0]) ? words[0] : "other");
  // A bug is reported by the program, which runs into it again.
  const answer =
    isPlain() &&
    (await load("quick.cjs")
      .answer(words, instant.commands)
      .catch(() => {}));
  if (!answer) return load("cli.cjs").start();
  process.exitCode = answer.exitCode;
  print(answer.text, answer.fd);
}

/** Whether src/quick.ts has an answer that nothing but the words decides. */
function isPlain() {
  const [command] = words;
  const { env } = process;
  const isUnknown = command !== "help" && !instant.commands.includes(command);
  return (
    (isUnknown || command === "filters" || command === "explain") &&
    words.every((word) => /^[^-]/.test(word)) &&
    !env.RCWH_OUTPUT &&
    !env.FORCE_COLOR &&
    // The password of a proxy is never shown.
    !Object.keys(env).some((name) => /^https?_proxy$/i.test(name) && env[name].includes("@")) &&
    !isTerminal(isUnknown ? 2 : 1)
  );
}

/**
 * Loads the bundle's files, which is faster than having Node find them, and keeps what V8 compiles between runs: for each
 * command and for help a file with what its first run without an error has loaded, and one with what others load besides.
 */
function createLoader(command) {
  const { version, versions, arch } = process;
  if (versions.bun || versions.deno) return (name) => require(`../dist/${name}`);
  const { Script } = require("node:vm");
  const directory = compiledDirectory();
  const cache = directory && `${directory}/${version}-${arch}-${command}`;
  const usual = cache ? readCache(cache) : new Map();
  let more;
  const loaded = new Map();
  const added = new Set();
  const codes = readCode([...usual.keys()]);

  function load(name) {
    const known = loaded.get(name);
    if (known) return known.exports;
    const filename = dist + name;
    const code = codes.get(name) ?? readCode([name]).get(name);
    if (!usual.has(name)) more ??= cache ? readCache(`${cache}-more`) : new Map();
    const cachedData = usual.get(name) ?? more.get(name);
    const script = new Script(code, { filename, cachedData });
    if (script.cachedDataRejected !== false) added.add(name);
    const module = { exports: {}, script };
    loaded.set(name, module);
    script.runInThisContext()(module.exports, requireFile, module, filename, dist);
    return module.exports;
  }
  // They require only each other: Node's modules they take from `process`.
  const requireFile = (path) => load(path.slice("./".length));

  if (cache) {
    // At the end, because functions are compiled when they are called first.
    process.on("exit", (code) => {
      if (added.size === 0) return;
      const isUsual =
        (usual.size === 0 && code === 0) || [...added].some((name) => usual.has(name));
      const kept = isUsual ? new Map() : more;
      for (const [name, { script }] of loaded) {
        if (isUsual || !usual.has(name)) kept.set(name, script.createCachedData());
      }
      replaceFile(isUsual ? cache : `${cache}-more`, pack(kept));
    });
  }
  return load;
}

/**
 * The code of some of the bundle's files, each as a function. They are ASCII, and parts of one text, which V8 neither copies
 * nor, if it is large, moves when it collects garbage.
 */
function readCode(names) {
  const prologue = Buffer.from("(function (exports, require, module, __filename, __dirname) {");
  const epilogue = Buffer.from("\n})");
  const files = names.map((name) => fs.readFileSync(dist + name));
  const text = Buffer.concat(files.flatMap((file) => [prologue, file, epilogue])).latin1Slice();
  const codes = new Map();
  let start = 0;
  for (const [index, name] of names.entries()) {
    const end = start + prologue.length + files[index].length + epilogue.length;
    codes.set(name, text.slice(start, end));
    start = end;
  }
  return codes;
}

/**
 * What is compiled of each file, as `pack` has written it. Empty if the file is damaged: V8 does not check what it is given,
 * and one wrong byte could end every run in a crash.
 */
function readCache(path) {
  const compiled = new Map();
  try {
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    if (!stats?.isFile()) return compiled; // reading from a named pipe may never end
    const data = fs.readFileSync(path);
    if (data.length % 4 !== 0 || checksum(data) !== 0) return compiled;
    let start = data.indexOf("\n") + 1;
    for (const [name, length] of JSON.parse(data.toString("latin1", 0, start))) {
      compiled.set(name, data.subarray(start, start + length));
      start += length;
    }
  } catch {} // it cannot be read
  return compiled;
}

/** A line of the files' names and lengths, what is compiled of each, and four bytes that make the checksum zero. */
function pack(compiled) {
  const index = JSON.stringify(Array.from(compiled, ([name, { length }]) => [name, length]));
  const parts = [Buffer.from(`${index}\n`), ...compiled.values()];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = Buffer.concat(parts, Math.ceil(length / 4) * 4 + 4);
  data.writeInt32LE(checksum(data), data.length - 4);
  return data;
}

/** Loading Node's checksums takes longer than this, which takes eight words at a time because it is not compiled yet. */
function checksum(data) {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length / 4);
  let sum = 0;
  let at = 0;
  for (; at + 8 <= words.length; at += 8) {
    const half = words[at] ^ words[at + 1] ^ words[at + 2] ^ words[at + 3];
    sum ^= half ^ words[at + 4] ^ words[at + 5] ^ words[at + 6] ^ words[at + 7];
  }
  for (; at < words.length; at += 1) sum ^= words[at];
  return sum;
}

/**
 * The directory for what is compiled of this build: `compiled/<build>` in the configuration directory, if that exists.
 * Undefined where anybody else could write there, because whoever writes it decides what rcwh runs.
 */
function compiledDirectory() {
  const configuration = configurationDirectory();
  if (!configuration || process.env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const all = `${configuration}/compiled`;
  const own = `${all}/${instant.build}`;
  try {
    const isOwn = ({ uid }) => uid === (process.getuid?.() ?? uid); // Windows has no user ids
    if (!isOwn(fs.statSync(configuration))) return undefined;
    // Node's `recursive` tries forever where the system takes no directories, as in /proc.
    if (!fs.existsSync(all)) fs.mkdirSync(all, { mode: 0o700 });
    const { mode, uid } = fs.lstatSync(all);
    if (!isOwn({ uid }) || (process.platform !== "win32" && mode & 0o077)) return undefined;
    if (!fs.existsSync(own)) {
      removeOldBuilds(all);
      fs.mkdirSync(own);
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
function removeOldBuilds(directory) {
  for (const name of fs.readdirSync(directory)) {
    const path = `${directory}/${name}`;
    const days = (Date.now() - fs.lstatSync(path).mtimeMs) / 86_400_000;
    if (days > 30) fs.rmSync(path, { recursive: true, force: true });
  }
}

function replaceFile(path, data) {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(draft, data, { flag: "wx", mode: 0o600 });
    fs.renameSync(draft, path);
  } catch {
    fs.rmSync(draft, { force: true }); // the next run tries again
  }
}
