// Compares how long whole processes of rcwh and of the references take; prints medians. The rounds alternate, so that other
// load on the machine affects all of them alike.
//
//   npm run bench:startup          20 rounds
//   npm run bench:startup -- 50    50 rounds
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median, parameters, quick, report } from "./table.js";

const rounds = Number(parameters[0] ?? (quick ? 3 : 20));
const beside = (name) => join(import.meta.dirname, name);
const rcwh = beside("../bin/rcwh.js");

// Node would take longer to read a file of certificate authorities than for everything that is measured here.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...environment } = process.env;

const directory = mkdtempSync(join(tmpdir(), "rcwh-bench-"));
const emulator = spawn(process.execPath, [rcwh, "emulator", "--port", "0", "--json"], {
  stdio: ["ignore", "pipe", "ignore"],
});
try {
  const [line] = await once(createInterface(emulator.stdout), "line");
  const ready = JSON.parse(line);
  // The scripts sign in on every run, and RingCentral allows only five logins a minute.
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
  report(subjects.map((subject) => toRow(subject, subjects)));
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
  // The scripts have their own user: signing in on every run would soon end the other sessions of the same user and app.
  const other = { ...env, RCWH_JWT: "user-2" };
  const BENCH_TOKEN = await signIn(env);
  const empty = "node -e 0";
  const plain = "script over node:http";
  const signingIn = "script over node:http that signs in";
  const command = (...words) => ({ what: `rcwh ${words.join(" ")}`, args: [rcwh, ...words], env });
  return [
    { what: empty, args: ["-e", "0"], env },
    { ...command("--version"), against: empty, atMost: 1.3 },
    { ...command("--help"), against: empty, atMost: 1.3 },
    { ...command("renew", "--help"), against: empty, atMost: 1.3 },
    { ...command("explain", "SUB-406"), against: empty, atMost: 1.4 },
    { ...command("filters"), against: empty, atMost: 1.4 },
    { ...command("lst"), against: empty, atMost: 1.35, status: 2 },
    { what: plain, args: [beside("http-list.cjs")], env: { ...env, BENCH_TOKEN } },
    { ...command("list"), against: plain, atMost: 1.6 },
    { what: signingIn, args: [beside("http-list.cjs")], env: other },
    { ...command("list", "--no-token-cache"), env: other, against: signingIn },
    { what: "SDK: list", args: [beside("plain-list.cjs")], env: { ...env, BENCH_TOKEN } },
    { what: "SDK: login, list", args: [beside("plain-list.cjs")], env: other },
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

/** Runs a process, and returns its time in milliseconds. */
function measure({ what, args, env, status: expected = 0 }) {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const milliseconds = performance.now() - startedAt;
  if (status !== expected) throw new Error(`${what} ended with ${status}: ${stderr}`);
  return milliseconds;
}

function toRow({ what, times, against, atMost }, subjects) {
  const reference = subjects.find((subject) => subject.what === against);
  return {
    what,
    value: median(times),
    unit: "ms",
    ...(reference && { against, reference: median(reference.times), atMost }),
  };
}
