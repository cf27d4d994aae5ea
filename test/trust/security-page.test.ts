import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = await readFile(join(root, "docs/security.md"), "utf8");

/** The rows of its tables: a statement, a file of tests, and what a test in there is called. */
const statements = [
  ...page.matchAll(/^\| (?!statement|---)(.+?) +\| `(test\/\S+)`: (.+?) +\|$/gm),
].map(([, statement = "", file = "", title = ""]) => ({ statement, file, title }));

describe("docs/security.md", () => {
  test("has statements in each of its tables", ({ expect }) => {
    expect(statements.length).toBeGreaterThan(15);
  });

  test.for(statements)("names the test of: $statement", async ({ file, title }, { expect }) => {
    expect(await readFile(join(root, file), "utf8")).toContain(`"${title}`);
  });
});
