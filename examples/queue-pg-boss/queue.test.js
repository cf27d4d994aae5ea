import { randomBytes } from "node:crypto";
import { test } from "node:test";
import pg from "pg";
import { accountsTable } from "./accounts.js";
import { runFleet } from "./fleet.js";

const { DATABASE_URL, ACCOUNTS = "60" } = process.env;

test(`${ACCOUNTS} accounts on three workers, of which one is killed`, {
  skip: DATABASE_URL === undefined && "without DATABASE_URL, a PostgreSQL to try it with",
}, async () => {
  // In a database of its own.
  const name = `rcwh_${randomBytes(6).toString("hex")}`;
  const url = new URL(DATABASE_URL);
  url.pathname = name;
  await query(DATABASE_URL, `CREATE DATABASE ${name}`);
  process.env.DATABASE_URL = url.href;
  process.env.STORE_KEY = randomBytes(32).toString("base64");
  const { openQueue, pool } = await import("./queue.js");
  const queue = await openQueue();
  try {
    await pool.query(accountsTable);
    await runFleet({
      size: Number(ACCOUNTS),
      env: {
        ...{ DATABASE_URL: url.href, STORE_KEY: process.env.STORE_KEY },
        ...{ JOB_SECONDS: "15", FEED_SECONDS: "1", CONCURRENCY: "5" },
      },
      queue: {
        add: (accounts) =>
          pool.query(
            "INSERT INTO accounts SELECT * FROM json_populate_recordset(NULL::accounts, $1)",
            [JSON.stringify(accounts.map((account) => ({ ...account, days: 7 })))],
          ),
        makeDue: () => pool.query("UPDATE pgboss.job SET start_after = now() WHERE name = 'renew'"),
        deadLetters: queue.deadLetters,
        async revive() {
          for (const letter of await queue.deadLetters()) await queue.revive(letter);
        },
        async interrupted() {
          const { rows } = await pool.query(
            "SELECT data->>'account' AS account FROM pgboss.job WHERE retry_count > 0",
          );
          return new Set(rows.map(({ account }) => account));
        },
      },
    });
  } finally {
    await queue.boss.stop({ graceful: false });
    await pool.end();
    await query(DATABASE_URL, `DROP DATABASE ${name} WITH (FORCE)`);
  }
});

async function query(connectionString, text) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
