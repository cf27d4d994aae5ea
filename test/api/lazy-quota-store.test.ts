import { describe, test } from "vitest";
import { createLazyQuotaStore } from "../../src/api/lazy-quota-store.ts";
import { listOperation, signInOperation } from "../../src/api/operations.ts";
import { createQuota } from "../../src/api/quota.ts";
import { createMemoryQuotaStore } from "../../src/config/quota-store.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const server = "https://platform.ringcentral.com";
const list = listOperation("platform");

/** The state that the processes of one machine share, and the number of writes to it. */
function createShared() {
  const store = createMemoryQuotaStore();
  let writes = 0;
  return {
    read: store.read,
    change: ((name, edit) => {
      writes += 1;
      return store.change(name, edit);
    }) satisfies typeof store.change as typeof store.change,
    writes: () => writes,
  };
}

function openQuota(shared: ReturnType<typeof createShared>) {
  const store = createLazyQuotaStore(shared);
  return createQuota({ clock: { now: () => now }, store, server, user: "one" });
}

async function sendLists(quota: ReturnType<typeof openQuota>, count: number, used = 0) {
  for (let sent = 1; sent <= count; sent += 1) {
    await quota.reserve(list);
    await quota.observe(list, now, 200, {
      "x-rate-limit-group": "light",
      "x-rate-limit-limit": "50",
      "x-rate-limit-remaining": String(50 - used - sent),
      "x-rate-limit-window": "60",
    });
  }
}

describe("the quota of one account among many", () => {
  test("is kept in memory while half of it is left", async ({ expect }) => {
    const shared = createShared();
    const quota = openQuota(shared);
    await quota.reserve(signInOperation);
    await sendLists(quota, 25);
    expect(shared.writes()).toBe(0);
    await sendLists(quota, 1, 25);
    expect(shared.writes()).toBeGreaterThan(0);
  });

  test("is shared through files from then on", async ({ expect }) => {
    const shared = createShared();
    await sendLists(openQuota(shared), 50);
    expect(await openQuota(shared).reserve(list)).toBeGreaterThan(now);
  });

  test("is shared if the server counts more than this process sent", async ({ expect }) => {
    const shared = createShared();
    await sendLists(openQuota(shared), 1, 49);
    expect(await openQuota(shared).reserve(list)).toBeGreaterThan(now);
  });

  test("stops everybody after a 429 from any limiter", async ({ expect }) => {
    for (const headers of [{ "x-rate-limit-group": "light" }, {}]) {
      const shared = createShared();
      await openQuota(shared).observe(list, now, 429, { "retry-after": "30", ...headers });
      expect(await openQuota(shared).reserve(list)).toBe(now + 30_000);
    }
  });
});
