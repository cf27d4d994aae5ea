import type { Account } from "../../lifecycle/account.ts";
import { creationOf, mayBeCreatedBy } from "../../lifecycle/creation.ts";
import type { Inventory, Records } from "../../lifecycle/inventory.ts";
import { isKept } from "../../lifecycle/replacement/under-way.ts";

export interface HalfReplaced {
  /** Why each old one that is still there is left out, by its id. */
  readonly replaced: ReadonlyMap<string, string>;
  /** With what is known of the new ones, also where a run was killed before it was on record. */
  readonly records: Records;
}

/** Finds the replacements that a run began and did not end: old and new exist, and are one webhook. */
export async function findHalfReplaced(
  account: Pick<Account, "journal" | "client" | "clock">,
  { subscriptions, records: recorded }: Pick<Inventory, "subscriptions" | "records">,
): Promise<HalfReplaced> {
  const replaced = new Map<string, string>();
  const records = new Map(recorded);
  for (const intent of await account.journal.list()) {
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
    const rest = isKept(intent, account)
      ? `, and both deliver until ${intent.keepUntil}: the first \`rcwh renew\` after that deletes it`
      : "; `rcwh renew` finishes that";
    replaced.set(oldId, `it is being replaced by ${made.id}${rest}`);
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
