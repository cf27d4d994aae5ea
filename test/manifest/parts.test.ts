import { assert, constantFrom, integer, property, record, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { filtersOf, type Part, splitOverParts, toTemplates } from "../../src/manifest/parts.ts";
import { isWhole } from "../support/share.ts";

const voicemail = "/restapi/v1.0/account/~/extension/~/voicemail";
const sms = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
const reminder = "/restapi/v1.0/subscription/~?threshold=86400&interval=3600";

const runs = { seed: 7, numRuns: isWhole ? 5000 : 150 };

const ids = uniqueArray(integer({ min: 1, max: 60 }).map(String), { maxLength: 40 });
const cases = record({
  first: ids,
  before: ids,
  after: ids,
  templates: constantFrom([voicemail], [voicemail, sms]),
  everywhere: constantFrom<readonly string[]>([], [reminder]),
  limit: integer({ min: 2, max: 12 }),
  /** Another limit than the parts were made with. */
  limitBefore: integer({ min: 2, max: 12 }),
});

const filtersIn = (parts: readonly Part[]) =>
  parts.flatMap(({ eventFilters }) => eventFilters).filter((filter) => filter !== reminder);

function check(
  body: (made: {
    readonly old: readonly Part[];
    readonly parts: readonly Part[];
    readonly wanted: readonly string[];
    readonly room: number;
    readonly isSameLimit: boolean;
  }) => void,
  sameLimit = false,
): void {
  const held = property(
    cases,
    ({ first, before, after, templates, everywhere, limit, limitBefore }) => {
      const wantedOf = (some: readonly string[]) =>
        filtersOf({ perExtension: templates, everywhere }, some);
      const oldLimit = sameLimit ? limit : limitBefore;
      const oldest = splitOverParts(wantedOf(first), everywhere, [], { limit: oldLimit });
      const old = splitOverParts(wantedOf(before), everywhere, oldest, { limit: oldLimit });
      const parts = splitOverParts(wantedOf(after), everywhere, old, { limit });
      const room = limit - everywhere.length;
      body({ old, parts, wanted: wantedOf(after), room, isSameLimit: oldLimit === limit });
    },
  );
  assert(held, runs);
}

describe("parts of a webhook", () => {
  test("have each filter once, and no more than fit", () => {
    check(({ parts, wanted, room }) => {
      expect(filtersIn(parts).toSorted()).toEqual(wanted.toSorted());
      for (const { eventFilters } of parts) {
        expect(filtersIn([{ part: 1, eventFilters }]).length).toBeGreaterThan(0);
        expect(filtersIn([{ part: 1, eventFilters }]).length).toBeLessThanOrEqual(room);
      }
      expect(new Set(parts.map(({ part }) => part)).size).toBe(parts.length);
    });
  });

  test("are as few as may be where there were none", () => {
    check(({ wanted, room }) => {
      const fresh = splitOverParts(wanted, [], [], { limit: room });
      expect(fresh).toHaveLength(Math.ceil(wanted.length / room));
      expect(fresh.map(({ part }) => part)).toEqual(fresh.map((_, index) => index + 1));
    });
  });

  test("do not change where nobody joins or leaves, whatever order is asked for", () => {
    check(({ parts, wanted, room }) => {
      const everywhere = parts[0]?.eventFilters.includes(reminder) ? [reminder] : [];
      const limit = room + everywhere.length;
      const again = splitOverParts(wanted.toReversed(), everywhere, parts, { limit });
      expect(again).toEqual(parts);
    });
  });

  test("leave each filter where it is", () => {
    check(({ old, parts }) => {
      const place = new Map(
        old.flatMap(({ part, eventFilters }) => eventFilters.map((each) => [each, part])),
      );
      for (const { part, eventFilters } of parts) {
        for (const filter of filtersIn([{ part, eventFilters }])) {
          expect(place.get(filter) ?? part).toBe(part);
        }
      }
    }, true);
  });

  test("never move a filter from one that exists to another one", () => {
    check(({ old, parts }) => {
      const place = new Map(
        old.flatMap(({ part, eventFilters }) => eventFilters.map((each) => [each, part])),
      );
      const existed = new Set(old.map(({ part }) => part));
      for (const { part, eventFilters } of parts.filter((each) => existed.has(each.part))) {
        for (const filter of filtersIn([{ part, eventFilters }])) {
          expect(place.get(filter) ?? part).toBe(part);
        }
      }
    });
  });

  test("change only where somebody left, until there is no room", () => {
    check(({ old, parts, wanted, room }) => {
      const before = new Map(
        old.map(({ part, eventFilters }) => [part, filtersIn([{ part, eventFilters }])]),
      );
      const left = (part: number) => before.get(part)?.some((each) => !wanted.includes(each));
      const joined = parts.filter(({ part, eventFilters }) =>
        filtersIn([{ part, eventFilters }]).some((each) => !before.get(part)?.includes(each)),
      );
      const others = joined.filter(({ part }) => !left(part));
      if (others.length === 0) return;
      // Every part that somebody left is full, or is gone.
      for (const { part, eventFilters } of parts.filter((each) => left(each.part))) {
        expect(filtersIn([{ part, eventFilters }])).toHaveLength(room);
      }
    }, true);
  });

  test("let who joins go where somebody left", () => {
    const of = (...some: readonly number[]) =>
      filtersOf(toTemplates([voicemail]), some.map(String));
    const old = [
      { part: 1, eventFilters: of(1) },
      { part: 2, eventFilters: of(2, 3, 4) },
    ];
    expect(splitOverParts(of(1, 2, 3, 9), [], old, { limit: 3 })).toEqual([
      { part: 1, eventFilters: of(1) },
      { part: 2, eventFilters: of(2, 3, 9) },
    ]);
    expect(splitOverParts(of(1, 2, 3, 4, 9), [], old, { limit: 3 })[0]).toEqual({
      part: 1,
      eventFilters: of(1, 9),
    });
  });

  test("are the same with the server's ids", () => {
    const wanted = filtersOf(toTemplates([voicemail]), ["11", "12", "13"]);
    const listed = [
      {
        part: 1,
        eventFilters: [
          "/restapi/v1.0/account/77/extension/13/voicemail",
          "/restapi/v1.0/account/77/extension/12/voicemail",
        ],
      },
    ];
    const parts = splitOverParts(wanted, [], listed, { limit: 2, own: { extensionId: "11" } });
    expect(parts).toEqual([
      { part: 1, eventFilters: [wanted[2], wanted[1]] },
      { part: 2, eventFilters: [wanted[0]] },
    ]);
  });

  test("need room beside their reminder", () => {
    expect(() => splitOverParts([voicemail], [reminder], [], { limit: 1 })).toThrow("has no room");
  });
});
