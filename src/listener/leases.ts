import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { CommandContext } from "../context.ts";
import { isFileError } from "../machine/file-error.ts";
import { takeLock } from "../machine/lock.ts";
import { type Lease, leasePath, writeLease } from "./lease-files.ts";
import { processStart } from "./process-start.ts";

/** What differs from lease to lease; the rest is known. */
export interface LeaseTerms
  extends Omit<
    Lease,
    "marker" | "pid" | "host" | "processStart" | "startedAt" | "aliveUntil" | "transport"
  > {
  readonly transport: Lease["transport"];
  /** Unless given, one is made. */
  readonly marker?: string;
  /** Seconds for which what is leased lives without this process. */
  readonly lifetime: number;
}

/** A lease whose owner is this process: others can tell, for as long as it lives. */
export interface HeldLease {
  readonly lease: Lease;
  /** False where it could be kept nowhere: then nobody sweeps after a crash. */
  readonly kept: boolean;
  /** Writes down what has become known, and that everything lives for `lifetime` seconds more. */
  extend(
    lifetime: number,
    known?: Pick<Partial<Lease>, "ids" | "address" | "eventFilters">,
  ): Promise<void>;
  /** Nothing is left of it. */
  end(): Promise<void>;
  /** Something is left: the next start sees to it. */
  leave(): Promise<void>;
}

type Context = Pick<
  CommandContext,
  "env" | "platform" | "clock" | "signal" | "pid" | "installation"
>;

/** Milliseconds: clocks differ, and a request may be processed late. */
const grace = 600_000;

export function createMarker(): string {
  return randomBytes(12).toString("hex");
}

/** Writes a lease down, for as long as this process lives and until it has been swept. */
export async function openLease(terms: LeaseTerms, context: Context): Promise<HeldLease> {
  const { clock, pid, installation } = context;
  const { lifetime, marker = createMarker(), ...rest } = terms;
  const ownStart = processStart(pid);
  let lease: Lease = {
    ...rest,
    ...(ownStart !== undefined && { processStart: ownStart }),
    marker,
    pid,
    host: installation.host,
    startedAt: new Date(clock.now()).toISOString(),
    aliveUntil: aliveUntil(lifetime, clock),
  };
  const path = leasePath(marker, context);
  let isOver = false;
  const takeAgain = async () => {
    if (path === undefined || isOver) return;
    const regained = await hold(path, () => lease, context, { patience: 60_000, lost });
    if (isOver) await regained?.();
    else release = regained ?? release;
  };
  // After a sleep of the machine somebody may have taken this process for gone.
  const lost = () => void takeAgain().catch(() => {});
  let release = path && (await hold(path, () => lease, context, { patience: 0, lost }));
  return {
    get lease() {
      return lease;
    },
    kept: release !== undefined,
    async extend(seconds, known = {}) {
      lease = { ...lease, ...known, aliveUntil: aliveUntil(seconds, clock) };
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

function aliveUntil(lifetime: number, { now }: Pick<CommandContext["clock"], "now">): string {
  return new Date(now() + lifetime * 1000 + grace).toISOString();
}

/** The lock first: a file without it is an orphan. Undefined where nothing can be kept. */
async function hold(
  path: string,
  lease: () => Lease,
  context: Context,
  { patience, lost }: { readonly patience: number; readonly lost: () => void },
): Promise<(() => Promise<void>) | undefined> {
  try {
    const release = await takeLock(path, { ...context, patience, onLost: lost });
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
