import { DelayedError, UnrecoverableError, Worker } from "bullmq";
import { RcwhError } from "rcwh/client";
import { findAccount } from "./accounts.js";
import { feed, name, queue } from "./queue.js";
import { log, prefix, redis, store } from "./redis.js";
import { renew } from "./renew.js";

const { CONCURRENCY = "20", FEED_SECONDS = "60", JOB_SECONDS = "30" } = process.env;

/** The one job of an account: after each round it waits for the next, and so it never ends. */
async function work(job, token) {
  const account = await findAccount(job.id);
  // Without a row it is gone, and its job with it.
  if (!account) return;
  const { seconds, failures } = await renewOrWait(account, job);
  await job.updateData({ failures });
  await job.moveToDelayed(Date.now() + seconds * 1000, token);
  throw new DelayedError();
}

async function renewOrWait(account, { data: { failures } }) {
  try {
    return { seconds: await renew(account, store), failures: 0 };
  } catch (error) {
    // Not RingCentral's doing: BullMQ tries again a few times.
    if (!(error instanceof RcwhError)) throw error;
    log(account.id, error.message);
    // It joins the failed jobs, with the reason.
    if (error.permanent) throw new UnrecoverableError(`${error.code}: ${error.message}`);
    return { seconds: error.retryAfter ?? pauseAfter(failures), failures: failures + 1 };
  }
}

/** What passes is tried until it has passed: after 30 seconds, a minute, … at last every hour. */
function pauseAfter(failures) {
  return Math.round(Math.min(30 * 2 ** failures, 3600) * (0.5 + Math.random() / 2));
}

async function feedAll() {
  await feed().catch((error) => log("feed", error.message));
}

await feedAll();
const feeding = setInterval(feedAll, Number(FEED_SECONDS) * 1000);
const worker = new Worker(name, work, {
  ...{ connection: redis, prefix, concurrency: Number(CONCURRENCY) },
  // The job of a worker that was killed is tried again after this time.
  ...{ lockDuration: Number(JOB_SECONDS) * 1000, stalledInterval: Number(JOB_SECONDS) * 1000 },
  // In all the years that a job lives: each deployment that kills workers counts.
  maxStalledCount: 1000,
});
worker.on("error", (error) => log("BullMQ", error.message));

async function stop() {
  clearInterval(feeding);
  // Takes no more jobs, and finishes those that it has.
  await worker.close();
  await queue.close();
  redis.disconnect();
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
