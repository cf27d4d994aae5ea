// Measures how fast `rcwh listen` receives events, in turns with a bare node:http server that answers 200 and reads nothing.
// The same client, in its own process, calls both over kept connections. Then measures the handshake's p99 at 500 events
// a second with a forward target that takes two seconds for each, and memory over 100,000 events.
//
//   node bench/listen.js
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fail, median, parameters, quick, report, say } from "./table.js";

const rounds = quick ? 2 : 5;
const eventsPerRound = quick ? 1000 : 20_000;
const connections = 32;
const leastShare = 0.9;
const mostHandshake = 20; // ms, p99
const mostGrowth = 40; // MB of memory, in 80,000 more events
const rate = 500; // events a second
const slowSeconds = quick ? 2 : 30;

const body = JSON.stringify({
  uuid: "4e631375-5b42-4edc-a7ba-c0cc2f983edf",
  event: "/team-messaging/v1/posts",
  timestamp: "2026-11-22T12:00:00.000Z",
  subscriptionId: "57bf349f-b554-43d1-9834-30ccb8b05ac7",
  ownerId: "7000000001",
  body: { id: "1", type: "TextMessage", text: "Hello", creatorId: "7", eventType: "PostAdded" },
});
const headers = {
  "User-Agent": "RingCentral-Webhook/8.3",
  Accept: "application/json",
  "Content-Type": "application/json; charset=UTF-8",
  "Content-Length": Buffer.byteLength(body),
};

const [role] = parameters;
if (role === "bare") await serveBare();
else if (role === "slow") await serveSlow();
else if (role === "client") await serveClient();
else await measure();

async function measure() {
  const client = fork(import.meta.filename, ["client"]);
  const bare = fork(import.meta.filename, ["bare"]);
  const slow = fork(import.meta.filename, ["slow"]);
  const open = [client, bare, slow];
  try {
    const [[{ port: barePort }], [{ port: slowPort }]] = await Promise.all([
      once(bare, "message"),
      once(slow, "message"),
    ]);

    const listener = await startListener(open, []);
    await ask(client, { port: barePort, count: 2000 });
    await ask(client, { port: listener.port, count: 2000 });
    const times = { bare: [], listen: [] };
    for (let round = 1; round <= rounds; round += 1) {
      times.bare.push(await ask(client, { port: barePort, count: eventsPerRound }));
      times.listen.push(await ask(client, { port: listener.port, count: eventsPerRound }));
    }
    // Measured last, because a process is slower for a while after the garbage collection that this forces.
    const more = (rounds - 1) * eventsPerRound;
    const before = await ask(listener.child, "memory");
    await ask(client, { port: listener.port, count: more });
    const after = await ask(listener.child, "memory");
    const [bareSpeed, speed] = Object.values(times).map((each) => eventsPerRound / median(each));
    const forwarding = await startListener(open, [
      "--forward-to",
      String(slowPort),
      "--buffer",
      "10000",
    ]);
    const p99 = await ask(client, { port: forwarding.port, rate, seconds: slowSeconds });
    forwarding.child.kill("SIGINT");
    await once(forwarding.child, "exit");
    const summary =
      forwarding
        .said()
        .split("\n")
        .find((line) => line.startsWith("Received")) ?? "";
    say(summary);
    const sent = rate * slowSeconds;
    const dropped = Number(/dropped (\d+)/.exec(summary)?.[1] ?? 0);
    // Events are dropped only when the buffer is full.
    const most = Math.max(0, sent - 10_000);
    if (!summary.includes(`Received ${sent} events,`)) fail("not all events were received");
    if (dropped > most) fail(`${dropped} events were dropped, ${most} at most should be`);
    report([
      {
        what: "rcwh listen",
        value: speed,
        unit: "/s",
        against: "server over node:http",
        reference: bareSpeed,
        ...(!quick && { atLeast: leastShare }),
      },
      {
        what: `rcwh listen, memory gained in ${more} more events`,
        value: after.rss - before.rss,
        unit: "MB",
        atMost: mostGrowth,
      },
      {
        what: `rcwh listen, p99 of handshakes at ${rate} events/s to a slow target`,
        value: p99,
        unit: "ms",
        ...(!quick && { atMost: mostHandshake }),
      },
    ]);
  } finally {
    for (const child of open) child.kill();
  }
}

async function startListener(open, flags) {
  const child = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--require",
      join(import.meta.dirname, "report-memory.cjs"),
      join(import.meta.dirname, "../bin/rcwh.js"),
      ...["listen", "--receive-only", "--port", "0", "--json", ...flags],
    ],
    { stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  open.push(child);
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const [line] = await once(createInterface(child.stderr), "line");
  const port = Number(/:(\d+)\/\.$/.exec(line)?.[1]);
  if (!port) throw new Error(`rcwh listen does not start: ${said}`);
  return { child, port, said: () => said };
}

async function serveBare() {
  const server = createServer((incoming, response) => {
    incoming.resume();
    response.end();
  });
  await listen(server);
}

async function serveSlow() {
  const server = createServer((incoming, response) => {
    incoming.resume();
    setTimeout(() => response.end(), 2000);
  });
  await listen(server);
}

async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send({ port: server.address().port });
}

async function serveClient() {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  process.on("message", async ({ port, count, rate: perSecond, seconds }) => {
    const answer = count
      ? await postAll(port, count, agent)
      : await postSteadily(port, perSecond, seconds, agent);
    process.send(answer);
  });
}

/** Returns the seconds it took. */
async function postAll(port, count, agent) {
  const startedAt = performance.now();
  let left = count;
  const work = async () => {
    while (left-- > 0) await post(port, agent, headers);
  };
  await Promise.all(Array.from({ length: connections }, work));
  return (performance.now() - startedAt) / 1000;
}

/** Sends ten handshakes a second, and returns their p99 in milliseconds. */
async function postSteadily(port, perSecond, seconds, agent) {
  const handshakes = [];
  const pending = [];
  const startedAt = performance.now();
  for (let tick = 0; tick < seconds * 100; tick += 1) {
    const until = startedAt + tick * 10;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - performance.now())));
    for (let count = 0; count < perSecond / 100; count += 1)
      pending.push(post(port, agent, headers));
    if (tick % 10 !== 5) continue;
    const askedAt = performance.now();
    pending.push(
      post(port, false, { "Validation-Token": "abc", "Content-Length": 0 }, "").then(() => {
        handshakes.push(performance.now() - askedAt);
      }),
    );
  }
  await Promise.all(pending);
  return handshakes.sort((one, other) => one - other)[Math.floor(handshakes.length * 0.99)];
}

function post(port, agent, fields, text = body) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", method: "POST", agent, headers: fields });
    outgoing.on("response", (response) => {
      response.resume();
      response.on("end", resolve);
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

async function ask(child, question) {
  child.send(question);
  const [answer] = await once(child, "message");
  return answer;
}
