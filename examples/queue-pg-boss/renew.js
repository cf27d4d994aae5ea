import { createClient, RcwhError } from "rcwh/client";
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
  // Not from `expirationTime`, because the clocks of two machines differ.
  const seconds = Math.ceil((subscription?.expiresIn ?? 0) - (days * secondsOfADay) / 3);
  const isSafe = subscription?.status === "Active" && seconds > 0;
  if (error && !isSafe) throw new RcwhError(error);
  // It lives, and yet needs somebody: fewer filters than asked for, a second webhook with the same URL …
  if (error) log(account.id, error.message);
  return Math.max(60, seconds);
}

export function log(account, text) {
  process.stderr.write(`${new Date().toISOString()} ${account}: ${text}\n`);
}
