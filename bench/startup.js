// How long rcwh takes, whole processes, beside what it is measured against. Prints medians and ratios, and exits 1 where
// a budget is exceeded. Rounds are interleaved, so that whatever else the machine does falls on all alike.
//
//   npm run bench          20 rounds
//   npm run bench -- 50    as many as are given
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const rounds = Number(process.argv[2] ?? 20);
const rcwh = join(import.meta.dirname, "../bin/rcwh.js");
const plainList = join(import.meta.dirname, "plain-list.cjs");

// Reading a file of certificate authorities takes Node longer than all that is measured here.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...environment } = process.env;

const directory = mkdtempSync(join(tmpdir(), "rcwh-bench-"));
const emulator = spawn(process.execPath, [rcwh, "emulator", "--port", "0", "--json"], {
  stdio: ["ignore", "pipe", "ignore"],
});
try {
  const [line] = await once(createInterface(emulator.stdout), "line");
  const ready = JSON.parse(line);
  // The plain script signs in at every run, which RingCentral allows five times a minute.
  await fetch(`${ready.url}/emulator/v1/settings`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ rateLimits: { light: 9000, medium: 9000, heavy: 9000, auth: 9000 } }),
  });
  const subjects = await createSubjects(ready);
  for (const subject of subjects) measure(subject); // reads the files from disk, and signs in
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) subject.times.push(measure(subject));
  }
  report(subjects);
} finally {
  emulator.kill();
  rmSync(directory, { recursive: true, force: true });
}

async function createSubjects({ url, clientId, clientSecret, jwt }) {
  const env = {
    ...environment,
    RCWH_CONFIG_DIR: join(directory, "config"),
    RCWH_SERVER: url,
    RCWH_CLIENT_ID: clientId,
    RCWH_CLIENT_SECRET: clientSecret,
    RCWH_JWT: jwt,
  };
  // A user of its own: who signs in at every run soon ends the sessions of everybody else with the same user and app.
  const other = { ...env, RCWH_JWT: "user-2" };
  const BENCH_TOKEN = await signIn(env);
  const empty = "node -e 0";
  const plain = "plain script: list";
  return [
    { name: empty, args: ["-e", "0"], env },
    { name: "rcwh --version", args: [rcwh, "--version"], env, against: empty, budget: 1.6 },
    { name: "rcwh --help", args: [rcwh, "--help"], env, against: empty, budget: 1.6 },
    { name: "rcwh filters", args: [rcwh, "filters"], env, against: empty, budget: 1.6 },
    { name: plain, args: [plainList], env: { ...env, BENCH_TOKEN }, against: empty },
    { name: "plain script: login, list", args: [plainList], env: other, against: empty },
    { name: "rcwh list", args: [rcwh, "list"], env, against: plain, budget: 1 },
  ].map((subject) => ({ ...subject, times: [] }));
}

async function signIn({ RCWH_SERVER, RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT }) {
  const response = await fetch(`${RCWH_SERVER}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${RCWH_CLIENT_ID}:${RCWH_CLIENT_SECRET}`)}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: RCWH_JWT,
    }),
  });
  const { access_token } = await response.json();
  return access_token;
}

/** One run, in milliseconds. */
function measure({ name, args, env }) {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const milliseconds = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return milliseconds;
}

function report(subjects) {
  const { version, platform, arch } = process;
  print(`Node ${version}, ${platform} ${arch}: medians of ${rounds} rounds\n`);
  for (const { name, times, against, budget } of subjects) {
    const time = median(times);
    const cells = [name.padEnd(26), `${time.toFixed(1).padStart(6)} ms`];
    const reference = subjects.find((subject) => subject.name === against);
    if (reference) {
      const ratio = time / median(reference.times);
      cells.push(`${ratio.toFixed(2)} × ${against}`.padEnd(26));
      if (budget) cells.push(`budget ${budget}${ratio > budget ? ": EXCEEDED" : ""}`);
      if (ratio > budget) process.exitCode = 1;
    }
    print(cells.join("  ").trimEnd());
  }
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
