import pg from "pg";
import PgBoss from "pg-boss";
import { postgresStore, seal } from "rcwh/client";
import { log } from "./renew.js";

const { DATABASE_URL: connectionString, STORE_KEY, JOB_SECONDS = "120" } = process.env;

export const pool = new pg.Pool({ connectionString });
pool.on("error", (error) => log("PostgreSQL", error.message));

/** Tokens and locks, in the same database. What is secret in it is encrypted. */
export const store = seal(postgresStore(pool), STORE_KEY);

const dead = "renew-dead";

export async function openQueue() {
  const boss = new PgBoss({ connectionString, maintenanceIntervalSeconds: 10 });
  boss.on("error", (error) => log("pg-boss", error.message));
  await boss.start();
  // `short`: an account has one job at most that waits. Dead letters stay until somebody deals with them.
  await boss.createQueue(dead, { name: dead, policy: "short" });
  await boss.createQueue("renew", { name: "renew", policy: "short", deadLetter: dead });

  const options = {
    // The job of a worker that was killed is tried again after this time. It must be longer than any job takes.
    expireInSeconds: Number(JOB_SECONDS),
    ...{ retryLimit: 5, retryDelay: 5, retryBackoff: true },
  };
  const job = (account) => ({
    name: "renew",
    data: { account },
    singletonKey: account,
    ...options,
  });

  return {
    boss,
    /** Gives each account that has neither a job nor a dead letter a job that is due now. */
    async feed() {
      const { rows } = await pool.query(
        `SELECT id FROM accounts WHERE id NOT IN (
          SELECT data->>'account' FROM pgboss.job WHERE name IN ('renew', $1) AND state < 'completed'
        )`,
        [dead],
      );
      if (rows.length > 0) await boss.insert(rows.map(({ id }) => job(id)));
    },
    async schedule(account, seconds, failures = 0) {
      const { name, data, ...rest } = { ...job(account), startAfter: seconds };
      await boss.send(name, { ...data, failures }, rest);
    },
    async bury(account, { code, message }) {
      const data = { account, code, message };
      await boss.send(dead, data, { singletonKey: account, retentionDays: 3650 });
    },
    /** What has failed for good: by `bury`, or because it took its workers down. */
    async deadLetters() {
      const { rows } = await pool.query(
        `SELECT id, data->>'account' AS account, data->>'code' AS code,
          coalesce(data->>'message', output->>'message', output->'value'->>'message') AS message
        FROM pgboss.job WHERE name = $1 AND state < 'completed' ORDER BY created_on`,
        [dead],
      );
      return rows;
    },
    /** Tries an account again that is dead. */
    async revive({ id, account }) {
      await this.schedule(account, 0);
      await boss.deleteJob(dead, id);
    },
  };
}
