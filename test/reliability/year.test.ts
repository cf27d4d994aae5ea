import type { Fault } from "../../src/emulator/control/fault-rules.ts";
import type { Emulator } from "../../src/emulator/interface.ts";
import { createRandom } from "../../src/emulator/random.ts";
import { serve } from "../../src/emulator/server/serve.ts";
import { createReceiver } from "../../src/receiver/receiver.ts";
import { stored } from "../support/subscriptions.ts";
import { heldBy, type Sent, test } from "./world.ts";

/** `RCWH_DAYS=365` for the whole year, `RCWH_SEED` to choose the random faults. */
const days = Number(process.env["RCWH_DAYS"] ?? 8);
/** Hours between two runs. */
const pause = process.env["RCWH_DAYS"] ? 1 : 6;
const seed = process.env["RCWH_SEED"] ?? "year";

const oneHour = 3_600_000;
const day = 24;

/** The purpose of each subscription. */
const lifetimes = ["7d", "7d", "8d", "10d", "14d", "21d", "30d", "60d", "90d", "1y"];

test(`${days} days of a run every ${pause} h lose no subscription with a healthy endpoint (seed ${seed})`, {
  timeout: 120_000 + days * 5000,
}, async ({ world, expect }) => {
  const { rcwh, emulator, clock, line } = world;
  const random = createRandom(seed);
  await using endpoints = await serveEndpoints();
  const addresses = lifetimes.map((_, index) => `${endpoints.url}/${index}`);
  for (const [index, lifetime] of lifetimes.entries()) {
    await rcwh([
      ...["create", "--filter", "posts", "--url", addresses[index] ?? ""],
      ...["--expires-in", lifetime, "--generate-verification-token"],
    ]);
  }
  failSometimes(emulator);

  const exitCodes: Record<string, number> = {};
  const counts = { runs: 0, requests: 0, renewals: 0 };
  let blacklistings = 0;
  for (let hour = pause; hour <= days * day; hour += pause) {
    clock.advance(pause * oneHour);
    // Every three weeks the platform is down for a day, and the first endpoint for two.
    const today = Math.floor(hour / day) % 21;
    if (today === 6) await line.cut();
    else await line.mend();
    endpoints.setDown(today === 2 || today === 3);
    if (random.next() < pause / (4 * day)) {
      const held = heldBy(emulator);
      const victim = held[Math.floor(random.next() * held.length)];
      if (victim?.status === "Active") {
        emulator.blacklist(victim.id);
        blacklistings += 1;
      }
    }

    const { exitCode } = await rcwh("renew --recover --quiet");

    counts.runs += 1;
    counts.requests += line.sent.length;
    counts.renewals += line.sent.filter(isRenewal).length;
    line.sent.length = 0;
    exitCodes[exitCode] = (exitCodes[exitCode] ?? 0) + 1;
    const alive = new Set(heldBy(emulator).map(({ address }) => address));
    const lost = addresses.filter((address) => !alive.has(address));
    if (lost.length > 0) expect.fail(`hour ${hour}: ${lost.length} lost, exit ${exitCode}`);
  }

  // After a day without faults, the state is as expected.
  emulator.faults.clear();
  await line.mend();
  endpoints.setDown(false);
  for (let hour = 0; hour < 25; hour += pause) {
    clock.advance(pause * oneHour);
    await rcwh("renew --recover --quiet");
  }
  const held = emulator.state().subscriptions;
  expect(held.map(({ address }) => address).sort()).toEqual(addresses);
  expect(new Set(held.map(({ status }) => status))).toEqual(new Set(["Active"]));
  expect(held.every(({ hasVerificationToken }) => hasVerificationToken)).toBe(true);
  expect(emulator.requests.filter(({ status, fault }) => status === 429 && !fault)).toEqual([]);
  if (process.env["RCWH_DAYS"]) {
    process.stdout.write(`${JSON.stringify({ days, exitCodes, blacklistings, ...counts })}\n`);
  }
});

test(`${days} days with a clock that is up to 200 days wrong lose nothing (seed ${seed})`, {
  timeout: 120_000 + days * 5000,
}, async ({ world, expect }) => {
  const { rcwh, emulator, clock, directory } = world;
  const random = createRandom(`${seed} clock`);
  await using endpoints = await serveEndpoints();
  const addresses = lifetimes.map((_, index) => `${endpoints.url}/${index}`);
  for (const [index, lifetime] of lifetimes.entries()) {
    await rcwh([
      ...["create", "--filter", "posts", "--url", addresses[index] ?? ""],
      ...["--expires-in", lifetime, "--generate-verification-token"],
    ]);
  }
  const exitCodes: Record<string, number> = {};
  for (let hour = 6; hour <= days * day; hour += 6) {
    clock.advance(6 * oneHour);
    if (random.next() < 1 / 8) {
      const held = heldBy(emulator);
      const victim = held[Math.floor(random.next() * held.length)];
      if (victim?.status === "Active") emulator.blacklist(victim.id);
    }
    const clockError = Math.round((random.next() * 2 - 1) * 200 * day * oneHour);

    const { exitCode, stderr } = await rcwh("renew --recover --recreate --quiet", { clockError });

    exitCodes[exitCode] = (exitCodes[exitCode] ?? 0) + 1;
    if (exitCode !== 0) expect(stderr, `hour ${hour}`).toContain("recovered less than a day ago");
    const held = heldBy(emulator).map(({ address }) => address);
    expect(held.sort(), `hour ${hour}`).toEqual(addresses);
  }
  const tokens = (await stored(directory, "records")).map((record) => record.verificationToken);
  expect(tokens.filter(Boolean)).toHaveLength(addresses.length);
  expect(emulator.state().subscriptions.every((each) => each.hasVerificationToken)).toBe(true);
  if (process.env["RCWH_DAYS"]) process.stdout.write(`${JSON.stringify({ days, exitCodes })}\n`);
});

function isRenewal({ method, path }: Sent): boolean {
  return method === "PUT" || path.endsWith("/renew");
}

/** One request in twenty fails, in different ways. */
function failSometimes({ faults }: Emulator): void {
  const possibleFaults: readonly Fault[] = [
    { code: "CMN-201" },
    { code: "CMN-203" },
    { html: true },
    { drop: "before" },
    { drop: "after" },
    { truncate: 20 },
    { code: "CMN-301", headers: { "Retry-After": "30", "X-Rate-Limit-Window": "60" } },
    { code: "OAU-213", match: { path: "/restapi/v1.0/*" } },
  ];
  for (const [index, trouble] of possibleFaults.entries()) {
    faults.add({ ...trouble, rate: 0.05 / possibleFaults.length, seed: `${seed} ${index}` });
  }
}

/** Endpoints that answer correctly, except for the first, which is down at times. */
async function serveEndpoints() {
  const receiver = createReceiver({
    onHandshake: () => {},
    onEvent: () => {},
    onRejected: () => {},
  });
  let isDown = false;
  const running = await serve(async (request) =>
    isDown && new URL(request.url).pathname === "/0"
      ? new Response(null, { status: 503 })
      : receiver(request),
  );
  return {
    url: running.url,
    setDown(isDownNow: boolean) {
      isDown = isDownNow;
    },
    [Symbol.asyncDispose]: running.close,
  };
}
