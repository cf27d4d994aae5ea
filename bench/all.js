// All benchmarks on every Node of this machine, as one table: `npm run bench`.
//
//   npm run bench                          everything; takes a few minutes for each Node
//   npm run bench -- startup listen        only these
//   npm run bench -- --quick               a short run that shows whether everything works
//   NODES=/opt/node22:/opt/node24 npm run bench     on these Nodes: executables, or directories that have one
//
// Without NODES, it takes the Nodes of the PATH and those that nvm, fnm, volta, n, asdf and mise have installed.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { fail, isOver, parameters, quick, refuse, renderTable, say } from "./table.js";

const benchmarks = ["startup", "renew", "deliveries", "listen"];
const chosen = parameters.length > 0 ? parameters : benchmarks;
const unknown = chosen.find((name) => !benchmarks.includes(name));
if (unknown !== undefined) refuse(`${unknown} is not one of ${benchmarks.join(", ")}`);

const rows = [];
for (const { version, path } of findNodes()) {
  for (const name of chosen) {
    say(`${version}: ${name} …`);
    rows.push(...(await run(path, name)).map((row) => ({ ...row, node: version })));
  }
}
// Sort the rows so that the versions of Node are listed below each other.
const things = [...new Set(rows.map(({ what }) => what))];
const table = things.flatMap((what) => rows.filter((row) => row.what === what));
process.stdout.write(`${renderTable(table)}\n`);
if (table.some(isOver)) process.exitCode = 1;

async function run(node, name) {
  const flags = ["--json", ...(quick ? ["--quick"] : [])];
  const child = spawn(node, [join(import.meta.dirname, `${name}.js`), ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const [status] = await once(child, "close");
  const [last = ""] = text.trim().split("\n").slice(-1);
  const measured = last.startsWith("[") ? JSON.parse(last) : [];
  // The table shows exceeded budgets.
  if (measured.length === 0 || (status !== 0 && !measured.some(isOver))) {
    fail(`${name} ended with ${status}`);
  }
  return measured;
}

/** The Nodes that rcwh runs on, each version once, oldest first. */
function findNodes() {
  const named = process.env.NODES?.split(new RegExp(`[\\s,${delimiter}]+`)).filter(Boolean);
  const places = named ?? [
    process.execPath,
    ...(process.env.PATH ?? "").split(delimiter),
    ...installed(),
  ];
  const byVersion = new Map();
  for (const place of places) {
    const path = executableIn(place);
    const version = path && versionOf(path);
    if (version && isSupported(version)) {
      if (!byVersion.has(version)) byVersion.set(version, path);
    } else if (named) {
      fail(`${place} has no Node that rcwh runs on`);
    }
  }
  const nodes = [...byVersion].map(([version, path]) => ({ version, path }));
  return nodes.sort((a, b) => a.version.localeCompare(b.version, "en", { numeric: true }));
}

/** Where version managers keep their Nodes. */
function installed() {
  const { NVM_DIR, FNM_DIR, VOLTA_HOME, N_PREFIX, ASDF_DATA_DIR, MISE_DATA_DIR } = process.env;
  const home = homedir();
  return [
    `${NVM_DIR || `${home}/.nvm`}/versions/node`,
    ...(FNM_DIR ? [FNM_DIR] : [`${home}/.local/share/fnm`, `${home}/.fnm`]).map(
      (each) => `${each}/node-versions`,
    ),
    `${VOLTA_HOME || `${home}/.volta`}/tools/image/node`,
    `${N_PREFIX || "/usr/local"}/n/versions/node`,
    `${ASDF_DATA_DIR || `${home}/.asdf`}/installs/nodejs`,
    `${MISE_DATA_DIR || `${home}/.local/share/mise`}/installs/node`,
    "/usr/local",
    "/usr/local/lib",
    "/opt",
  ].flatMap((directory) =>
    existsSync(directory) ? readdirSync(directory).map((each) => join(directory, each)) : [],
  );
}

/** A place is an executable, its directory, or the directory above. */
function executableIn(place) {
  const names = ["", "node", "node.exe", "bin/node", "installation/bin/node"];
  const paths = names.map((name) => join(place, name));
  const found = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  return found && /^node(?:\.exe)?$/.test(basename(found)) ? realpathSync(found) : undefined;
}

function versionOf(path) {
  const { stdout } = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" });
  return /^\d+\.\d+\.\d+$/.exec(stdout?.trim() ?? "")?.[0];
}

/** The oldest version that `engines` in package.json allows. */
function isSupported(version) {
  const [major, minor] = version.split(".").map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 3) || major > 22;
}
