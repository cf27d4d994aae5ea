import { accountsTable } from "./accounts.js";
import { openQueue, pool } from "./queue.js";

const [command, ...rest] = process.argv.slice(2);
const commands = {
  setup: () => pool.query(accountsTable),
  async add(id, jwt, url, filters, days = "7") {
    await pool.query("INSERT INTO accounts VALUES ($1, $2, $3, $4, $5)", [
      ...[id, jwt, url, filters.split(",")],
      days,
    ]);
  },
  /** Lists what has failed for good, and why. */
  dead: () =>
    withQueue(async (queue) => {
      for (const { account, code, message } of await queue.deadLetters()) {
        process.stdout.write(`${account}\t${code ?? "CRASHED"}\t${message}\n`);
      }
    }),
  /** Tries one again that was repaired, or all. */
  revive: (account) =>
    withQueue(async (queue) => {
      for (const letter of await queue.deadLetters()) {
        if (account === undefined || letter.account === account) await queue.revive(letter);
      }
    }),
};

async function withQueue(act) {
  const queue = await openQueue();
  await act(queue);
  await queue.boss.stop();
}

if (Object.hasOwn(commands, command ?? "")) await commands[command](...rest);
else
  process.stderr.write(
    "Usage: node manage.js setup | add <id> <jwt> <url> <filters> [days] | dead | revive [id]\n",
  );
await pool.end();
