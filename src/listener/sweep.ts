import type { CommandContext } from "../context.ts";
import { asSentence, CliError } from "../errors.ts";
import type { Lease } from "./lease-files.ts";
import { forEachOrphan, silence } from "./lease-owners.ts";
import { createGate } from "./linked-signal.ts";
import { deleteIfThere, removeMarked } from "./marked-subscriptions.ts";

/** What a listener's start began, and goes on beside it. */
export interface Sweep {
  /** Resolves once nothing is left of a process that is known to be gone. */
  settle(): Promise<void>;
  /** Resolves once nothing is under way. Never throws. */
  stop(): Promise<void>;
}

/**
 * Deletes what listeners left that were killed: of the same user, with a listener's marker in its address or
 * the id that a listener wrote down, and nothing else. Says what it deleted. What cannot be deleted now is left
 * for the next start. Right after a crash nobody can tell that from a listener that lives, so it looks again, later.
 */
export async function sweepLeases(
  context: CommandContext,
  say: (line: string) => void,
): Promise<Sweep> {
  let owned = await sweepOnce(context, say);
  const gate = createGate(context.signal);
  const lookAgain = async (pause: number) => {
    if (owned.paths.length === 0) return;
    await context.clock.sleep(pause, gate.signal);
    owned = await sweepOnce(context, say, owned.paths);
  };
  // A new lock may be dated a second ahead.
  const second = lookAgain(silence + 1500);
  const last = second.then(() => lookAgain(staleAnyway));
  last.catch(() => {});
  return {
    settle: async () => {
      if (owned.isDoubtful) await second.catch(() => {});
    },
    async stop() {
      gate.shut();
      await last.catch(() => {});
    },
  };
}

/** Milliseconds, from the second look: by then every lock without an owner is stale. */
const staleAnyway = 5500;

async function sweepOnce(
  context: CommandContext,
  say: (line: string) => void,
  among?: readonly string[],
) {
  const { recordsKey } = await context.identity();
  const sweep = async (lease: Lease) => {
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
        `What a listener left behind at ${lease.startedAt} could not be deleted: ${asSentence(error.message)}`,
      );
      return "left";
    }
  };
  return forEachOrphan(context, sweep, among);
}

/** Whether there was something. */
async function removeLeftover(lease: Lease, context: CommandContext): Promise<boolean> {
  const { api = "platform", ids = [], marker, transport } = lease;
  const client = await context.api(Number.POSITIVE_INFINITY);
  if (transport === "WebHook") return removeMarked(client, api, marker);
  if (ids.length === 0) return false;
  const left = (await client.list(api)).filter(({ id }) => ids.includes(id));
  for (const { id } of left) await deleteIfThere(client, api, id);
  return left.length > 0;
}
