import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Milliseconds after which nobody is still at work on what a lease is written with. */
const workingTime = 60_000;

/** Removes what processes that were killed left while they wrote a lease: drafts, and locks of no lease. */
export async function removeLitter(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const leases = new Set(names.filter((name) => name.endsWith(".json")));
  for (const name of names) {
    const [, lease = ""] =
      /^([0-9a-f]{24}\.json)\.(?:lock(?:\.stale)?|[0-9a-f]+\.tmp)$/.exec(name) ?? [];
    if (lease === "" || (leases.has(lease) && !name.endsWith(".tmp"))) continue;
    const path = join(directory, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > workingTime) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
