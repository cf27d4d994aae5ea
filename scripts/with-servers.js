/**
 * Runs a command beside a PostgreSQL and a Redis of its own, in a temporary directory and on free ports:
 * `node scripts/with-servers.js npx vitest run test/servers`. The command finds them in RCWH_TEST_POSTGRES and
 * RCWH_TEST_REDIS, and their processes in RCWH_TEST_SERVERS (`postgres.pid`, `redis.pid`): a killed server is restarted
 * with its data. A server that is not installed is skipped with a message.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  fail("Give a command: `node scripts/with-servers.js npx vitest run test/servers`.");
}

const directory = fs.mkdtempSync(join(tmpdir(), "rcwh-servers-"));
// PostgreSQL refuses to run as root.
const user = process.getuid?.() === 0 ? nobody() : undefined;
if (user) fs.chownSync(directory, user.uid, user.gid);

const servers = [];
let isOver = false;
let exitCode = 1;
try {
  const env = { RCWH_TEST_SERVERS: directory, ...(await startPostgres()), ...(await startRedis()) };
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  [exitCode] = await once(child, "close");
} finally {
  isOver = true;
  for (const { process } of servers) process?.kill("SIGKILL");
  await Promise.all(servers.map(({ ended }) => ended));
  fs.rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
}
process.exitCode = exitCode ?? 1;

async function startPostgres() {
  const bin = findPostgres();
  if (bin === undefined) return say("PostgreSQL");
  const data = join(directory, "postgres");
  const initial = [
    "-D",
    data,
    "-U",
    "rcwh",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
  ];
  const made = spawnSync(join(bin, "initdb"), initial, {
    ...user,
    cwd: directory,
    encoding: "utf8",
  });
  if (made.status !== 0) fail(`initdb failed: ${made.stderr ?? made.error}`);
  const port = await freePort();
  const settings = [
    "unix_socket_directories=",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
  ];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  await serve("postgres", join(bin, "postgres"), ["-D", data, "-p", `${port}`, ...flags], () => {
    const ready = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "rcwh", "-d", "postgres"];
    return spawnSync(join(bin, "pg_isready"), ready).status === 0;
  });
  return { RCWH_TEST_POSTGRES: `postgres://rcwh@127.0.0.1:${port}/postgres` };
}

async function startRedis() {
  const program = find("redis-server") ?? find("valkey-server");
  if (program === undefined) return say("Redis");
  const data = join(directory, "redis");
  fs.mkdirSync(data);
  if (user) fs.chownSync(data, user.uid, user.gid);
  const port = await freePort();
  const settings = { port, bind: "127.0.0.1", dir: data, appendonly: "yes", appendfsync: "always" };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  await serve("redis", program, [...flags, "--save", ""], () => {
    const client = find("redis-cli") ?? find("valkey-cli");
    return spawnSync(client ?? "redis-cli", ["-p", `${port}`, "ping"]).stdout?.includes("PONG");
  });
  return { RCWH_TEST_REDIS: `redis://127.0.0.1:${port}` };
}

/** Starts a server, restarts it whenever it is killed, and resolves once it answers. */
async function serve(name, program, flags, isReady) {
  const log = fs.openSync(join(directory, `${name}.log`), "a");
  const server = { process: undefined, ended: undefined };
  servers.push(server);
  server.ended = (async () => {
    while (!isOver) {
      server.process = spawn(program, flags, {
        ...user,
        cwd: directory,
        stdio: ["ignore", log, log],
      });
      fs.writeFileSync(join(directory, `${name}.pid`), `${server.process.pid}`);
      await once(server.process, "close");
      // PostgreSQL's other processes end a moment later.
      if (!isOver) await pause(100);
    }
  })();
  for (let tries = 0; !isReady(); tries += 1) {
    if (tries > 300) fail(fs.readFileSync(join(directory, `${name}.log`), "utf8"));
    await pause(100);
  }
}

/** The newest of Debian's directories that has it, else the PATH. */
function findPostgres() {
  const root = "/usr/lib/postgresql";
  const versions = fs.existsSync(root) ? fs.readdirSync(root) : [];
  const places = versions.toSorted((one, other) => Number(other) - Number(one));
  const bins = places.map((version) => join(root, version, "bin"));
  return [...bins, ...(process.env.PATH ?? "").split(delimiter)].find((bin) =>
    ["postgres", "initdb", "pg_isready"].every((program) => fs.existsSync(join(bin, program))),
  );
}

function find(program) {
  const places = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, program));
  return places.find((path) => fs.existsSync(path));
}

function say(server) {
  process.stderr.write(`SKIPPED: ${server} is not installed, so nothing is tested against it.\n`);
  return {};
}

function fail(reason) {
  throw new Error(reason);
}

function nobody() {
  const [, , uid, gid] =
    fs
      .readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .find(([name]) => name === "nobody") ?? [];
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
