import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startEmulator } from "rcwh/emulator";
import { startApp } from "./app.js";

let emulator;
let app;
const pauses = [];
const errors = [];

before(async () => {
  // Without limits, because every test signs in.
  emulator = await startEmulator({ settings: { rateLimits: "off" } });
});

after(() => emulator.close());

afterEach(async () => {
  await app?.close();
  app = undefined;
  pauses.length = 0;
  errors.length = 0;
  emulator.reset();
});

async function start() {
  app = await startApp({
    server: emulator.url,
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    jwt: emulator.jwt(),
    sleep: async (milliseconds) => pauses.push(milliseconds),
    onError: (error) => errors.push(error),
  });
}

test("subscribes, and stores the text messages that arrive", async () => {
  await start();

  const deliveries = await emulator.sendEvent({ filter: "sms", body: sms("Hello") });

  assert.deepEqual(
    deliveries.map(({ delivered, status }) => ({ delivered, status })),
    [{ delivered: true, status: 200 }],
  );
  await app.idle();
  assert.deepEqual(app.messages(), [{ from: "+12055550123", text: "Hello" }]);
});

test("ignores what comes without the verification token", async () => {
  await start();
  const forged = { event: "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS" };

  const answer = await fetch(app.address, {
    method: "POST",
    body: JSON.stringify({ ...forged, body: sms("Forged") }),
  });

  // Not 401: RingCentral counts it against the endpoint, whoever sent it.
  assert.equal(answer.status, 200);
  await app.idle();
  assert.deepEqual(app.messages(), []);
  assert.deepEqual(errors, ["A delivery was dropped: The verification token does not match"]);
});

test("renews its subscription when it is reminded", async () => {
  await start();
  const [{ id, expirationTime }] = emulator.subscriptions();

  await emulator.clock.advance("6d1h");
  await app.idle();
  assert.ok(emulator.subscriptions()[0].expirationTime > expirationTime);
  await emulator.clock.advance("2d");

  assert.deepEqual(
    emulator.subscriptions().map(({ id, status }) => ({ id, status })),
    [{ id, status: "Active" }],
  );
});

test("re-creates its subscription after it was blacklisted", async () => {
  await start();
  const { id } = app.subscription;
  emulator.blacklist(id);

  await app.check();

  assert.notEqual(app.subscription.id, id);
  const [delivery] = await emulator.sendEvent({ filter: "sms", body: sms("Still there?") });
  assert.equal(delivery.subscriptionId, app.subscription.id);
  assert.equal(emulator.subscriptions().length, 1);
});

test("subscribes again after a downtime in which its subscription expired", async () => {
  await start();
  await app.close();
  await emulator.clock.advance("8d");
  await start();

  assert.equal(emulator.subscriptions().length, 1);
});

test("starts despite a short outage of RingCentral", async () => {
  emulator.faults.add({ match: { path: "/restapi/v1.0/subscription" }, status: 503, times: 2 });

  await start();

  assert.equal(emulator.subscriptions().length, 1);
  assert.deepEqual(pauses, [1000, 2000]);
});

test("waits as long as RingCentral asks it to", async () => {
  emulator.faults.add({ code: "CMN-301", headers: { "Retry-After": "30" } });

  await start();

  assert.deepEqual(pauses, [30_000]);
});

function sms(text) {
  return {
    type: "SMS",
    direction: "Inbound",
    from: { phoneNumber: "+12055550123" },
    to: [{ phoneNumber: "+12055550101" }],
    subject: text,
  };
}
