import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificates } from "../support/certificates.ts";

/** An environment that trusts the tests' authority. */
export async function trusting() {
  const directory = await mkdtemp(join(tmpdir(), "rcwh-test-"));
  const path = join(directory, "root.pem");
  await writeFile(path, certificates.root);
  return {
    env: { NODE_EXTRA_CA_CERTS: path },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
