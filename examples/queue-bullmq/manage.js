import { addAccount } from "./accounts.js";
import { deadLetters, queue } from "./queue.js";
import { redis } from "./redis.js";

const [command, ...rest] = process.argv.slice(2);
const commands = {
  add: (id, jwt, url, filters, days = "7") =>
    addAccount(id, { jwt, url, filters: filters.split(","), days: Number(days) }),
  /** Lists what has failed for good, and why. */
  async dead() {
    for (const { account, code, message } of await deadLetters()) {
      process.stdout.write(`${account}\t${code}\t${message}\n`);
    }
  },
  /** Tries one again that was repaired, or all. */
  async revive(wanted) {
    for (const { account, job } of await deadLetters()) {
      if (wanted === undefined || account === wanted) await job.retry("failed");
    }
  },
};

if (Object.hasOwn(commands, command ?? "")) await commands[command](...rest);
else
  process.stderr.write(
    "Usage: node manage.js add <id> <jwt> <url> <filters> [days] | dead | revive [id]\n",
  );
await queue.close();
redis.disconnect();
