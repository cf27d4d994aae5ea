import type { CommandContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { forEachOrphan, type Lease } from "./leases.ts";
import { deleteIfThere, removeMarked } from "./marked-subscriptions.ts";

/**
 * Deletes what listeners left that were killed: of the same user, with a listener's marker in its address or
 * the id that a listener wrote down, and nothing else. Says what it deleted. What cannot be deleted now is left
 * for the next start.
 */
export async function sweepLeases(
  context: CommandContext,
  say: (line: string) => void,
): Promise<void> {
  const { recordsKey } = await context.identity();
  await forEachOrphan(context, async (lease) => {
    if (lease.transport === "none") return "settled";
    if (lease.identity !== recordsKey) return "left";
    try {
      if (await removeLeftover(lease, context)) {
        say(`Deleted the subscription that a listener left behind at ${lease.startedAt}.`);
      }
      return "settled";
    } catch (error) {
      if (!(error instanceof CliError) || context.signal.aborted) throw error;
      say(
        `What a listener left behind at ${lease.startedAt} could not be deleted: ${error.message}`,
      );
      return "left";
    }
  });
}

/** Whether there was something. */
async function removeLeftover(lease: Lease, context: CommandContext): Promise<boolean> {
  const { api = "platform", id, marker, transport } = lease;
  const client = await context.api(Number.POSITIVE_INFINITY);
  if (transport === "WebHook") return removeMarked(client, api, marker);
  if (id === undefined) return false;
  const isThere = (await client.list(api)).some((each) => each.id === id);
  if (isThere) await deleteIfThere(client, api, id);
  return isThere;
}
