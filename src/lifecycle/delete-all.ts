import { CliError, ExitCode } from "../errors.ts";
import type { Account } from "./account.ts";
import { type BulkOutcome, inBulk } from "./bulk.ts";
import { findUndeleted, stillThere } from "./delete-if-there.ts";
import type { Inventory, OwnedSubscription } from "./inventory.ts";
import { type Result, toResultError } from "./results.ts";

/** Deletes subscriptions one after another, and their records, and looks whether they are gone. */
export async function deleteAll(
  account: Account,
  inventory: Inventory,
  chosen: readonly OwnedSubscription[],
  isNamed: boolean,
): Promise<BulkOutcome> {
  const remove = async (subscription: OwnedSubscription): Promise<Result> => {
    const { id, profile } = subscription;
    return { id, profile, subscription, ...(await deleteOne(account, subscription, isNamed)) };
  };
  const { results, stoppedBy } = await inBulk(account, chosen, remove, { activity: "Deleting" });
  const verified = stoppedBy ? results : await verifyDeletions(account, inventory, results);
  return { results: verified, stoppedBy };
}

/** A missing subscription is an error if it was named, and a success if flags selected it. */
async function deleteOne(
  { client, records }: Account,
  { api, id }: OwnedSubscription,
  named: boolean,
): Promise<Pick<Result, "outcome" | "error">> {
  try {
    await client.delete(api, id);
    await records.remove(id);
    return { outcome: "deleted" };
  } catch (error) {
    const isGone = error instanceof CliError && error.exitCode === ExitCode.notFound;
    if (!isGone) throw error;
    await records.remove(id);
    return { outcome: "gone", ...(named && { error: toResultError(error) }) };
  }
}

/** A server may confirm what it did not do: what it still has gets its record back, and is reported. */
async function verifyDeletions(
  account: Account,
  { records }: Inventory,
  results: readonly Result[],
): Promise<readonly Result[]> {
  const deleted = results.flatMap(({ outcome, subscription }) =>
    outcome === "deleted" && subscription ? subscription : [],
  );
  const undeleted = await findUndeleted(account, deleted);
  for (const id of undeleted) {
    const record = records.get(id);
    if (record) await account.records.save(record);
  }
  return results.map((result) =>
    undeleted.has(result.id)
      ? {
          ...result,
          outcome: "try-later",
          error: toResultError(stillThere({ ...result.subscription, id: result.id })),
        }
      : result,
  );
}
