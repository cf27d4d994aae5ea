import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { configDirectory } from "../config/location.ts";
import type { CommandContext } from "../context.ts";
import type { Api } from "../filters/api.ts";
import { replaceFile } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
import {
  isInstant,
  isListOf,
  isNumber,
  isOptional,
  isShape,
  isText,
  parseJson,
  type Test,
} from "../machine/json.ts";
import { makeDirectory } from "../machine/make-directory.ts";
import { refuseNewer } from "../machine/refuse-newer.ts";
import { readRegularFile } from "../machine/regular-file.ts";

/** What a listener has on this machine or at RingCentral, written down before it exists. */
export interface Lease {
  /** Names the lease. In a webhook's address it is the value of `rcwh-listen`, which identifies the subscription. */
  readonly marker: string;
  readonly pid: number;
  /** The machine that `pid` belongs to. */
  readonly host?: string;
  /** When that process started, where it is known: the system may reuse its number. */
  readonly processStart?: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** `none` is a listener without a subscription. */
  readonly transport: "WebHook" | "WebSocket" | "none";
  /** RFC 3339: after this the subscription has certainly expired. */
  readonly aliveUntil: string;
  /** The owner: an identity's `recordsKey`. */
  readonly identity?: string;
  readonly api?: Api;
  readonly eventFilters?: readonly string[];
  /** Of a webhook. */
  readonly address?: string;
  /** The subscriptions over a WebSocket that may exist: without an address they are found by id. */
  readonly ids?: readonly string[];
  /** Where the listener takes deliveries on this machine. */
  readonly url?: string;
  /** The token that those deliveries must carry. */
  readonly verificationToken?: string;
}

/** The parts of a run that decide where leases are kept and who owns them. */
export type LeaseContext = Pick<
  CommandContext,
  "env" | "platform" | "clock" | "signal" | "pid" | "installation"
>;

type Place = Pick<LeaseContext, "env" | "platform">;

/** The directory of all leases; undefined if nothing can be kept. */
function leaseDirectory({ env, platform }: Place): string | undefined {
  const directory = configDirectory(env, platform);
  return directory === undefined ? undefined : join(directory, "listeners");
}

/** The file of one lease; undefined if nothing can be kept. */
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

/**
 * Undefined for a file that holds no lease, or cannot be read. Throws UsageError if it is not a regular file, and for the lease of a
 * newer rcwh.
 */
export async function readLease(path: string): Promise<Lease | undefined> {
  try {
    const lease = parseJson(readRegularFile(path));
    refuseNewer(lease, path);
    return isLease(lease) ? lease : undefined;
  } catch (error) {
    if (!isFileError(error)) throw error;
    return undefined;
  }
}

/** Replaces the file in one step, so that no process reads half a lease. Throws the file system's error. */
export async function writeLease(path: string, lease: Lease): Promise<void> {
  makeDirectory(dirname(path));
  await replaceFile(path, `${JSON.stringify(lease)}\n`, { durable: true });
}

const isNonEmpty: Test = (value) => isText(value) && value !== "";

const isLease = isShape<Lease>({
  marker: isNonEmpty,
  pid: isNumber,
  host: isOptional(isText),
  processStart: isOptional(isText),
  startedAt: isNonEmpty,
  transport: isNonEmpty,
  aliveUntil: isInstant,
  identity: isOptional(isText),
  api: isOptional(isText),
  eventFilters: isOptional(isListOf(isText)),
  address: isOptional(isText),
  ids: isOptional(isListOf(isText)),
  url: isOptional(isText),
  verificationToken: isOptional(isText),
});

/** Milliseconds after which the writer of a lease has finished or died. */
const writingTime = 60_000;

/** Removes what killed processes left while they wrote a lease: drafts, and locks without a lease. */
export async function removeStaleFiles(place: Place): Promise<void> {
  const directory = leaseDirectory(place);
  if (directory === undefined) return;
  const names = await readdir(directory).catch(() => []);
  const leases = new Set(names.filter((name) => name.endsWith(".json")));
  for (const name of names) {
    const [, lease = ""] =
      /^([0-9a-f]{24}\.json)\.(?:lock(?:\.stale)*|[0-9a-f]+\.tmp)$/.exec(name) ?? [];
    if (lease === "" || (leases.has(lease) && !name.endsWith(".tmp"))) continue;
    const path = join(directory, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > writingTime) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
