import { CliError, ExitCode } from "../../errors.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { selectSubscriptions } from "../../subscriptions/select.ts";
import type { Account } from "../account.ts";
import { type BulkOutcome, resultOfError } from "../bulk.ts";
import type { ChangeLimit } from "../change-limit.ts";
import { takeInventory } from "../inventory.ts";
import { findMissing, type Missing, missingCandidates, toRecorded } from "../missing.ts";
import { finishReplacements, warnOfUnfinished } from "../replacement/unfinished-replacements.ts";
import type { Result } from "../results.ts";
import { serverNow } from "../server-clock.ts";
import { recreate } from "./recreate.ts";

/**
 * Re-creates what the server no longer has from its records: what is named, else everything that has expired, and not what
 * somebody deleted. Throws `NOT_FOUND` for a name of nothing on record, and `EXISTS` for one that lives.
 */
export async function recreateMissing(
  account: Account,
  ids: readonly string[],
  changes: ChangeLimit,
): Promise<BulkOutcome> {
  const inventory = await finishReplacements(account, await takeInventory(account));
  warnOfUnfinished(inventory, account);
  const { profile, own, subscriptions } = inventory;
  const missing = await findMissing(account, inventory);
  const candidates = missingCandidates(missing, profile);
  const outsiders = subscriptions.map((each) => ({ ...each, refusal: refuseLiving(each) }));
  const chosen =
    ids.length > 0
      ? selectSubscriptions(candidates, { ids }, { now: serverNow(account), own, outsiders })
      : candidates.filter((each) => isExpired(each.missing));
  const lost = chosen
    .map((each) => each.missing)
    .filter(({ successor, record }) => !successor && record.address !== "");
  changes.reserve(lost.length);
  const results: Result[] = [];
  let stoppedBy: unknown;
  for (const each of lost) {
    const { id } = each.record;
    const about = { id, profile, recorded: toRecorded(each, profile) };
    if (stoppedBy !== undefined) {
      results.push({ ...about, outcome: "not-tried" });
      continue;
    }
    account.notify({ kind: "progress", text: `Re-creating ${nameOf(each.record)}` });
    try {
      results.push(await recreate(account, inventory, each));
    } catch (error) {
      const { result, endsTheRun } = resultOfError(about, error);
      results.push(result);
      if (endsTheRun) stoppedBy = error;
    }
  }
  return { results, stoppedBy };
}

function isExpired({ status, isCertain, successor }: Missing): boolean {
  return status === "Expired" && isCertain && !successor;
}

function refuseLiving(subscription: Parameters<typeof nameOf>[0]): CliError {
  return new CliError(`${nameOf(subscription)} exists. Nothing was created.`, {
    exitCode: ExitCode.failure,
    code: "EXISTS",
  });
}
