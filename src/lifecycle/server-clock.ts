import { serverTime } from "../api/observed-transport.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { instant } from "../subscriptions/time.ts";
import type { Account } from "./account.ts";

/**
 * What time it is for the server, milliseconds since the epoch: by the `Date` of its last answer. This machine's time
 * where it did not say. Everything that the server ends, counts or holds back goes by its clock, because this machine's
 * may be wrong by months.
 */
export function serverNow({ client, clock }: Pick<Account, "client" | "clock">): number {
  return serverTime(client.lastAnswer, clock.now()) ?? clock.now();
}

/** The time by the server's clock, RFC 3339, or that many milliseconds later. */
export function serverInstant(account: Pick<Account, "client" | "clock">, later = 0): string {
  return instant(serverNow(account) + later);
}

/**
 * The server's time in milliseconds since the epoch, and only what it said: by `Date`, else by the seconds that a listed
 * subscription has left. Undefined where it said neither: nothing that cannot be undone may happen then.
 */
export function knownServerNow(
  { client, clock }: Pick<Account, "client" | "clock">,
  listed: readonly Subscription[],
): number | undefined {
  const byDate = serverTime(client.lastAnswer, clock.now());
  if (byDate !== undefined) return byDate;
  const [byExpiry] = listed.flatMap(({ expirationTime, expiresIn }) =>
    expiresIn === undefined ? [] : Date.parse(expirationTime) - expiresIn * 1000,
  );
  return byExpiry;
}
