import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, test } from "vitest";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../../src/filters/catalogue/entry.ts";
import { matchEntry, matchPath } from "../../src/filters/match.ts";
import { type QueryPair, queryPairs, splitUri } from "../../src/filters/uri.ts";
import { nameOfEntry, nameOfEvent } from "../../src/receiver/events.ts";

const file = join(import.meta.dirname, "../../src/receiver/filters-by-name.ts");

/** As the formatter writes it. */
function render(entry: CatalogueEntry): string {
  const name = nameOfEntry(entry);
  const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
  const line = `  ${key}: ${JSON.stringify(entry.filter)},`;
  return line.length <= 100 ? line : line.replace(": ", ":\n    ");
}

const withAndWithoutQuery = catalogue.toSorted(
  (a, b) => Number(a.filter.includes("?")) - Number(b.filter.includes("?")),
);

describe("nameOfEvent", () => {
  test("has an up-to-date table of the catalogue's filters (-u rewrites it)", async ({
    expect,
  }) => {
    const text = [
      'import type { EventBodies } from "./event-bodies.ts";',
      "",
      "/** The catalogue's filters, plain ones first, without all that a receiver does not need. A test writes this file. */",
      "export const filtersByName = {",
      ...withAndWithoutQuery.map(render),
      "} as const satisfies Record<keyof EventBodies, string>;",
      "",
    ].join("\n");
    await expect(text).toMatchFileSnapshot(file);
  });

  test("returns the catalogue's name for a filter, with any query", ({ expect }) => {
    const parameters = [
      ...new Set(
        catalogue.flatMap(({ filter, query }) => [
          ...(splitUri(filter).query?.split("&") ?? []),
          ...query.flatMap(({ name, values = ["true", "false", ""] }) =>
            values.map((value) => `${name}=${value}`),
          ),
        ]),
      ),
      "sipData",
      "other=1",
      "sipData=%74rue",
    ];
    const event = fc
      .record({
        entry: fc.constantFrom(...catalogue),
        query: fc.array(fc.constantFrom(...parameters), { maxLength: 4 }),
        own: fc.boolean(),
        id: fc.constantFrom("~", "1", "x.-1", "", "{accountId}", "é"),
      })
      .map(({ entry, query, own, id }) => {
        const { path, query: fixed } = splitUri(entry.filter);
        const filled = path.replaceAll(/\{\w+\}/g, id);
        const pairs = own && fixed !== undefined ? fixed.split("&").concat(query) : query;
        return pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`;
      });
    fc.assert(
      fc.property(event, (uri) => {
        const { path, query } = splitUri(uri);
        const entry = matchEntry(uri);
        const name = nameOfEvent({ event: uri });
        const fixed = queryPairs(splitUri(entry?.filter ?? "").query);
        const sorted = (pairs: readonly QueryPair[]) =>
          pairs.map(({ name, value }) => `${name}=${value}`).toSorted();
        if (!entry || isDeepStrictEqual(sorted(queryPairs(query)), sorted(fixed))) {
          expect(name, uri).toBe(entry && nameOfEntry(entry));
        } else {
          // The platform may add a parameter: such an event keeps to its path.
          expect(matchPath(path).map(nameOfEntry), uri).toContain(name);
        }
      }),
      { seed: 13, numRuns: Number(process.env["RCWH_FUZZ"] ?? 1_000) },
    );
  });
});
