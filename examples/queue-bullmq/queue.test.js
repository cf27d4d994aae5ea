import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { runFleet } from "./fleet.js";

const { REDIS_URL, ACCOUNTS = "60" } = process.env;

test(`${ACCOUNTS} accounts on three workers, of which one is killed`, {
  skip: REDIS_URL === undefined && "without REDIS_URL, a Redis to try it with",
}, async () => {
  // With keys of its own.
  process.env.PREFIX = `test-${randomBytes(6).toString("hex")}`;
  process.env.STORE_KEY = randomBytes(32).toString("base64");
  const { PREFIX, STORE_KEY } = process.env;
  const { addAccount } = await import("./accounts.js");
  const { deadLetters, queue } = await import("./queue.js");
  const { redis } = await import("./redis.js");
  try {
    await runFleet({
      size: Number(ACCOUNTS),
      env: { REDIS_URL, PREFIX, STORE_KEY, JOB_SECONDS: "10", FEED_SECONDS: "5", CONCURRENCY: "5" },
      queue: {
        async add(accounts) {
          for (const { id, jwt, url, filters } of accounts) {
            await addAccount(id, { jwt, url, filters });
          }
        },
        async makeDue() {
          for (const job of await queue.getDelayed(0, -1)) await job.promote();
        },
        deadLetters,
        async revive() {
          for (const { job } of await deadLetters()) await job.retry("failed");
        },
        async interrupted() {
          const jobs = await queue.getJobs(undefined, 0, -1);
          return new Set(jobs.filter((job) => job.stalledCounter > 0).map(({ id }) => id));
        },
      },
    });
  } finally {
    await queue.close();
    const keys = await redis.keys(`*${PREFIX}*`);
    if (keys.length > 0) await redis.del(keys);
    redis.disconnect();
  }
});
