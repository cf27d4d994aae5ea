import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { isFileError } from "../machine/file-error.ts";
import { takeLock } from "../machine/locks/lock.ts";
import { processStart } from "../machine/locks/process-identity.ts";
import { type Lease, type LeaseContext, leasePath, writeLease } from "./lease-files.ts";

type KnownFields = "marker" | "pid" | "host" | "processStart" | "startedAt" | "aliveUntil";

/** What differs from lease to lease. */
export interface LeaseTerms extends Omit<Lease, KnownFields> {
  /** Default: a new one. */
  readonly marker?: string;
  /** Seconds that the subscription lives without this process. */
  readonly lifetime: number;
}

/** A lease that this process owns, visibly to others for as long as it lives. */
export interface HeldLease {
  readonly lease: Lease;
  /** False if it could not be written: then nothing cleans up after a crash. */
  readonly kept: boolean;
  /** Adds what has become known, and sets the remaining life to `lifetime` seconds. */
  extend(
    lifetime: number,
    known?: Pick<Partial<Lease>, "ids" | "address" | "eventFilters">,
  ): Promise<void>;
  /** Removes the lease after its subscription is gone. */
  end(): Promise<void>;
  /** Leaves the lease for the next start to clean up. */
  leave(): Promise<void>;
}

/** Milliseconds: clocks differ, and a request may be processed late. */
const grace = 600_000;

export function createMarker(): string {
  return randomBytes(12).toString("hex");
}

/** Writes a lease, and holds it until it is ended or left. */
export async function openLease(terms: LeaseTerms, context: LeaseContext): Promise<HeldLease> {
  const { clock, pid, installation } = context;
  const { lifetime, marker = createMarker(), ...rest } = terms;
  const ownStart = processStart(pid);
  const aliveUntil = (seconds: number) =>
    new Date(clock.now() + seconds * 1000 + grace).toISOString();
  let lease: Lease = {
    ...rest,
    ...(ownStart !== undefined && { processStart: ownStart }),
    marker,
    pid,
    host: installation.host,
    startedAt: new Date(clock.now()).toISOString(),
    aliveUntil: aliveUntil(lifetime),
  };
  const path = leasePath(marker, context);
  let isOver = false;
  const takeAgain = async () => {
    if (path === undefined || isOver) return;
    const regained = await hold(path, () => lease, context, { timeout: 60_000, onLost });
    if (isOver) await regained?.();
    else release = regained ?? release;
  };
  // After the machine slept another process may have taken this one for dead.
  const onLost = () => void takeAgain().catch(() => {});
  let release = path && (await hold(path, () => lease, context, { timeout: 0, onLost }));
  return {
    get lease() {
      return lease;
    },
    kept: release !== undefined,
    async extend(seconds, known = {}) {
      lease = { ...lease, ...known, aliveUntil: aliveUntil(seconds) };
      if (path === undefined || !release || isOver) return;
      await writeLease(path, lease).catch(ignoreFileError);
    },
    async end() {
      isOver = true;
      if (path !== undefined && release) await rm(path, { force: true }).catch(() => {});
      if (release) await release();
    },
    async leave() {
      isOver = true;
      if (release) await release();
    },
  };
}

/** Takes the lock first: a lease without one is an orphan. Undefined if nothing can be kept. */
async function hold(
  path: string,
  lease: () => Lease,
  context: LeaseContext,
  options: { readonly timeout: number; readonly onLost: () => void },
): Promise<(() => Promise<void>) | undefined> {
  try {
    const release = await takeLock(path, { ...context, ...options });
    try {
      await writeLease(path, lease());
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    ignoreFileError(error);
    return undefined;
  }
}

function ignoreFileError(error: unknown): void {
  if (!isFileError(error)) throw error;
}
