import type { Environment } from "../machine/environment.ts";

/**
 * Whom to trust with a certificate: Node's own authorities and those of NODE_EXTRA_CA_CERTS; undefined
 * where Node's are all there is. A file that cannot be read adds none, as with Node itself.
 */
export async function readAuthorities(env: Environment): Promise<readonly string[] | undefined> {
  const path = env["NODE_EXTRA_CA_CERTS"];
  if (!path) return undefined;
  const [{ readFile }, { rootCertificates }] = await Promise.all([
    import("node:fs/promises"),
    import("node:tls"),
  ]);
  const added = await readFile(path, "utf8").catch(() => undefined);
  return added === undefined ? undefined : [...rootCertificates, added];
}
