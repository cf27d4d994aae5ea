import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test as base } from "./rcwh.ts";

interface ManifestFixtures {
  /** Where `write` writes. */
  readonly file: string;
  /** Writes a manifest with these webhooks, such as `orders: { url: <url>/orders, filters: [sms] }`. */
  readonly write: (...webhooks: readonly string[]) => Promise<void>;
}

/** `test` with an rcwh.yaml, in which `<url>` is the endpoint's. */
export const test = base.extend<ManifestFixtures>({
  file: async ({ directory }, use) => use(join(directory, "rcwh.yaml")),
  write: async ({ file, endpoint }, use) =>
    use((...webhooks) => {
      const lines = webhooks.map((each) => `  ${each.replace("<url>", endpoint.url)}\n`);
      return writeFile(file, `version: 1\nwebhooks:\n${lines.join("")}`);
    }),
});
