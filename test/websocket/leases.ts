import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The leases in a configuration directory. */
export async function leaseFiles(directory: string): Promise<readonly unknown[]> {
  const listeners = join(directory, "listeners");
  const names = await readdir(listeners).catch(() => []);
  const leases = names.filter((name) => name.endsWith(".json"));
  return Promise.all(
    leases.map(async (name) => JSON.parse(await readFile(join(listeners, name), "utf8"))),
  );
}
