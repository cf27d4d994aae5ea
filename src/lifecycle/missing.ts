import { serverTime } from "../api/observed-transport.ts";
import { ExitCode } from "../errors.ts";
import { sameFilters } from "../filters/compare.ts";
import { redactAddress } from "../machine/redact.ts";
import { sameAddress } from "../subscriptions/address.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/subscription-filters.ts";
import type { Account } from "./account.ts";
import type { Inventory, OwnedSubscription } from "./inventory.ts";
import type { Result, ResultError } from "./results.ts";

/** A recorded subscription that the server no longer lists. */
export interface Missing {
  readonly record: SubscriptionRecord;
  /** Its recorded expiry has passed, by the server's clock. What vanished earlier was deleted by somebody. */
  readonly isExpired: boolean;
  /** A listed subscription with the same URL and filters: somebody has re-created it. */
  readonly successor?: OwnedSubscription;
}

/**
 * Finds what is on record and gone. Those that were deleted are found until `updateRecords` has noted
 * them; those that a replacement is under way for are left out.
 */
export async function findMissing(
  account: Account,
  { subscriptions, records, own }: Inventory,
): Promise<readonly Missing[]> {
  const listed = new Set(subscriptions.map(({ id }) => id));
  const { apis, client, clock, journal } = account;
  const gone = [...records.values()].filter(
    ({ id, api, address, goneAt }) =>
      !listed.has(id) && (apis?.includes(api) ?? true) && address !== "" && goneAt === undefined,
  );
  if (gone.length === 0) return [];
  const intents = await journal.list();
  const pending = new Set(intents.flatMap(({ oldId, newId }) => [oldId, newId]));
  const now = serverTime(client.lastAnswer, clock.now());
  return gone
    .filter(({ id }) => !pending.has(id))
    .map((record) => {
      const { eventFilters, droppedFilters = [] } = record;
      const granted = without(eventFilters, droppedFilters, own);
      const successor = subscriptions.find(
        (each) =>
          sameAddress(each.deliveryMode.address, record.address) &&
          [eventFilters, granted].some((wanted) => sameFilters(allFilters(each, own), wanted, own)),
      );
      const isExpired = Date.parse(record.expirationTime) <= now;
      return { record, isExpired, ...(successor && { successor }) };
    });
}

/** The result for a missing subscription that is not re-created. */
export function reportMissing(
  { record, isExpired, successor }: Missing,
  profile: string,
  showSecrets: boolean,
): Result {
  const { id, address, expirationTime } = record;
  const result = { id, profile, outcome: "gone" } as const;
  if (successor) return { ...result, newId: successor.id };
  const name = `${id} (${redactAddress(address, showSecrets)})`;
  const error: ResultError = isExpired
    ? {
        code: "EXPIRED",
        message: `${name} expired ${expirationTime}: no events are delivered.`,
        hint: `Re-create it with \`rcwh renew --recreate\`; \`--ignore ${id}\` silences this.`,
        exitCode: ExitCode.attention,
      }
    : {
        code: "DELETED",
        message: `${name} is gone, although it would have lived until ${expirationTime}: somebody deleted it.`,
        hint: "Re-create it with `rcwh create` if that was a mistake. This is reported once.",
        exitCode: ExitCode.attention,
      };
  return { ...result, error };
}
