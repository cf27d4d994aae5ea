import { createClient } from "rcwh/client";
import { credentialsOf } from "./accounts.js";

const secondsOfADay = 24 * 60 * 60;

/**
 * Makes sure that the webhook of an account lives: creates, renews or recovers it, or leaves it alone. Several may run at
 * once, here and elsewhere, and any of them may be killed: the next one looks first. Returns the seconds until it is due
 * again. Throws RcwhError.
 */
export async function renew(account, store) {
  const client = createClient({
    server: process.env.RINGCENTRAL_SERVER_URL,
    credentials: credentialsOf(account),
    store,
    owner: `worker ${process.pid}`,
    onNotice: ({ kind, text }) => kind !== "progress" && log(account.id, text),
  });
  const { url, filters, days } = account;
  // It is due in the last third of its life: 8 hours of each day.
  const { subscription, error } = await client.ensure(
    { url, filters, expiresIn: `${days}d` },
    { within: `${days * 8}h` },
  );
  if (subscription?.status !== "Active") throw error;
  if (error) log(account.id, error.message);
  // Not from `expirationTime`, because the clocks of two machines differ.
  return Math.max(60, Math.ceil(subscription.expiresIn - (days * secondsOfADay) / 3));
}

export function log(account, text) {
  process.stderr.write(`${new Date().toISOString()} ${account}: ${text}\n`);
}
