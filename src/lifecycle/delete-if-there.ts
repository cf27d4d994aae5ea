import type { RingCentralClient } from "../api/client.ts";
import { CliError, ExitCode, Interruption } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { type Nameable, nameOf } from "../subscriptions/name.ts";
import type { Account } from "./account.ts";

/** Milliseconds before a deletion that did nothing is tried again. */
const pauseBeforeAgain = 2000;

interface Named extends Nameable {
  readonly api: Api;
}

/** Deletes a subscription; one that is already gone counts as deleted, and returns "gone". */
export async function deleteIfThere(
  client: Pick<RingCentralClient, "delete">,
  { api, id }: Named,
): Promise<"deleted" | "gone"> {
  try {
    await client.delete(api, id);
    return "deleted";
  } catch (error) {
    if (error instanceof CliError && error.exitCode === ExitCode.notFound) return "gone";
    throw error;
  }
}

/**
 * Deletes a subscription, and looks whether it is gone, because a server may confirm what it did not do.
 * Where it is still there, it tries once more. Throws `STILL_THERE` (exit 5) where that did not help either.
 */
export async function deleteForCertain(
  { client, clock, signal }: Pick<Account, "client" | "clock" | "signal">,
  named: Named,
): Promise<"deleted" | "gone"> {
  const outcome = await deleteIfThere(client, named);
  if (outcome === "gone" || !(await isStillThere(client, named))) return outcome;
  if (clock.now() + pauseBeforeAgain < client.deadlineAt) {
    await clock.sleep(pauseBeforeAgain, signal);
    if ((await deleteIfThere(client, named)) === "gone") return "deleted";
    if (!(await isStillThere(client, named))) return "deleted";
  }
  throw stillThere(named);
}

/**
 * The subscriptions among those deleted that the server still has: one list request for each API. None where
 * that cannot be found out: then the confirmed deletions count.
 */
export async function findUndeleted(
  { client }: Pick<Account, "client">,
  deleted: readonly Named[],
): Promise<ReadonlySet<string>> {
  const undeleted = new Set<string>();
  try {
    for (const api of new Set(deleted.map((each) => each.api))) {
      const { subscriptions, malformed } = await client.listAll(api);
      const listed = new Set([...subscriptions, ...malformed].map(({ id }) => id));
      for (const each of deleted) {
        // A list may lag behind: only the subscription itself decides.
        if (each.api !== api || !listed.has(each.id)) continue;
        if (await isStillThere(client, each)) undeleted.add(each.id);
      }
    }
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
  }
  return undeleted;
}

export function stillThere(named: Nameable): CliError {
  return new CliError(
    `RingCentral confirmed the deletion of ${nameOf(named)}, but still lists it.`,
    {
      exitCode: ExitCode.unavailable,
      code: "STILL_THERE",
      hint: `Try again later with \`rcwh delete ${named.id}\`.`,
    },
  );
}

/** False where that cannot be found out: then the confirmed deletion counts. */
export async function isStillThere(
  client: Pick<RingCentralClient, "read">,
  { api, id }: Named,
): Promise<boolean> {
  try {
    return (await client.read(api, id)).id === id;
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    return false;
  }
}
