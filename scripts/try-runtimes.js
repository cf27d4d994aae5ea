// Runs rcwh/client in Workers (workerd), Deno, Bun and Node: `npm run try-runtimes`. The first run downloads the runtimes
// from the registry, about 350 MB. Every call is a cold start: only the store outlives it. Prints a line for each; exits
// with 1 if one failed. `npm run try-runtimes deno` tries those that match.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..");
const wanted = new RegExp(process.argv[2] ?? "", "i");
const run = promisify(execFile);
const { startEmulator } = createRequire(import.meta.url)("../dist/emulator.cjs");
const { memoryStore } = createRequire(import.meta.url)("../dist/client.cjs");

const packages = {
  workerd: "@cloudflare/workerd-linux-64",
  deno: "@deno/linux-x64-glibc",
  bun: "@oven/bun-linux-x64",
};
const binaries = {
  workerd: `${packages.workerd}/bin/workerd`,
  deno: `${packages.deno}/deno`,
  bun: `${packages.bun}/bin/bun`,
};

/** A function as a user would write it: it keeps one webhook alive. Its store is a custom one, over HTTP. */
const app = `import { createClient } from "./client.mjs";

const ask = (url, method) => async (argument) => {
  const body = JSON.stringify({ method, argument });
  return (await (await fetch(url, { method: "POST", body })).json()).value;
};

export async function keepAlive(env) {
  const [read, compareAndSet, lock, unlock] = ["read", "compareAndSet", "lock", "unlock"].map((each) => ask(env.STORE, each));
  const client = createClient({
    server: env.SERVER,
    credentials: { clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET, jwt: env.JWT },
    store: { read, compareAndSet, lock, unlock },
  });
  const { id, outcome, newId } = await client.ensure({ filters: ["posts"], url: env.HOOK, expiresIn: "7d" });
  return { id, outcome, newId };
}
`;
const worker = `import { keepAlive } from "./app.mjs";
export default { fetch: async (_request, env) => Response.json(await keepAlive(env)) };
`;
const script = `import { keepAlive } from "./app.mjs";
console.log(JSON.stringify(await keepAlive(globalThis.Deno?.env.toObject() ?? process.env)));
`;

const directory = await mkdtemp(join(tmpdir(), "rcwh-runtimes-"));
for (const name of await readdir(join(root, "dist"))) {
  if (/^(?:client|receiver).*\.mjs$/.test(name)) {
    await cp(join(root, "dist", name), join(directory, name));
  }
}
await writeFile(join(directory, "app.mjs"), app);
await writeFile(join(directory, "worker.mjs"), worker);
await writeFile(join(directory, "script.mjs"), script);

const scriptIn = (command, words) => async (env) => {
  const { stdout } = await run(command, [...words, "script.mjs"], { cwd: directory, env });
  return JSON.parse(stdout);
};
const runtimes = {
  "Workers (workerd)": callWorker,
  Deno: async (env) => scriptIn(await binary("deno"), ["run", "--allow-net", "--allow-env"])(env),
  Bun: async (env) => scriptIn(await binary("bun"), ["run"])(env),
  Node: scriptIn(process.execPath, []),
};

let failed = false;
for (const [name, call] of Object.entries(runtimes)) {
  if (!wanted.test(name)) continue;
  const outcomes = await liveThrough(call).catch((error) => [String(error.stderr || error)]);
  const passed = outcomes.join(" ") === "created not-due renewed recovered recreated";
  failed ||= !passed;
  process.stdout.write(`${passed ? "ok" : "FAILED"}  ${name}: ${outcomes.join(", ")}\n`);
}
await rm(directory, { recursive: true });
process.exit(failed ? 1 : 0);

/** The life of a webhook: each step is a call in a new process. */
async function liveThrough(call) {
  const emulator = await startEmulator();
  const store = memoryStore();
  const kept = await listen(async (body) => {
    const { method, argument } = JSON.parse(body);
    return JSON.stringify({ value: await store[method](argument) });
  });
  const hook = await listen(() => "");
  const env = {
    ...{ SERVER: emulator.url, CLIENT_ID: emulator.clientId, CLIENT_SECRET: emulator.clientSecret },
    ...{ JWT: emulator.jwt(), STORE: kept.url, HOOK: `${hook.url}/hook` },
  };
  const outcomes = [];
  const step = async () => {
    const { id, outcome, newId } = await call(env);
    outcomes.push(outcome);
    return newId ?? id;
  };
  try {
    await step();
    const id = await step();
    await emulator.clock.advance("6d");
    await step();
    emulator.blacklist(id);
    await step();
    await emulator.clock.advance("8d");
    await step();
    const logins = emulator.requests.filter(({ path }) => path === "/restapi/oauth/token").length;
    if (emulator.subscriptions().length !== 1) outcomes.push("more than one subscription");
    // The emulator's clock has ended two sessions.
    if (logins > 3) outcomes.push(`${logins} logins`);
    return outcomes;
  } finally {
    await emulator.close();
    kept.close();
    hook.close();
  }
}

/** Starts workerd, calls the worker once, and ends it. */
async function callWorker(env) {
  const modules = (await readdir(directory)).filter((name) => /^(?!script).*\.mjs$/.test(name));
  const port = await freePort();
  const names = ["worker.mjs", ...modules.filter((name) => name !== "worker.mjs")];
  const bindings = Object.entries(env).map(
    ([name, text]) => `( name = "${name}", text = ${JSON.stringify(text)} )`,
  );
  await writeFile(
    join(directory, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "main", worker = (
      modules = [ ${names.map((name) => `( name = "${name}", esModule = embed "${name}" )`).join(", ")} ],
      bindings = [ ${bindings.join(", ")} ],
      compatibilityDate = "2024-09-01",
    ) ),
    ( name = "internet", network = ( allow = ["public", "private"] ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "main" ) ],
);
`,
  );
  const workerd = spawn(await binary("workerd"), ["serve", "config.capnp"], {
    cwd: directory,
    stdio: ["ignore", "inherit", "inherit"],
  });
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        return await (await fetch(`http://127.0.0.1:${port}/`)).json();
      } catch (error) {
        if (tries > 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } finally {
    const ended = once(workerd, "exit");
    workerd.kill();
    await ended;
  }
}

/** The runtime's program, from the registry unless it was taken before. */
async function binary(name) {
  const cache = join(process.env.RCWH_RUNTIMES ?? join(root, "node_modules/.cache/runtimes"));
  const path = join(cache, "node_modules", binaries[name]);
  if (existsSync(path)) return path;
  await mkdir(cache, { recursive: true });
  await writeFile(join(cache, "package.json"), "{}");
  // Each package contains a single program.
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
  await run("npm", ["install", ...flags, packages[name]], { cwd: cache });
  return path;
}

async function listen(answer) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end(await answer(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
