import { CliError, ExitCode, Interruption } from "../../errors.ts";
import { lifetimeTolerance } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { Account } from "../account.ts";
import { listOwned, type OwnedSubscription, owned } from "../inventory.ts";
import type { Outcome, Result } from "../results.ts";

/**
 * Looks whether the server has what it answered to renewals, because it may confirm what it did not do: one list
 * request for each API with a renewal. A result that does not hold becomes `try-later`, and its record gets the
 * expiry that the server has. Where the server cannot be asked, its answers count.
 */
export async function verifyRenewals(
  account: Account,
  results: readonly Result[],
): Promise<readonly Result[]> {
  const renewed = results.flatMap(({ outcome, subscription }) =>
    subscription && claimsRenewal.has(outcome) ? subscription : [],
  );
  if (renewed.length === 0) return results;
  const unkept = new Map<string, OwnedSubscription>();
  try {
    for (const api of new Set(renewed.map((each) => each.api))) {
      const listed = new Map((await listOwned(account, api)).map((each) => [each.id, each]));
      for (const claimed of renewed.filter((each) => each.api === api)) {
        const found = listed.get(claimed.id);
        if (!found || !endsEarlier(found, claimed)) continue;
        // A list may lag behind: only the subscription itself decides.
        const actual = owned(await account.client.read(api, claimed.id), claimed.profile, api);
        if (endsEarlier(actual, claimed)) unkept.set(claimed.id, actual);
      }
    }
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
  }
  for (const { id, expirationTime } of unkept.values()) {
    await account.records.edit(id, (current) => current && { ...current, expirationTime });
  }
  return results.map((result) => {
    const actual = unkept.get(result.id);
    return actual && result.subscription
      ? toUnkept(result, actual, result.subscription.expirationTime)
      : result;
  });
}

const claimsRenewal: ReadonlySet<Outcome> = new Set(["renewed", "degraded", "disabled-filters"]);

function endsEarlier(
  { expirationTime: actual }: OwnedSubscription,
  { expirationTime: claimed }: OwnedSubscription,
): boolean {
  return Date.parse(actual) < Date.parse(claimed) - lifetimeTolerance * 1000;
}

function toUnkept(result: Result, subscription: OwnedSubscription, claimed: string): Result {
  const { id } = result;
  const error = {
    code: "NOT_EXTENDED",
    message: `RingCentral confirmed that it extended ${nameOf(subscription)} to ${claimed}, but it still expires ${subscription.expirationTime}.`,
    hint: `Try again with \`rcwh renew ${id}\`.`,
    exitCode: ExitCode.unavailable,
  };
  return { ...result, outcome: "try-later", subscription, error };
}
