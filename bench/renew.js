// Measures how long rcwh takes to renew for many users. Each user has five subscriptions that are due and a rate limit.
// The emulators have their own processes.
//
// 1. 200 users and 20 ms of latency at the server: compares the time of rcwh and of a sequential loop over @ringcentral/sdk.
// 2. 1,000 and 10,000 users without latency: compares the processor time, which other programs disturb least, with that of
//    a node:http loop that sends the same requests and stores nothing, and with that of one that also keeps files. Also
//    measures how memory grows.
// 3. Four shards of the 10,000 users: checks that each renews a quarter, that none is renewed twice, and none is missed.
//
// An emulator searches all of its data for each request. Ten emulators share the 10,000 users, so that the server takes
// the same time for each user.
//
//   npm run bench:renew            everything
//   npm run bench:renew -- 0.1     a tenth of the users
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, parameters, quick, report, say } from "./table.js";

const subscriptionsPerUser = 5;
const usersPerEmulator = 1000;
const shards = 4;
const latency = "20ms";
const concurrency = 16;
const budget = { faster: 10, processor: 2.5, memory: 2, megabytes: 200, imbalance: 0.15 };

const require = createRequire(import.meta.url);
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...environment } = process.env;

const [role = quick ? "0.01" : "1", ...words] = parameters;
if (role === "emulator") await emulate(Number(words[0]), Number(words[1]));
else if (role === "loop") await renewInALoop(words[0]);
else await measure(Number(role));

async function measure(part) {
  const [few, many, most] = [200, 1000, 10_000].map((count) => Math.ceil(count * part));
  const directory = mkdtempSync(join(tmpdir(), "rcwh-bench-"));
  try {
    const loop = await withUsers(few, directory, latency, (file) => runLoop(file));
    const fast = await withUsers(few, directory, latency, (file) => runRcwh(file, directory));
    checkRenewed(loop, few);
    checkRenewed(fast, few);
    const bare = await withUsers(most, directory, undefined, (file) => runBare(file));
    checkRenewed(bare, most);
    const keeping = await withUsers(most, directory, undefined, (file) =>
      runBare(file, join(directory, "config")),
    );
    checkRenewed(keeping, most);
    const small = await withUsers(many, directory, undefined, (file) => runRcwh(file, directory));
    checkRenewed(small, many);
    const large = await withUsers(most, directory, undefined, (file) => runRcwh(file, directory));
    checkRenewed(large, most);
    await share(most, directory);
    report([
      {
        what: `loop over the SDK, ${few} users, ${latency} latency`,
        value: loop.seconds * 1000,
        unit: "ms",
        against: "rcwh renew --profiles-from",
        reference: fast.seconds * 1000,
        ...(part === 1 && { atLeast: budget.faster }),
      },
      {
        what: "rcwh renew --profiles-from, processor time per user",
        value: (large.processor / most) * 1000,
        unit: "ms",
        against: "loop over node:http",
        reference: (bare.processor / most) * 1000,
        // With few users, the start of the process is part of the cost.
        ...(part === 1 && { atMost: budget.processor }),
      },
      {
        what: "rcwh renew --profiles-from, processor time per user",
        value: (large.processor / most) * 1000,
        unit: "ms",
        against: "the loop that also keeps files",
        reference: (keeping.processor / most) * 1000,
      },
      {
        what: `memory of ${most} users`,
        value: large.megabytes,
        unit: "MB",
        against: `${many} users`,
        reference: small.megabytes,
        atMost: budget.memory,
      },
      { what: "memory", value: large.megabytes, unit: "MB", atMost: budget.megabytes },
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function checkRenewed({ name, seconds, renewed, refused }, count) {
  say(`${name}: ${renewed} renewed in ${seconds.toFixed(1)} s, ${refused} times 429`);
  if (renewed !== count * subscriptionsPerUser) fail(`${name} renewed ${renewed}`);
  if (name === "rcwh" && refused > 0) fail(`rcwh met ${refused} times 429`);
}

async function share(count, directory) {
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
  say(`${shards} shards: ${shares.join(", ")} renewed, ${refused} times 429`);
  const uneven = Math.max(...shares.map((each) => Math.abs((each * shards) / all - 1)));
  // Both counts must be exact: the server's, and the sum of what the shards report.
  if (renewed !== all || shares.reduce((sum, each) => sum + each) !== all) fail("not each once");
  if (count >= 10_000 && uneven > budget.imbalance) fail(`a share is off by ${uneven.toFixed(2)}`);
  if (refused > 0) fail(`rcwh met ${refused} times 429`);
}

/** Runs `work` with the accounts of `count` users, and adds up the counts of their emulators. */
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

/** Runs `rcwh renew` once, as a scheduled job would. */
function runRcwh(file, directory, env = {}) {
  const words = ["renew", "--profiles-from", file, "--concurrency", String(concurrency)];
  const program = join(import.meta.dirname, "../bin/rcwh.js");
  return runMeasured("rcwh", [program, ...words], {
    ...env,
    RCWH_CONFIG_DIR: join(directory, "config"),
  });
}

/** @param directory where it keeps files, if it shall */
function runBare(file, directory) {
  const program = join(import.meta.dirname, "bare-renew.cjs");
  const words = [program, file, String(concurrency), ...(directory ? [directory] : [])];
  return runMeasured(directory ? "node:http with files" : "node:http", words);
}

async function runMeasured(name, words, env = {}) {
  const startedAt = performance.now();
  const usageReport = join(import.meta.dirname, "report-usage.cjs");
  const child = spawn(process.execPath, ["--require", usageReport, ...words], {
    env: { ...environment, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let summary = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (summary += text));
  const usage = once(child, "message");
  await run(child, () => summary);
  const [{ megabytes, processor }] = await usage;
  const seconds = (performance.now() - startedAt) / 1000;
  return { name, seconds, megabytes, processor, summary };
}

async function run(child, explain = () => "") {
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${code}: ${explain()}`);
}

/** Runs in its own process: an emulator with users whose subscriptions expire within the hour. */
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

/** The reference: a loop as a user of the SDK would write it. */
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
