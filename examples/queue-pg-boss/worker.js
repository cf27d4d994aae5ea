import { RcwhError } from "rcwh/client";
import { findAccount } from "./accounts.js";
import { openQueue, pool, store } from "./queue.js";
import { log, renew } from "./renew.js";

const { CONCURRENCY = "20", FEED_SECONDS = "60" } = process.env;

const queue = await openQueue();
const { boss } = queue;

async function work({ id, data: { account: accountId, failures = 0 } }) {
  try {
    const account = await findAccount(pool, accountId);
    // Without a row it is gone, and its job with it.
    if (account) await queue.schedule(accountId, await renew(account, store));
  } catch (error) {
    // Not RingCentral's doing: pg-boss tries again a few times, and then buries it.
    if (!(error instanceof RcwhError)) return boss.fail("renew", id, error);
    log(accountId, error.message);
    if (error.permanent) await queue.bury(accountId, error);
    else await queue.schedule(accountId, error.retryAfter ?? pauseAfter(failures), failures + 1);
  }
  // Only now: whoever is killed before this line is tried again, and finds nothing to do.
  await boss.complete("renew", id);
}

/** What passes is tried until it has passed: after 30 seconds, a minute, … at last every hour. */
function pauseAfter(failures) {
  return Math.round(Math.min(30 * 2 ** failures, 3600) * (0.5 + Math.random() / 2));
}

async function feed() {
  await queue.feed().catch((error) => log("feed", error.message));
}

await feed();
const feeding = setInterval(feed, Number(FEED_SECONDS) * 1000);
const options = { batchSize: Number(CONCURRENCY), pollingIntervalSeconds: 0.5 };
await boss.work("renew", options, (jobs) => Promise.all(jobs.map(work)));

async function stop() {
  clearInterval(feeding);
  // Takes no more jobs, and finishes those that it has.
  await boss.stop({ timeout: 30_000 });
  await pool.end();
}
// pg-boss does not wait for all of its own statements: where the database is away, it goes on when it is back.
process.on("unhandledRejection", (error) => log("pg-boss", error.message));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
