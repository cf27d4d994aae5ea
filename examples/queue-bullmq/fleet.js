// What the test of this folder does: many accounts, three workers of which one is killed, and then a look at what
// RingCentral, here an emulated one, has seen.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator } from "rcwh/emulator";

/**
 * `queue` is what differs between queues: `add(accounts)`, `makeDue()`, `revive()`, `deadLetters()` as `{ account, code }`,
 * and `interrupted()`, the accounts whose job was begun again.
 */
export async function runFleet({ size, env, queue, random = Math.random }) {
  const fleet = await startFleet(size);
  const { emulator, healthy, broken, log } = fleet;
  const workers = [];
  /** Accounts whose answer from RingCentral came too late, as on a machine with too much to do. */
  const late = new Set();
  const start = () => {
    const worker = startWorker({ ...env, ...fleet.env });
    createInterface(worker.stderr).on("line", (line) => {
      const [, account] = /^\S+ (\S+): .* did not answer within/.exec(line) ?? [];
      late.add(account);
      if (process.env.VERBOSE) process.stderr.write(`${line}\n`);
    });
    workers.push(worker);
  };
  // Waiting for the work of one that was killed is what takes the time: a small fleet loses one, a large one two.
  const chances = size > 200 ? [true, true] : [random() < 0.5].flatMap((first) => [first, !first]);
  const killOne = () => {
    if (!chances.shift()) return;
    const [victim] = workers.splice(Math.floor(random() * workers.length), 1);
    victim.kill("SIGKILL");
  };
  try {
    await queue.add([...healthy, ...broken]);
    for (let count = 0; count < 3; count += 1) start();

    // At first all are created, …
    await until(() => emulator.subscriptions().length > healthy.length / 3);
    killOne();
    await until(() => emulator.subscriptions().length === healthy.length);
    await until(async () => (await queue.deadLetters()).length === broken.length);
    await check();

    // … and five days later renewed.
    while (workers.length < 3) start();
    log.take();
    await emulator.clock.advance("5d");
    await queue.makeDue();
    const renewed = () => emulator.subscriptions().filter(isFresh);
    await until(() => renewed().length > healthy.length / 3);
    killOne();
    await until(() => renewed().length === healthy.length);
    await check();

    // Due once more, by mistake: all look, mostly from another process, and nobody signs in or renews.
    await queue.makeDue();
    const requests = [];
    const looked = () => new Set(requests.map(({ user }) => user)).size;
    await until(() => requests.push(...log.take()) > 0 && looked() === healthy.length);
    const idle = requests.filter(
      ({ method, user }) => method !== "GET" && !late.has(`account-${user}`),
    );
    assert.deepEqual(idle, []);

    // What is broken is repaired, and then as good as new.
    fleet.repair();
    await queue.revive();
    await until(() => renewed().length === healthy.length + broken.length);
    assert.deepEqual(await queue.deadLetters(), []);
    for (const worker of workers) worker.kill("SIGTERM");
    for (const worker of workers) assert.deepEqual(await ended(worker), [0, null]);
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await fleet.close();
  }

  function isFresh({ expirationTime }) {
    return Date.parse(expirationTime) - emulator.clock.now() > 6 * 86_400_000;
  }

  async function check() {
    // Jobs that were begun again may still be at work.
    await emulator.idle({ quiet: "2s", timeout: "60s" });
    const users = emulator.subscriptions().map(({ user }) => user);
    assert.equal(new Set(users).size, users.length, "a subscription was made twice");
    const requests = log.take().filter(({ status }) => status === 200);
    const renewals = requests.filter(({ path }) => path.endsWith("/renew"));
    assert.deepEqual(repeated(renewals.map(({ path }) => path)), [], "renewed twice");
    const excused = new Set([...late, ...(await queue.interrupted())]);
    const signIns = requests.filter(({ path }) => path === "/restapi/oauth/token");
    const twice = repeated(signIns.map(({ user }) => `account-${user}`));
    // Only who was killed between RingCentral's answer and the store, or did not wait for it, may have lost a token.
    assert.deepEqual(
      twice.filter((account) => !excused.has(account)),
      [],
      "signed in twice",
    );
    const letters = (await queue.deadLetters()).map(({ account, code }) => `${account} ${code}`);
    const expected = broken.map(({ id, code }) => `${id} ${code}`);
    assert.deepEqual(letters.sort(), expected.sort());
  }
}

/** An emulated RingCentral, an endpoint, and accounts of which one in twenty is broken. */
async function startFleet(size) {
  const endpoint = createServer((request, response) => {
    const isBroken = request.url.startsWith("/broken") && !isRepaired;
    const token = request.headers["validation-token"];
    response.writeHead(isBroken ? 500 : 200, token && { "Validation-Token": token }).end();
  });
  let isRepaired = false;
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  const origin = `http://127.0.0.1:${endpoint.address().port}`;
  const accounts = Array.from({ length: size }, (_, index) => index + 1).map((user) => {
    const kind = user % 20 === 7 ? kinds[Math.floor(user / 20) % kinds.length] : {};
    const url = `${origin}/${kind.path ?? "hook"}/${user}`;
    return { id: `account-${user}`, user, jwt: `user-${user}`, url, filters: ["sms"], ...kind };
  });
  const [healthy, broken] = [false, true].map((wanted) =>
    accounts.filter(({ code }) => (code !== undefined) === wanted),
  );
  const disabled = broken.filter(({ isDisabled }) => isDisabled);
  const usersWith = (status) => Object.fromEntries(disabled.map(({ user }) => [user, { status }]));
  const emulator = await startEmulator({
    // The endpoint is this process too, and may have much to do.
    settings: { users: usersWith("Disabled"), endpointDeadline: 30_000 },
  });
  return {
    ...{ emulator, healthy, broken },
    env: {
      RINGCENTRAL_SERVER_URL: emulator.url,
      RINGCENTRAL_CLIENT_ID: emulator.clientId,
      RINGCENTRAL_CLIENT_SECRET: emulator.clientSecret,
    },
    log: followLog(emulator),
    repair() {
      isRepaired = true;
      emulator.configure({ users: usersWith("Enabled") });
    },
    async close() {
      endpoint.close().closeAllConnections();
      await emulator.close();
    },
  };
}

/** Accounts that fail for good, and the code of the reason. */
const kinds = [
  { path: "broken", code: "SUB-522" },
  { isDisabled: true, code: "OAU-236" },
];

/** The emulator keeps the latest 10,000 requests only. */
function followLog(emulator) {
  let taken = [];
  const collect = () => {
    taken.push(...emulator.requests);
    emulator.clearLog();
  };
  setInterval(collect, 500).unref();
  return {
    take() {
      collect();
      const all = taken;
      taken = [];
      return all;
    },
  };
}

function startWorker(env) {
  return spawn(process.execPath, ["worker.js"], {
    cwd: import.meta.dirname,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "inherit", "pipe"],
  });
}

async function ended(worker) {
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, "exit");
  return [worker.exitCode, worker.signalCode];
}

async function until(isTrue, seconds = Number(process.env.LIMIT ?? 300)) {
  for (const end = Date.now() + seconds * 1000; !(await isTrue()); await sleep(100)) {
    if (Date.now() > end) throw new Error(`Not after ${seconds} seconds: ${isTrue}`);
  }
}

function repeated(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([name]) => name);
}
