import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { startEmulator } from "rcwh/emulator";

const { DATABASE_URL, PATH, DENO = "deno" } = process.env;
const hasDeno = spawnSync(DENO, ["--version"]).status === 0;
const skip =
  (!hasDeno && "without Deno on the path, or in DENO") ||
  (!DATABASE_URL && "without DATABASE_URL, a PostgreSQL to try it with");
const secrets = { CRON_SECRET: randomSecret(), STORE_KEY: randomSecret() };
let emulator;
let endpoint;

before(async () => {
  emulator = await startEmulator();
  endpoint = createServer((request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end();
  });
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
});

after(async () => {
  endpoint.close().closeAllConnections();
  await emulator.close();
});

test("creates, renews and recovers, and signs in once for all cold starts", { skip }, async () => {
  const created = await coldStart();
  assert.equal(created.outcome, "created");
  assert.deepEqual(await coldStart(), { ...created, outcome: "not-due" });
  assert.equal(countSignIns(), 1);

  await emulator.clock.advance("6d");
  // RingCentral has ended the session meanwhile, which no clock of ours tells.
  assert.equal((await coldStart()).outcome, "renewed");
  assert.equal(countSignIns(), 2);

  emulator.blacklist(created.id);
  const recovered = await coldStart();
  assert.equal(recovered.outcome, "recovered");
  assert.notEqual(recovered.id, created.id);
  assert.equal(emulator.subscriptions().length, 1);
  assert.equal(countSignIns(), 2);
});

test("answers with RingCentral's reason, and whether it is worth another try", {
  skip,
}, async () => {
  const { permanent, message } = await coldStart({ FILTERS: "no-such-filter" });
  assert.equal(permanent, true);
  assert.match(message, /no-such-filter/);
});

test("works for nobody who lacks the secret", { skip }, async () => {
  assert.deepEqual(await coldStart({}, "guess"), 401);
});

/** One call of a function that has just been started. */
async function coldStart(env = {}, secret = secrets.CRON_SECRET) {
  const flags = ["--no-config", "--node-modules-dir=manual", "--allow-net", "--allow-env"];
  const deno = spawn(DENO, ["run", "--no-lock", ...flags, "index.js"], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "inherit", "pipe"],
    env: {
      PATH,
      ...{ DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", NO_COLOR: "1", ...secrets },
      SUPABASE_DB_URL: DATABASE_URL,
      RINGCENTRAL_SERVER_URL: emulator.url,
      RINGCENTRAL_CLIENT_ID: emulator.clientId,
      RINGCENTRAL_CLIENT_SECRET: emulator.clientSecret,
      RINGCENTRAL_JWT: emulator.jwt(),
      WEBHOOK_URL: `http://127.0.0.1:${endpoint.address().port}/webhook`,
      FILTERS: "sms",
      ...env,
    },
  });
  try {
    const [line] = await once(createInterface(deno.stderr), "line");
    const [url] = /http:\S+/.exec(line);
    const headers = { Authorization: `Bearer ${secret}` };
    const answer = await fetch(url, { method: "POST", headers });
    return answer.status === 401 ? 401 : await answer.json();
  } finally {
    deno.kill();
    await once(deno, "exit");
  }
}

function countSignIns() {
  return emulator.requests.filter(({ path }) => path === "/restapi/oauth/token").length;
}

function randomSecret() {
  return randomBytes(32).toString("base64");
}
