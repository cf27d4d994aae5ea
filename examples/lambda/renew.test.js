import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { startEmulator } from "rcwh/emulator";

const { DATABASE_URL } = process.env;
const options = { skip: !DATABASE_URL && "without DATABASE_URL, a PostgreSQL to try it with" };
const storeKey = randomBytes(32).toString("base64");
let emulator;
let endpoint;

before(async () => {
  emulator = await startEmulator();
  endpoint = await listen((request, response) => {
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end();
  });
});

after(async () => {
  endpoint.close();
  await emulator.close();
});

test("creates, renews and recovers, and signs in once for all cold starts", options, async () => {
  const created = await coldStart();
  assert.equal(created.outcome, "created");
  assert.deepEqual(await coldStart(), { ...created, outcome: "not-due" });

  await emulator.clock.advance("6d");
  // RingCentral has ended the session meanwhile, which no clock of ours tells.
  const signIns = countSignIns();
  assert.equal((await coldStart()).outcome, "renewed");
  assert.equal(countSignIns(), signIns + 1);

  emulator.blacklist(created.id);
  const recovered = await coldStart();
  assert.equal(recovered.outcome, "recovered");
  assert.notEqual(recovered.id, created.id);
  assert.equal(emulator.subscriptions().length, 1);
  assert.equal(countSignIns(), signIns + 1);
});

test("fails with RingCentral's reason", options, async () => {
  const { errorType, errorMessage } = await coldStart({ FILTERS: "no-such-filter" });
  assert.equal(errorType, "RcwhError");
  assert.match(errorMessage, /no-such-filter/);
});

/** One run in a process of its own: what the handler has returned, or how it failed. */
async function coldStart(env = {}) {
  let isOver = false;
  let resolve;
  const answered = new Promise((settle) => {
    resolve = settle;
  });
  const api = await listen(async (request, response) => {
    if (request.url.endsWith("/next")) {
      response.writeHead(isOver ? 410 : 200, {
        "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        "Lambda-Runtime-Deadline-Ms": Date.now() + 60_000,
      });
      response.end('{"source":"aws.scheduler"}');
    } else {
      isOver = true;
      resolve(await json(request));
      response.writeHead(202).end("{}");
    }
  });
  const runtime = spawn(process.execPath, ["runtime.js"], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      AWS_LAMBDA_RUNTIME_API: new URL(api.url).host,
      AWS_LAMBDA_FUNCTION_NAME: "renew",
      DATABASE_URL,
      STORE_KEY: storeKey,
      RINGCENTRAL_SERVER_URL: emulator.url,
      RINGCENTRAL_CLIENT_ID: emulator.clientId,
      RINGCENTRAL_CLIENT_SECRET: emulator.clientSecret,
      RINGCENTRAL_JWT: emulator.jwt(),
      WEBHOOK_URL: `${endpoint.url}/webhook`,
      FILTERS: "sms",
      ...env,
    },
  });
  const result = await Promise.race([answered, once(runtime, "exit")]);
  if (runtime.exitCode === null) await once(runtime, "exit");
  api.close();
  return result;
}

function countSignIns() {
  return emulator.requests.filter(({ path }) => path === "/restapi/oauth/token").length;
}

async function listen(answer) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => server.close().closeAllConnections();
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}
