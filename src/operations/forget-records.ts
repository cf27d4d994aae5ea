import type { CommandContext } from "../context.ts";
import type { Account } from "../lifecycle/account.ts";
import { settleLastRun } from "./reporting/last-run.ts";

/** Drops the records of subscriptions that the server no longer has, so that the last run complains of them no more. */
export async function forgetRecords(
  context: CommandContext,
  { records }: Pick<Account, "records">,
  chosen: readonly { readonly id: string }[],
): Promise<void> {
  const ids = chosen.map(({ id }) => id);
  for (const id of ids) await records.remove(id);
  await settleLastRun(context, ids);
}
