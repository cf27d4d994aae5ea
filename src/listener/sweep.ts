import type { CommandContext } from "../context.ts";
import { asSentence, CliError } from "../errors.ts";
import { deleteIfThere } from "../lifecycle/delete-if-there.ts";
import type { Lease } from "./lease-files.ts";
import { forEachOrphan, leaseTimeout } from "./lease-owners.ts";
import { linkSignal } from "./linked-signal.ts";
import { removeMarked } from "./marked-subscriptions.ts";

/** A clean-up that runs beside the listener. */
export interface Sweep {
  /** Resolves once everything is cleaned up after each process that is known to be gone. */
  settle(): Promise<void>;
  /** Resolves once nothing is under way. Never throws. */
  stop(): Promise<void>;
}

/**
 * Deletes the subscriptions of listeners that were killed: those of this user that have a listener's marker in their
 * address, or an id from a listener's lease. Says what it deleted, and leaves what cannot be deleted now for the next
 * start. Right after a crash the lock still looks held, so it looks again twice.
 */
export async function sweepLeases(
  context: CommandContext,
  say: (line: string) => void,
): Promise<Sweep> {
  let owned = await sweepOnce(context, say);
  const link = linkSignal(context.signal);
  const lookAgain = async (pause: number) => {
    if (owned.paths.length === 0) return;
    await context.clock.sleep(pause, link.signal);
    owned = await sweepOnce(context, say, owned.paths);
  };
  // A new lock may be dated a second ahead.
  const second = lookAgain(leaseTimeout + 1500);
  const last = second.then(() => lookAgain(restOfLockTimeout));
  last.catch(() => {});
  return {
    settle: async () => {
      if (owned.isDoubtful) await second.catch(() => {});
    },
    async stop() {
      link.abort();
      await last.catch(() => {});
    },
  };
}

/** Milliseconds after the second look: by then every lock without an owner is stale. */
const restOfLockTimeout = 5500;

async function sweepOnce(
  context: CommandContext,
  say: (line: string) => void,
  among?: readonly string[],
) {
  const { recordsKey } = await context.identity();
  const sweep = async (lease: Lease) => {
    if (lease.transport === "none") return "settled";
    if (lease.identity !== recordsKey) return "left";
    const leftover = `a subscription left behind by a listener that started at ${lease.startedAt}`;
    try {
      if (await removeLeftover(lease, context)) say(`Deleted ${leftover}.`);
      return "settled";
    } catch (error) {
      if (!(error instanceof CliError) || context.signal.aborted) throw error;
      say(`Could not delete ${leftover}: ${asSentence(error.message)}`);
      return "left";
    }
  };
  return forEachOrphan(context, sweep, among);
}

/** Resolves to whether there was a subscription to delete. */
async function removeLeftover(lease: Lease, context: CommandContext): Promise<boolean> {
  const { api = "platform", ids = [], marker, transport } = lease;
  const client = await context.api(Number.POSITIVE_INFINITY);
  if (transport === "WebHook") return removeMarked(client, api, marker);
  if (ids.length === 0) return false;
  const left = (await client.list(api)).filter(({ id }) => ids.includes(id));
  for (const { id } of left) await deleteIfThere(client, { api, id });
  return left.length > 0;
}
