// Measures how fast the emulator delivers to 100 subscriptions of five users, in turns with a bare node:http client that
// posts the same bodies to the same receiver over the same number of kept connections. `rcwh emulator` and the receiver
// have a process each. Also checks that each subscription got its events in order, and measures the emulator's memory.
//
//   node bench/deliveries.js           200,000 deliveries
//   node bench/deliveries.js 20000     20,000 deliveries
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fail, median, parameters, quick, report, say } from "./table.js";

const users = 5;
const subscriptionsPerUser = 20;
const filter = "/team-messaging/v1/posts";
const leastShare = 0.85;
const rounds = 4;
const mostGrowth = 20; // MB of heap, in three more rounds

let sequence = 0;

const [role = quick ? "4000" : "200000", ...words] = parameters;
if (role === "receiver") await receive();
else if (role === "bare") await serveBare(Number(words[0]));
else await measure(Number(role));

async function measure(total) {
  const receiver = fork(import.meta.filename, ["receiver"]);
  const clients = [];
  const emulator = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--require",
      join(import.meta.dirname, "report-memory.cjs"),
      join(import.meta.dirname, "../bin/rcwh.js"),
      ...["emulator", "--port", "0", "--json"],
    ],
    { stdio: ["ignore", "pipe", "ignore", "ipc"] },
  );
  try {
    const [{ port }] = await once(receiver, "message");
    const ended = once(emulator, "exit").then(() => {
      throw new Error("rcwh emulator does not start: is it built?");
    });
    const [ready] = await Promise.race([once(createInterface(emulator.stdout), "line"), ended]);
    const server = JSON.parse(ready);
    for (let user = 1; user <= users; user += 1) await subscribe(user, server, port);

    const bare = fork(import.meta.filename, ["bare", String(port)]);
    clients.push(bare);
    await once(bare, "message");
    const [few, share] = [total / 100, total / rounds];
    await deliver(few, server); // compiles what is hot
    await ask(bare, few);
    const rates = { emulator: [], bare: [] };
    for (let round = 1; round <= rounds; round += 1) {
      rates.emulator.push(share / (await deliver(share, server)));
      rates.bare.push(share / (await ask(bare, share)).seconds);
      say(
        `round ${round}: ${Math.round(rates.emulator.at(-1))}/s, ${Math.round(rates.bare.at(-1))}/s`,
      );
    }
    // Measured last, because a process is slower for a while after the garbage collection that this forces.
    const more = total - share;
    const before = await ask(emulator, "memory");
    await deliver(more, server);
    const after = await ask(emulator, "memory");
    ended.catch(() => {}); // from here on it is us who end it
    const { violations, received } = await ask(receiver, "counts");
    if (violations > 0) fail(`${violations} events out of order`);
    if (received !== 2 * (total + few) + more) fail(`${received} deliveries arrived`);
    report([
      {
        what: "emulator, deliveries",
        value: median(rates.emulator),
        unit: "/s",
        against: "client over node:http",
        reference: median(rates.bare),
        ...(!quick && { atLeast: leastShare }),
      },
      {
        what: `emulator, heap gained in ${more} more deliveries`,
        value: after.heapUsed - before.heapUsed,
        unit: "MB",
        atMost: mostGrowth,
      },
    ]);
  } finally {
    for (const client of clients) client.kill();
    receiver.kill();
    emulator.kill();
  }
}

async function subscribe(user, { url, clientId, clientSecret }, port) {
  const login = await fetch(`${url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: `user-${user}`,
    }),
  });
  const { access_token } = await login.json();
  for (let count = 0; count < subscriptionsPerUser; count += 1) {
    const response = await fetch(`${url}/restapi/v1.0/subscription`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        eventFilters: [filter],
        deliveryMode: { transportType: "WebHook", address: `http://127.0.0.1:${port}/hook` },
      }),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}

/** Sends each user's events one after another, and those of different users concurrently. Returns the seconds it took. */
async function deliver(count, { url }) {
  const agent = new Agent({ keepAlive: true });
  const rounds = count / users / subscriptionsPerUser;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: users }, async (_, index) => {
      for (let round = 0; round < rounds; round += 1) {
        sequence += 1;
        const event = { filter, user: index + 1, body: { sequence, text: "Hello" } };
        await post(`${url}/emulator/v1/events`, JSON.stringify(event), agent);
      }
    }),
  );
  agent.destroy();
  return (performance.now() - startedAt) / 1000;
}

function post(url, body, agent) {
  return new Promise((resolve, reject) => {
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    };
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.on("end", resolve);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Runs in its own process: answers events, and checks their order. */
async function receive() {
  const latest = new Map();
  let received = 0;
  let violations = 0;
  const note = ({ subscriptionId, body }) => {
    received += 1;
    if (body.sequence <= (latest.get(subscriptionId) ?? 0)) violations += 1;
    latest.set(subscriptionId, body.sequence);
  };
  const server = createServer(async (incoming, outgoing) => {
    let text = "";
    for await (const chunk of incoming) text += chunk;
    if (text !== "") note(JSON.parse(text));
    outgoing.setHeader("Content-Type", "application/json");
    const token = incoming.headers["validation-token"];
    if (token) outgoing.setHeader("Validation-Token", token);
    outgoing.end();
  });
  server.keepAliveTimeout = 600_000; // both clients pause while the other one works
  process.on("message", () => process.send({ received, violations }));
  process.on("disconnect", () => process.exit());
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
}

/** Runs in its own process: on request, posts the same number of bodies of the same size over as many connections. */
async function serveBare(port) {
  const agent = new Agent({ keepAlive: true });
  const url = `http://127.0.0.1:${port}/hook`;
  const connections = users * subscriptionsPerUser;
  const run = (perConnection) =>
    Promise.all(
      Array.from({ length: connections }, async (_, index) => {
        for (let round = 0; round < perConnection; round += 1) {
          sequence += 1;
          await post(url, envelope(`bare-${index}`.padEnd(36, "-"), sequence), agent);
        }
      }),
    );
  process.on("message", async (count) => {
    const startedAt = performance.now();
    await run(count / connections);
    process.send({ seconds: (performance.now() - startedAt) / 1000 });
  });
  process.on("disconnect", () => process.exit());
  process.send("ready");
}

function envelope(subscriptionId, number) {
  return JSON.stringify({
    uuid: subscriptionId,
    event: filter,
    timestamp: new Date().toISOString(),
    subscriptionId,
    ownerId: "7000000001",
    body: { sequence: number, text: "Hello" },
  });
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, "message");
  return answer;
}
