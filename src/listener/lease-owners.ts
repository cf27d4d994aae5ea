import { rm } from "node:fs/promises";
import type { CommandContext } from "../context.ts";
import { isFileError } from "../machine/file-error.ts";
import { LockedError, takeLock } from "../machine/lock.ts";
import { type Lease, leaseDirectory, leaseFiles, readLease } from "./lease-files.ts";
import { processStart } from "./process-start.ts";
import { removeLitter } from "./stale-files.ts";

type Context = Pick<
  CommandContext,
  "env" | "platform" | "clock" | "signal" | "pid" | "installation"
>;

/** The leases whose owner lives and receives, in no order. */
export async function leasesWithOwner(
  context: Context,
): Promise<readonly (Lease & { readonly url: string })[]> {
  const found: (Lease & { readonly url: string })[] = [];
  for (const path of await leaseFiles(context)) {
    const lease = await readLease(path);
    const url = lease?.url;
    if (!lease || url === undefined) continue;
    const fate = fateOf(lease, context);
    const release = fate === "alive" ? undefined : await tryHold(path, fate, context);
    if (release) await release();
    else found.push({ ...lease, url });
  }
  return found;
}

/** Leases that seem to have an owner. */
export interface Owned {
  readonly paths: readonly string[];
  /** Whether the process of one of them is gone: then that one is found to be an orphan `silence` later at most. */
  readonly isDoubtful: boolean;
}

/** Milliseconds after which the lease of a process that is gone is an orphan for certain. */
export const silence = 4000;

/**
 * Runs `work` for each lease whose owner is gone, while nobody else does. What `work` says is settled
 * goes, and so does what has outlived itself. Looks at all leases, or at these; resolves to those that are left
 * alone because of their owner.
 */
export async function forEachOrphan(
  context: Context,
  work: (lease: Lease) => Promise<"settled" | "left">,
  among?: readonly string[],
): Promise<Owned> {
  const directory = leaseDirectory(context);
  if (directory !== undefined) await removeLitter(directory);
  const paths: string[] = [];
  let isDoubtful = false;
  for (const path of among ?? (await leaseFiles(context))) {
    const fate = fateOf(await readLease(path), context);
    // Of a process that sleeps, or was stopped, the lock looks forsaken until it wakes up.
    const release = fate === "alive" ? undefined : await tryHold(path, fate, context);
    if (!release) {
      paths.push(path);
      isDoubtful ||= fate === "gone";
      continue;
    }
    try {
      const lease = await readLease(path);
      const isOver = !lease || Date.parse(lease.aliveUntil) < context.clock.now();
      if (isOver || (await work(lease)) === "settled") await rm(path, { force: true });
    } finally {
      await release();
    }
  }
  return { paths, isDoubtful };
}

type Fate = "alive" | "gone" | "unknown";

/**
 * What this machine's processes say of a lease's owner. A container may have the same name and other processes, so
 * that the silence of the lock has to bear it out.
 */
function fateOf(lease: Lease | undefined, { pid: own, installation }: Context): Fate {
  if (lease?.host !== installation.host) return "unknown";
  // This process has got the number anew, as in a container that starts again.
  if (lease.pid === own) return "gone";
  const start = processStart(lease.pid);
  if (start !== undefined && lease.processStart !== undefined && start !== lease.processStart) {
    return "gone";
  }
  try {
    process.kill(lease.pid, 0);
    return "alive";
  } catch (error) {
    return isFileError(error) && error.code === "ESRCH" ? "gone" : "alive";
  }
}

/** Undefined where its owner lives. */
async function tryHold(
  path: string,
  fate: Fate,
  context: Context,
): Promise<(() => Promise<void>) | undefined> {
  const manners = { patience: 0, ignoresSignal: true, ...(fate === "gone" && { stale: silence }) };
  try {
    return await takeLock(path, { ...context, ...manners });
  } catch (error) {
    if (error instanceof LockedError || isFileError(error)) return undefined;
    throw error;
  }
}
