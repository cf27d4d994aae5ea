import { rm } from "node:fs/promises";
import { isFileError } from "../machine/file-error.ts";
import { takeLock } from "../machine/locks/lock.ts";
import { LockedError } from "../machine/locks/locked-error.ts";
import { processStart } from "../machine/locks/process-identity.ts";
import {
  type Lease,
  type LeaseContext,
  leaseFiles,
  readLease,
  removeStaleFiles,
} from "./lease-files.ts";

/** A `rcwh listen` of this user that runs on this machine: its lease, with the address where it takes deliveries. */
export interface RunningListener extends Lease {
  readonly url: string;
}

/** The listeners of this user, the latest first; for `trigger` and `replay`. */
export async function runningListeners(context: LeaseContext): Promise<readonly RunningListener[]> {
  const found: RunningListener[] = [];
  for (const path of await leaseFiles(context)) {
    const lease = await readLease(path);
    const url = lease?.url;
    if (!lease || url === undefined) continue;
    const release = await takeFromOwner(path, ownerState(lease, context), context);
    if (release) await release();
    else found.push({ ...lease, url });
  }
  return found.sort((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt));
}

/** Leases that seem to have an owner. */
export interface OwnedLeases {
  readonly paths: readonly string[];
  /** Whether the process of one of them is gone: within `leaseTimeout` that one counts as an orphan. */
  readonly isDoubtful: boolean;
}

/** Milliseconds without a heartbeat after which the lease of a process that is gone is an orphan for certain. */
export const leaseTimeout = 4000;

/**
 * Runs `work` for each lease whose owner is gone, while no other process does. Removes the leases that `work` calls
 * settled, and those that have expired. Looks at all leases, or at `among`; resolves to those that still have an owner.
 */
export async function forEachOrphan(
  context: LeaseContext,
  work: (lease: Lease) => Promise<"settled" | "left">,
  among?: readonly string[],
): Promise<OwnedLeases> {
  await removeStaleFiles(context);
  const paths: string[] = [];
  let isDoubtful = false;
  for (const path of among ?? (await leaseFiles(context))) {
    const state = ownerState(await readLease(path), context);
    const release = await takeFromOwner(path, state, context);
    if (!release) {
      paths.push(path);
      isDoubtful ||= state === "gone";
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

type OwnerState = "alive" | "gone" | "unknown";

/**
 * What this machine's processes say about a lease's owner. A container may have the same host name and other
 * processes, so "gone" counts only once the lock has no heartbeat either.
 */
function ownerState(
  lease: Lease | undefined,
  { pid: own, installation }: LeaseContext,
): OwnerState {
  if (lease?.host !== installation.host) return "unknown";
  // This process has got the same number again, as in a container that restarts.
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

/** Takes the lease's lock, and resolves to what releases it; undefined if the owner still holds it. */
async function takeFromOwner(
  path: string,
  state: OwnerState,
  context: LeaseContext,
): Promise<(() => Promise<void>) | undefined> {
  // While a process is suspended its lock looks abandoned.
  if (state === "alive") return undefined;
  const stale = state === "gone" ? { stale: leaseTimeout } : {};
  try {
    return await takeLock(path, { ...context, timeout: 0, ignoresSignal: true, ...stale });
  } catch (error) {
    if (error instanceof LockedError || isFileError(error)) return undefined;
    throw error;
  }
}
