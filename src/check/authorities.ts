import type { Environment } from "../machine/environment.ts";

/**
 * The certificate authorities to trust: Node's own and those of NODE_EXTRA_CA_CERTS; undefined if there
 * are only Node's. Like Node, ignores a file that cannot be read.
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
