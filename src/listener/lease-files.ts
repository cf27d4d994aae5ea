import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configDirectory } from "../config/location.ts";
import type { CommandContext } from "../context.ts";
import type { Api } from "../filters/api.ts";
import { membersOf } from "../machine/json.ts";

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

/** What tells where leases are kept. */
type Place = Pick<CommandContext, "env" | "platform">;

/** The directory of all leases; undefined where nothing can be kept. */
export function leaseDirectory({ env, platform }: Place): string | undefined {
  const directory = configDirectory(env, platform);
  return directory === undefined ? undefined : join(directory, "listeners");
}

/** The file of one lease; undefined where nothing can be kept. */
export function leasePath(marker: string, place: Place): string | undefined {
  const directory = leaseDirectory(place);
  return directory === undefined ? undefined : join(directory, `${marker}.json`);
}

/** The paths of all leases, in no order. */
export async function leaseFiles(place: Place): Promise<readonly string[]> {
  const directory = leaseDirectory(place);
  if (directory === undefined) return [];
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => /^[0-9a-f]{24}\.json$/.test(name))
    .map((name) => join(directory, name));
}

/** Undefined for what is no lease: half a file, or somebody else's. */
export async function readLease(path: string): Promise<Lease | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return isLease(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Nobody ever reads half a lease. Throws where it cannot be kept. */
export async function writeLease(path: string, lease: Lease): Promise<void> {
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

function isLease(value: unknown): value is Lease {
  const lease: Partial<Record<keyof Lease, unknown>> = membersOf(value);
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
