import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "../api/types.ts";
import { configDirectory } from "../config/location.ts";
import type { CommandContext } from "../context.ts";
import { isFileError } from "../file-error.ts";
import { LockedError, takeLock } from "../lock.ts";
import { removeLitter } from "./litter.ts";
import { processStart } from "./process-start.ts";

/** What a listener has on this machine or at RingCentral, written down before it is there. */
export interface Lease {
  /** Of a webhook the value of `rcwh-listen` in its address: nobody else's subscription has it. */
  readonly marker: string;
  readonly pid: number;
  /** The name of its machine, whose processes `pid` is one of. */
  readonly host?: string;
  /** When that process began, where it is known: its number may be another's by now. */
  readonly processStart?: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** `none` is a listener without a subscription. */
  readonly transport: "WebHook" | "WebSocket" | "none";
  /** RFC 3339: nothing of it can be there any more after this. */
  readonly aliveUntil: string;
  /** Whose it is: an identity's `recordsKey`. */
  readonly identity?: string;
  readonly api?: Api;
  readonly eventFilters?: readonly string[];
  /** Of a webhook. */
  readonly address?: string;
  /** Of a WebSocket's subscriptions, which have no address of their own: of each that may be there. */
  readonly ids?: readonly string[];
  /** Where the listener takes deliveries on this machine. */
  readonly url?: string;
  /** What it wants these deliveries to carry. */
  readonly verificationToken?: string;
}

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
  const path = pathOf(marker, context);
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
      await write(path, lease).catch(ignoreFileError);
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

/** The leases whose owner lives and receives, in no order. */
export async function leasesWithOwner(
  context: Context,
): Promise<readonly (Lease & { readonly url: string })[]> {
  const found: (Lease & { readonly url: string })[] = [];
  for (const path of await leaseFiles(context)) {
    const lease = await read(path);
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
  const directory = directoryOf(context);
  if (directory !== undefined) await removeLitter(directory);
  const paths: string[] = [];
  let isDoubtful = false;
  for (const path of among ?? (await leaseFiles(context))) {
    const fate = fateOf(await read(path), context);
    // Of a process that sleeps, or was stopped, the lock looks forsaken until it wakes up.
    const release = fate === "alive" ? undefined : await tryHold(path, fate, context);
    if (!release) {
      paths.push(path);
      isDoubtful ||= fate === "gone";
      continue;
    }
    try {
      const lease = await read(path);
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

function aliveUntil(lifetime: number, { now }: Pick<CommandContext["clock"], "now">): string {
  return new Date(now() + lifetime * 1000 + grace).toISOString();
}

function directoryOf({ env, platform }: Context): string | undefined {
  const directory = configDirectory(env, platform);
  return directory === undefined ? undefined : join(directory, "listeners");
}

function pathOf(marker: string, context: Context): string | undefined {
  const directory = directoryOf(context);
  return directory === undefined ? undefined : join(directory, `${marker}.json`);
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
      await write(path, lease());
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

async function write(path: string, lease: Lease): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(lease)}\n`, { mode: 0o600, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

function ignoreFileError(error: unknown): void {
  if (!isFileError(error)) throw error;
}

async function leaseFiles(context: Context): Promise<readonly string[]> {
  const directory = directoryOf(context);
  if (directory === undefined) return [];
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => /^[0-9a-f]{24}\.json$/.test(name))
    .map((name) => join(directory, name));
}

/** Undefined for what is no lease: half a file, or somebody else's. */
async function read(path: string): Promise<Lease | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return isLease(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLease(value: unknown): value is Lease {
  const lease: Partial<Record<keyof Lease, unknown>> =
    typeof value === "object" && value !== null ? value : {};
  const texts = [lease.marker, lease.startedAt, lease.aliveUntil, lease.transport];
  const optional = [lease.identity, lease.address, lease.url, lease.verificationToken];
  return (
    texts.every((text) => typeof text === "string" && text !== "") &&
    optional.every((text) => text === undefined || typeof text === "string") &&
    (lease.ids === undefined || Array.isArray(lease.ids)) &&
    typeof lease.pid === "number" &&
    !Number.isNaN(Date.parse(String(lease.aliveUntil)))
  );
}
