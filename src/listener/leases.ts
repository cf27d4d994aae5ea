import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "../api/types.ts";
import { configDirectory } from "../config/location.ts";
import type { CommandContext } from "../context.ts";
import { isFileError } from "../file-error.ts";
import { LockedError, takeLock } from "../lock.ts";

/** What a listener has on this machine or at RingCentral, written down before it is there. */
export interface Lease {
  /** Of a webhook the value of `rcwh-listen` in its address: nobody else's subscription has it. */
  readonly marker: string;
  readonly pid: number;
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
  /** Of a WebSocket's subscription, which has no address of its own. */
  readonly id?: string;
  /** Where the listener takes deliveries on this machine. */
  readonly url?: string;
  /** What it wants these deliveries to carry. */
  readonly verificationToken?: string;
}

/** What differs from lease to lease; the rest is known. */
export interface LeaseTerms
  extends Omit<Lease, "marker" | "pid" | "startedAt" | "aliveUntil" | "transport"> {
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
    known?: Pick<Partial<Lease>, "id" | "address" | "eventFilters">,
  ): Promise<void>;
  /** Nothing is left of it. */
  end(): Promise<void>;
  /** Something is left: the next start sees to it. */
  leave(): Promise<void>;
}

type Context = Pick<CommandContext, "env" | "platform" | "clock" | "signal" | "pid">;

/** Milliseconds: clocks differ, and a request may be processed late. */
const grace = 600_000;

export function createMarker(): string {
  return randomBytes(12).toString("hex");
}

/** Writes a lease down, for as long as this process lives and until it has been swept. */
export async function openLease(terms: LeaseTerms, context: Context): Promise<HeldLease> {
  const { clock, pid } = context;
  const { lifetime, marker = createMarker(), ...rest } = terms;
  let lease: Lease = {
    ...rest,
    marker,
    pid,
    startedAt: new Date(clock.now()).toISOString(),
    aliveUntil: aliveUntil(lifetime, clock),
  };
  const path = pathOf(marker, context);
  const release = path === undefined ? undefined : await hold(path, lease, context);
  return {
    get lease() {
      return lease;
    },
    kept: release !== undefined,
    async extend(seconds, known = {}) {
      lease = { ...lease, ...known, aliveUntil: aliveUntil(seconds, clock) };
      if (path !== undefined && release) await write(path, lease).catch(ignoreFileError);
    },
    async end() {
      if (path !== undefined && release) await rm(path, { force: true }).catch(() => {});
      await release?.();
    },
    leave: async () => release?.(),
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
    const release = await tryHold(path, context);
    if (release) await release();
    else found.push({ ...lease, url });
  }
  return found;
}

/**
 * Runs `work` for each lease whose owner is gone, while nobody else does. What `work` says is settled
 * goes, and so does what has outlived itself.
 */
export async function forEachOrphan(
  context: Context,
  work: (lease: Lease) => Promise<"settled" | "left">,
): Promise<void> {
  for (const path of await leaseFiles(context)) {
    const release = await tryHold(path, context);
    if (!release) continue;
    try {
      const lease = await read(path);
      const isOver = !lease || Date.parse(lease.aliveUntil) < context.clock.now();
      if (isOver || (await work(lease)) === "settled") await rm(path, { force: true });
    } finally {
      await release();
    }
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
  lease: Lease,
  context: Context,
): Promise<(() => Promise<void>) | undefined> {
  try {
    const release = await takeLock(path, { ...context, patience: 0 });
    try {
      await write(path, lease);
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
async function tryHold(path: string, context: Context): Promise<(() => Promise<void>) | undefined> {
  try {
    return await takeLock(path, { ...context, patience: 0, ignoresSignal: true });
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
  const optional = [lease.identity, lease.address, lease.id, lease.url, lease.verificationToken];
  return (
    texts.every((text) => typeof text === "string" && text !== "") &&
    optional.every((text) => text === undefined || typeof text === "string") &&
    typeof lease.pid === "number" &&
    !Number.isNaN(Date.parse(String(lease.aliveUntil)))
  );
}
