import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { storeContract } from "rcwh/client/store-contract";
import { startEmulator } from "rcwh/emulator";

// Cloudflare's own runtime, without a network and without an account: `npm install --no-save workerd`.
const { WORKERD = installedWorkerd() ?? "workerd" } = process.env;
const skip = spawnSync(WORKERD, ["--version"]).status !== 0 && "without workerd, or WORKERD";
const storeKey = randomBytes(32).toString("base64");
let emulator;
let endpoint;
let directory;

before(async () => {
  emulator = await startEmulator();
  endpoint = createServer((request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end();
  });
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  directory = await mkdtemp(join(tmpdir(), "rcwh-workers-"));
});

after(async () => {
  endpoint.close().closeAllConnections();
  await emulator.close();
  await rm(directory, { recursive: true });
});

test("creates, renews and recovers, and signs in once for all cold starts", { skip }, async () => {
  await runSchedule();
  const [{ id, expirationTime }] = emulator.subscriptions();
  await runSchedule();
  assert.equal(emulator.subscriptions()[0].expirationTime, expirationTime);
  assert.equal(countSignIns(), 1);

  await emulator.clock.advance("6d");
  // RingCentral has ended the session meanwhile, which no clock of ours tells.
  await runSchedule();
  assert.ok(emulator.subscriptions()[0].expirationTime > expirationTime);
  assert.equal(countSignIns(), 2);

  emulator.blacklist(id);
  await runSchedule();
  assert.equal(emulator.subscriptions().length, 1);
  assert.notEqual(emulator.subscriptions()[0].id, id);
  assert.equal(countSignIns(), 2);
});

test("keeps the contract of a store", { skip }, async () => {
  await coldStart(async (url) => {
    for (const { name, run } of storeContract({ open: () => storeAt(url) })) {
      await assert.doesNotReject(run(), name);
    }
  });
});

/**
 * The program itself. Where npm runs no install scripts, `workerd` on the PATH is a script that does not pass on the file
 * that this test reads the port from.
 */
function installedWorkerd() {
  try {
    return createRequire(import.meta.url)("workerd").default;
  } catch {
    return undefined;
  }
}

/** A workerd that has just been started, with the storage of the last one. */
async function coldStart(use) {
  const path = join(directory, "config.capnp");
  await writeFile(join(directory, "trigger.js"), trigger);
  await writeFile(path, await config());
  const workerd = spawn(WORKERD, ["serve", "--experimental", "--control-fd=3", path], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    for await (const line of createInterface(workerd.stdio[3])) {
      const { event, port } = JSON.parse(line);
      if (event === "listen") return await use(`http://127.0.0.1:${port}`);
    }
    throw new Error("workerd has ended.");
  } finally {
    workerd.kill();
    if (workerd.exitCode === null && workerd.signalCode === null) await once(workerd, "exit");
  }
}

/** One run of the schedule. */
async function runSchedule() {
  const answer = await coldStart((url) => fetch(`${url}/schedule`, { method: "POST" }));
  assert.equal((await answer.json()).outcome, "ok");
}

/** In place of Cloudflare's scheduler; and the way to the store for its contract. */
const trigger = `
import { durableObjectStore } from "./store.js";

export default {
  async fetch(request, { WORKER, STORE }) {
    const method = new URL(request.url).pathname.slice(1);
    if (method === "schedule") return Response.json(await WORKER.scheduled({}));
    try {
      const [argument] = await request.json();
      return Response.json({ result: await durableObjectStore(STORE)[method](argument) });
    } catch (error) {
      return Response.json({ refused: error.message });
    }
  },
};`;

function storeAt(url) {
  const call = (method) => async (argument) => {
    const body = JSON.stringify([argument]);
    const answer = await (await fetch(`${url}/${method}`, { method: "POST", body })).json();
    if (answer.refused) throw new RangeError(answer.refused);
    return answer.result;
  };
  return Object.fromEntries(
    ["read", "compareAndSet", "lock", "unlock"].map((name) => [name, call(name)]),
  );
}

/** What wrangler makes of wrangler.toml, and the second worker. */
async function config() {
  const bindings = {
    RINGCENTRAL_SERVER_URL: emulator.url,
    RINGCENTRAL_CLIENT_ID: emulator.clientId,
    RINGCENTRAL_CLIENT_SECRET: emulator.clientSecret,
    RINGCENTRAL_JWT: emulator.jwt(),
    STORE_KEY: storeKey,
    WEBHOOK_URL: `http://127.0.0.1:${endpoint.address().port}/webhook`,
    FILTERS: "sms",
  };
  const texts = Object.entries(bindings).map(
    ([name, text]) => `(name = "${name}", text = "${text}")`,
  );
  const client = fileURLToPath(import.meta.resolve("rcwh/client"));
  const library = (await importsOf(client)).map((path) => module(`rcwh/${basename(path)}`, path));
  const store = module("store.js", join(import.meta.dirname, "store.js"));
  const renew = [
    ...[module("worker.js", join(import.meta.dirname, "worker.js")), store],
    ...[module("rcwh/client", client), ...library],
  ];
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "trigger", worker = (
      modules = [${module("trigger.js", join(directory, "trigger.js"))}, ${store}],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [
        (name = "WORKER", service = "renew"),
        (name = "STORE", durableObjectNamespace = (className = "StoreObject", serviceName = "renew")),
      ],
    )),
    (name = "renew", worker = (
      modules = [${renew}],
      compatibilityDate = "2026-01-01",
      bindings = [${texts}, (name = "STORE", durableObjectNamespace = "StoreObject")],
      durableObjectNamespaces = [(className = "StoreObject", uniqueKey = "rcwh", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
    )),
    (name = "internet", network = (allow = ["private"])),
    (name = "disk", disk = (path = "${directory}", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "trigger")],
);`;
}

function module(name, path) {
  // An absolute path would be looked for among the files of workerd itself.
  return `(name = "${name}", esModule = embed "${relative(directory, path)}")`;
}

/** The files that a module imports, and those that they import. */
async function importsOf(path, found = new Set()) {
  const text = await readFile(path, "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"(\.\/[^"]+)"/g)) {
    const next = join(dirname(path), name);
    if (found.has(next)) continue;
    found.add(next);
    await importsOf(next, found);
  }
  return [...found];
}

function countSignIns() {
  return emulator.requests.filter(({ path }) => path === "/restapi/oauth/token").length;
}
