import { type Check, rule } from "../../check/check.ts";
import type { Account } from "../../lifecycle/account.ts";
import { creationOf, mayBeCreatedBy } from "../../lifecycle/creation.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { isKept } from "../../lifecycle/replacement/under-way.ts";
import { redactAddress } from "../../machine/redact.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { type Audited, about, type Begun, orPass } from "./audited.ts";

const ofReplacements = rule("replacements", "ended, or both deliver on purpose");

/** Reads the journal, and finds in the list what a run created and could not write down any more. */
export async function findBegun(
  account: Account,
  webhooks: readonly OwnedSubscription[],
): Promise<readonly Begun[]> {
  const intents = await account.journal.list();
  return intents
    .filter(({ creates, newId }) => !creates || newId === undefined)
    .map((intent) => {
      const { oldId, creates = false, address, api } = intent;
      const known = intent.newId === oldId ? undefined : intent.newId;
      const creation = creationOf(intent);
      const made = webhooks.find(
        (each) => each.api === api && each.id !== oldId && mayBeCreatedBy(creation, each),
      );
      const keptUntil =
        known !== undefined && isKept(intent, account) ? intent.keepUntil : undefined;
      return { oldId, newId: known ?? made?.id, creates, keptUntil, address };
    });
}

/** Reports what a crash left: the next `rcwh renew` finishes or undoes it. */
export function checkReplacements({ begun }: Audited): readonly Check[] {
  const found = begun.flatMap((each) => {
    const { oldId, newId, creates, address } = each;
    if (each.keptUntil !== undefined || (creates && newId === undefined)) return [];
    const made =
      newId === undefined
        ? `a new webhook for ${redactAddress(address)}`
        : nameOf({ id: newId, address });
    const what = creates ? `the creation of ${made}` : `the replacement of ${oldId} by ${made}`;
    const ids = [...(newId === undefined ? [] : [newId]), ...(creates ? [] : [oldId])];
    return [
      ofReplacements.warn(
        `${what} is in progress, or was interrupted`,
        about(
          ids.map((id) => ({ id })),
          { hint: `${newId === undefined ? "Finish or undo" : "Finish"} it with \`rcwh renew\`.` },
        ),
      ),
    ];
  });
  const kept = begun.filter(({ keptUntil }) => keptUntil !== undefined);
  const until = kept.map(
    ({ newId, oldId, keptUntil }) =>
      `${newId} replaces ${oldId}, and both deliver until ${keptUntil}`,
  );
  return orPass(found, ofReplacements.pass(until.join("; ") || "none is unfinished"));
}
