import type { Account } from "../../lifecycle/account.ts";
import { creationOf, mayBeCreatedBy } from "../../lifecycle/creation.ts";
import type { Inventory, Records } from "../../lifecycle/inventory.ts";

export interface HalfReplaced {
  /** The ids of the new ones, by those of the old ones that are still there. */
  readonly replaced: ReadonlyMap<string, string>;
  /** With what is known of the new ones, also where a run was killed before it was on record. */
  readonly records: Records;
}

/** Finds the replacements that a run began and did not end: old and new exist, and are one webhook. */
export async function findHalfReplaced(
  { journal }: Pick<Account, "journal">,
  { subscriptions, records: recorded }: Pick<Inventory, "subscriptions" | "records">,
): Promise<HalfReplaced> {
  const replaced = new Map<string, string>();
  const records = new Map(recorded);
  for (const intent of await journal.list()) {
    const { oldId, newId, creates, api, eventFilters, address, expiresIn } = intent;
    const { verificationToken, managedAs } = intent;
    if (creates || !subscriptions.some(({ id }) => id === oldId)) continue;
    const creation = creationOf(intent);
    const made = subscriptions.find((each) =>
      newId === undefined
        ? each.id !== oldId && each.api === api && mayBeCreatedBy(creation, each)
        : each.id === newId && newId !== oldId,
    );
    if (!made) continue;
    replaced.set(oldId, made.id);
    if (records.has(made.id)) continue;
    records.set(made.id, {
      ...{ id: made.id, api, eventFilters, address, expirationTime: made.expirationTime },
      ...(expiresIn !== undefined && { expiresIn }),
      ...(verificationToken !== undefined && { verificationToken }),
      ...(managedAs && { managedAs }),
    });
  }
  return { replaced, records };
}
