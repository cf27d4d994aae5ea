// How fast rcwh renews for many users, each with five subscriptions that are due, against emulators in processes of
// their own, which limit the rate of each user. Prints times, memory and 429s, and exits 1 where a budget is exceeded.
//
// 1. 200 users, with 20 ms of latency at the server: beside a plain sequential loop over @ringcentral/sdk that does
//    the same.
// 2. 1,000 users and 10,000, without latency: how time and memory grow.
// 3. Four shards of the 10,000: that they do a quarter each, nothing twice and nothing missed.
//
// An emulator searches all that it holds for each request, so that 10,000 users have ten of them: the server costs the
// same for each.
//
//   npm run bench:renew            all of it
//   npm run bench:renew -- 0.1     with so large a part of the users
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const subscriptionsPerUser = 5;
const usersPerEmulator = 1000;
const shards = 4;
const latency = "20ms";
const concurrency = 16;
const budget = { ratio: 10, time: 11, memory: 2, megabytes: 200, imbalance: 0.15 };

const require = createRequire(import.meta.url);
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...environment } = process.env;

const [, , role = "1", ...words] = process.argv;
if (role === "emulator") await emulate(Number(words[0]), Number(words[1]));
else if (role === "loop") await renewInALoop(words[0]);
else await measure(Number(role));

async function measure(part) {
  const [few, many, most] = [200, 1000, 10_000].map((count) => Math.ceil(count * part));
  const directory = mkdtempSync(join(tmpdir(), "rcwh-bench-"));
  print(`Node ${process.version}, ${process.platform} ${process.arch}, part ${part}\n`);
  try {
    await compareWithLoop(few, directory);
    await compareSizes(many, most, directory);
    await share(most, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compareWithLoop(count, directory) {
  const loop = await withUsers(count, directory, latency, (file) => runLoop(file));
  const rcwh = await withUsers(count, directory, latency, (file) => runRcwh(file, directory));
  const ratio = loop.seconds / rcwh.seconds;
  print(`${cell(count)} users, ${latency} of latency, --concurrency ${concurrency}:`);
  print(
    `  plain loop  ${cell(loop.seconds)} s, ${loop.renewed} renewed, ${loop.refused} times 429`,
  );
  print(
    `  rcwh        ${cell(rcwh.seconds)} s, ${rcwh.renewed} renewed, ${rcwh.refused} times 429`,
  );
  print(`  ratio       ${cell(ratio)} (at least ${budget.ratio})\n`);
  for (const { name, renewed } of [loop, rcwh]) {
    if (renewed !== count * subscriptionsPerUser) fail(`${name} renewed ${renewed}`);
  }
  if (rcwh.refused > 0) fail(`rcwh met ${rcwh.refused} times 429`);
  if (ratio < budget.ratio) fail(`rcwh is only ${ratio.toFixed(1)} times as fast`);
}

async function compareSizes(many, most, directory) {
  print("without latency:");
  const runs = [];
  for (const count of [many, most]) {
    const run = await withUsers(count, directory, undefined, (file) => runRcwh(file, directory));
    print(
      `  ${cell(count)} users: ${cell(run.seconds)} s, of which ${cell(run.processor)} s of processor time; ` +
        `${cell(run.megabytes)} MB at most; ${run.renewed} renewed, ${run.refused} times 429`,
    );
    if (run.renewed !== count * subscriptionsPerUser) fail(`${run.renewed} renewed`);
    if (run.refused > 0) fail(`rcwh met ${run.refused} times 429`);
    runs.push(run);
  }
  const [small, large] = runs;
  const [time, memory] = [large.seconds / small.seconds, large.megabytes / small.megabytes];
  print(
    `  ratio        ${cell(time)} in time (at most ${budget.time}), ${cell(memory)} in memory\n`,
  );
  if (time > budget.time * (most / many / 10)) fail(`the time grew ${time.toFixed(1)} times`);
  if (memory > budget.memory) fail(`the memory grew ${memory.toFixed(1)} times`);
  if (large.megabytes > budget.megabytes) fail(`it took ${large.megabytes.toFixed()} MB`);
}

async function share(count, directory) {
  print(`${shards} shards of ${count} users:`);
  const { renewed, refused, shares } = await withUsers(
    count,
    directory,
    undefined,
    async (file) => {
      const done = [];
      for (let index = 0; index < shards; index += 1) {
        const env = { JOB_COMPLETION_INDEX: String(index), RCWH_SHARDS: String(shards) };
        done.push(await runRcwh(file, join(directory, `shard-${index}`), env));
      }
      return {
        shares: done.map(({ summary }) => Number(/(\d+) renewed/.exec(summary)?.[1] ?? 0)),
      };
    },
  );
  const all = count * subscriptionsPerUser;
  print(
    `  ${shares.map(cell).join(" ")} renewed; ${renewed} of ${all} in all, ${refused} times 429`,
  );
  const uneven = Math.max(...shares.map((each) => Math.abs((each * shards) / all - 1)));
  // A renewal that comes twice is not due the second time, but the sum of the shares would tell.
  if (renewed !== all || shares.reduce((sum, each) => sum + each) !== all) fail("not each once");
  if (count >= 10_000 && uneven > budget.imbalance) fail(`a share is off by ${cell(uneven)}`);
  if (refused > 0) fail(`rcwh met ${refused} times 429`);
}

/** Runs `work` with the accounts of so many users, and adds what their servers have seen. */
async function withUsers(count, directory, delay, work) {
  const emulators = [];
  try {
    for (let first = 1; first <= count; first += usersPerEmulator) {
      const users = Math.min(usersPerEmulator, count - first + 1);
      emulators.push(fork(import.meta.filename, ["emulator", String(first), String(users)]));
    }
    const servers = await Promise.all(emulators.map((each) => once(each, "message")));
    const file = join(directory, "accounts.ndjson");
    writeFileSync(file, servers.flatMap(([{ accounts }]) => accounts).join("\n"));
    for (const each of emulators) await ask(each, { delay });
    const outcome = await work(file);
    const seen = [];
    for (const each of emulators) seen.push(await ask(each, "counts"));
    const sum = (key) => seen.reduce((total, each) => total + each[key], 0);
    return { ...outcome, renewed: sum("renewed"), refused: sum("refused") };
  } finally {
    for (const each of emulators) each.kill();
    rmSync(join(directory, "config"), { recursive: true, force: true });
  }
}

async function runLoop(file) {
  const startedAt = performance.now();
  await run(fork(import.meta.filename, ["loop", file]));
  return { name: "the loop", seconds: (performance.now() - startedAt) / 1000 };
}

/** One run of `rcwh renew`, as a job on a machine of its own would be. */
async function runRcwh(file, directory, env = {}) {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...["--require", join(import.meta.dirname, "report-usage.cjs")],
      ...[join(import.meta.dirname, "../bin/rcwh.js"), "renew"],
      ...["--profiles-from", file, "--concurrency", String(concurrency)],
    ],
    {
      env: { ...environment, ...env, RCWH_CONFIG_DIR: join(directory, "config") },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  let summary = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (summary += text));
  const usage = once(child, "message");
  await run(child, () => summary);
  const [{ megabytes, processor }] = await usage;
  const seconds = (performance.now() - startedAt) / 1000;
  return { name: "rcwh", seconds, megabytes, processor, summary };
}

async function run(child, explain = () => "") {
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}: ${explain()}`);
}

/** In a process of its own: users, each with subscriptions that expire within the hour. */
async function emulate(first, count) {
  const { startEmulator } = require("../dist/emulator.cjs");
  const emulator = await startEmulator();
  const endpoint = createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Validation-Token", request.headers["validation-token"] ?? "");
    response.end();
  });
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  const address = `http://127.0.0.1:${endpoint.address().port}/hook`;

  const users = Array.from({ length: count }, (_, index) => first + index);
  let next = 0;
  const subscribeNext = async () => {
    while (next < users.length) await subscribe(users[next++], address, emulator);
  };
  await Promise.all(Array.from({ length: 8 }, subscribeNext));
  endpoint.close();
  endpoint.closeAllConnections();

  const { url: server, clientId, clientSecret } = emulator;
  const accounts = users.map((user) =>
    JSON.stringify({
      profile: `user-${user}`,
      server,
      clientId,
      clientSecret,
      jwt: emulator.jwt(user),
    }),
  );
  const dueBefore = Date.now() + 86_400_000;
  let seen = 0;
  process.on("message", (message) => {
    if (message !== "counts") {
      emulator.clearLog();
      if (message.delay) emulator.faults.add({ match: {}, delay: message.delay, times: "always" });
      process.send({});
      return;
    }
    const isRenewed = ({ expirationTime }) => Date.parse(expirationTime) > dueBefore;
    const renewed = emulator.subscriptions().filter(isRenewed).length;
    const refused = emulator.requests.filter(({ status }) => status === 429).length;
    seen += refused;
    process.send({ renewed, refused: seen });
  });
  process.send({ accounts });
}

async function subscribe(user, address, { url, clientId, clientSecret, jwt }) {
  const login = await fetch(`${url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: jwt(user),
    }),
  });
  const { access_token } = await login.json();
  for (let index = 0; index < subscriptionsPerUser; index += 1) {
    const response = await fetch(`${url}/restapi/v1.0/subscription`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        eventFilters: ["/team-messaging/v1/posts"],
        deliveryMode: { transportType: "WebHook", address },
        expiresIn: 3600,
      }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.text();
  }
}

/** What rcwh is measured against: the loop that one would write with the SDK. */
async function renewInALoop(file) {
  const { SDK } = require("@ringcentral/sdk");
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const { server, clientId, clientSecret, jwt } = JSON.parse(line);
    const platform = new SDK({ server, clientId, clientSecret }).platform();
    await platform.login({ jwt });
    const { records } = await (await platform.get("/restapi/v1.0/subscription")).json();
    for (const { id } of records) await platform.post(`/restapi/v1.0/subscription/${id}/renew`);
  }
  process.exit(); // the SDK's timers would go on
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, "message");
  return answer;
}

function cell(value) {
  const digits = value < 100 && !Number.isInteger(value) ? 1 : 0;
  return value.toFixed(digits).padStart(6);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

function fail(reason) {
  print(`FAILED: ${reason}`);
  process.exitCode = 1;
}
