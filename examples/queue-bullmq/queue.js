import { Queue } from "bullmq";
import { listAccountIds } from "./accounts.js";
import { log, prefix, redis } from "./redis.js";

export const name = "renew";
export const queue = new Queue(name, { connection: redis, prefix });
queue.on("error", (error) => log("BullMQ", error.message));

/** Gives each account that has no job one that is due now. The job has the account's id, so there is only one. */
export async function feed() {
  for (const ids of chunks(await listAccountIds(), 1000)) {
    const keys = ids.map((id) => ["exists", queue.toKey(id)]);
    const found = await redis.pipeline(keys).exec();
    const without = ids.filter((_, index) => found[index][1] === 0);
    await queue.addBulk(
      without.map((jobId) => ({
        ...{ name, data: { failures: 0 } },
        opts: {
          ...{ jobId, removeOnComplete: true, removeOnFail: false },
          ...{ attempts: 5, backoff: { type: "exponential", delay: 5000 } },
        },
      })),
    );
  }
}

/** What has failed for good. */
export async function deadLetters() {
  const jobs = await queue.getFailed(0, -1);
  return jobs.map((job) => {
    const [, code = "CRASHED", message = job.failedReason] =
      /^([\w-]+): (.*)$/s.exec(job.failedReason) ?? [];
    return { job, account: job.id, code, message };
  });
}

function chunks(all, size) {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
