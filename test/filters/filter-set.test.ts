import fc from "fast-check";
import { describe, test } from "vitest";
import { sameFilter } from "../../src/filters/compare.ts";
import { FilterSet } from "../../src/filters/filter-set.ts";
import { isWhole } from "../support/share.ts";
import { anyFilter, anyOwn } from "./concrete.ts";

describe("FilterSet", () => {
  test("contains the filters that sameFilter finds in it", ({ expect }) => {
    fc.assert(
      fc.property(fc.array(anyFilter, { maxLength: 6 }), anyFilter, anyOwn, (filters, one, own) => {
        const set = new FilterSet([], own);
        for (const each of filters) {
          set.has(one);
          set.add(each);
        }
        const expected = filters.some((each) => sameFilter(each, one, own));
        expect(set.has(one)).toBe(expected);
        expect(new FilterSet(filters, own).has(one)).toBe(expected);
      }),
      { numRuns: isWhole ? 20_000 : 400 },
    );
  });
});
