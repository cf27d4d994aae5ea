import { asSentence, CliError, ExitCode, reworded } from "../../errors.ts";
import { withEndpoint } from "../../explanations/check-hint.ts";
import { sameAddress } from "../../subscriptions/address.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { ReplacementIntent } from "../../subscriptions/replacement-intent.ts";
import type { Account } from "../account.ts";
import { notNew } from "../creation.ts";
import { deleteForCertain, deleteIfThere } from "../delete-if-there.ts";
import { type OwnedSubscription, owned } from "../inventory.ts";
import {
  concludeReplacement,
  isRefusal,
  makeNew,
  noteNew,
  type Replacement,
  withRoomHint,
} from "./replacement-steps.ts";
import { isKept } from "./under-way.ts";

interface Present {
  /** Undefined if it no longer exists. */
  readonly old?: OwnedSubscription | undefined;
  /** The new one, where an earlier run created it. */
  readonly made?: OwnedSubscription | undefined;
}

/** Creates the new one, sees it Active, deletes the old one. Both deliver for a while, and no event is lost. */
export async function makeThenDelete(
  account: Account,
  intent: ReplacementIntent,
  { old, made }: Present,
): Promise<Replacement> {
  const { clock } = account;
  const created = made ?? (await makeOrForget(account, intent, old));
  const madeAt = clock.now();
  await noteNew(account, created, intent);
  let subscription = created;
  if (old) {
    subscription = await readActive(account, created, old, intent);
    if (intent.keepUntil !== undefined && isKept(intent, account)) {
      return { subscription, overlap: 0, keptUntil: intent.keepUntil };
    }
    await orUnfinished(created, old, () => deleteForCertain(account, old));
  }
  await concludeReplacement(account, intent.oldId);
  return { subscription, overlap: clock.now() - madeAt };
}

/** A refusal ends the replacement without changes. */
async function makeOrForget(
  account: Account,
  intent: ReplacementIntent,
  old: OwnedSubscription | undefined,
): Promise<OwnedSubscription> {
  try {
    return await makeNew(account, intent);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await account.journal.remove(intent.oldId);
    throw error.code === notNew && old ? withUnchanged(error, old) : withRoomHint(error);
  }
}

function withUnchanged(error: CliError, old: OwnedSubscription): CliError {
  const message = `${asSentence(error.message)} The old one is unchanged.`;
  return reworded(error, message, `See \`rcwh show ${old.id}\`.`);
}

/** The new one as the server sees it. One that does not deliver replaces nothing: it is deleted again. */
async function readActive(
  account: Account,
  created: OwnedSubscription,
  old: OwnedSubscription,
  { address }: ReplacementIntent,
): Promise<OwnedSubscription> {
  const { client, records, journal } = account;
  const { api, id, profile } = created;
  const seen = await orUnfinished(created, old, () => client.read(api, id));
  if (seen.id !== id || !sameAddress(seen.deliveryMode.address, address)) {
    throw new CliError(
      `RingCentral created ${id}, but shows ${seen.id} instead. ${nameOf(old)} was not deleted, because the new one may not work.`,
      { code: notNew, hint: "See what exists with `rcwh list`." },
    );
  }
  if (seen.status === "Active") return owned(seen, profile, api);
  await deleteIfThere(account.client, created);
  await records.remove(id);
  await journal.remove(old.id);
  throw new CliError(
    `The new subscription was ${seen.status} at once, so it was deleted. ${nameOf(old)} is unchanged.`,
    {
      exitCode: ExitCode.endpoint,
      code: "NOT_ACTIVE",
      hint: withEndpoint(
        "Fix the endpoint until `rcwh check <url> --event` passes, then run the same command again.",
        address,
      ),
    },
  );
}

/** Runs a step after which the old one should be gone. Where it fails, both exist until it is finished. */
async function orUnfinished<Result>(
  created: OwnedSubscription,
  old: OwnedSubscription,
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof CliError) || error.code === "INTERRUPTED") throw error;
    const both = isHealthy(old) ? ": both deliver" : "";
    throw reworded(
      error,
      `${created.id} was created, but ${nameOf(old)} is not deleted yet${both}. ${error.message}`,
      "Finish it with `rcwh renew`, which deletes the old one.",
    );
  }
}
