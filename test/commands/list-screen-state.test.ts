import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, test } from "vitest";
import { layOut } from "../../src/commands/list/screen-layout.ts";
import { barCells, createLook } from "../../src/commands/list/screen-look.ts";
import { press } from "../../src/commands/list/screen-press.ts";
import { guessLifetime, type ScreenRow } from "../../src/commands/list/screen-rows.ts";
import {
  allRows,
  type Group,
  itemsOf,
  rowsIn,
  startState,
  withGroups,
} from "../../src/commands/list/screen-state.ts";
import { isWhole } from "../support/share.ts";

const now = Date.UTC(2026, 10, 22, 12);
const same = (text: string) => text;
const style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

const row = fc
  .record({
    id: fc.string({ minLength: 1, maxLength: 12 }),
    status: fc.constantFrom("Active", "Blacklisted", "呼叫 📞"),
    kind: fc.constantFrom("live", "malformed", "recorded"),
    health: fc.constantFrom("good", "due", "bad", "gone"),
    hours: fc.integer({ min: -50, max: 5000 }),
    url: fc.string({ unit: "grapheme", maxLength: 40 }),
    filters: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
  })
  .map(({ id, hours, url, filters, ...rest }): ScreenRow => {
    const clean = url.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
    return {
      ...{ key: id, id, shortId: id.slice(0, 8), profile: "a", api: "platform", filters },
      ...{ transport: "WebHook", isDue: false, endsAt: now + hours * 3_600_000, createdAt: now },
      ...{ lifetime: 604_800_000, isLifetimeKnown: true, isKeptByOthers: false, url: clean },
      text: `${id}\n${clean}`.toLowerCase(),
      target: { id, profile: "a", address: clean, filters },
      ...rest,
    };
  });
const rows = fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 40 });
const groups = fc.array(rows, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map((each, index): Group => {
    const profile = `p${index}`;
    return {
      ...{ profile, at: now },
      rows: each.map((one) => ({ ...one, profile, key: `${profile} ${one.key}` })),
    };
  }),
);
const pressed = fc.array(
  fc.constantFrom(
    ...["j", "k", "G", "s", "f", "/", "a", "?", "up", "down", "pageup", "pagedown", "home", "end"],
    ...["escape", "return", "backspace"],
  ),
  { maxLength: 30 },
);
const size = fc.record({
  columns: fc.integer({ min: 1, max: 220 }),
  rows: fc.integer({ min: 1, max: 60 }),
});

describe("the screen of list -i", () => {
  test("fits every size, and shows the selected row, whatever was pressed", ({ expect }) => {
    const look = createLook({ TERM: "xterm" }, style, stringWidth);
    const scene = { now, activity: "12:00:00, every 30 s", notice: "A notice.", outage: undefined };
    const property = fc.property(
      groups,
      fc.boolean(),
      pressed,
      size,
      (all, isMany, names, room) => {
        let state = startState(all, isMany);
        let layout = layOut(state, { ...scene, none: "None.", look, safe: same }, room);
        for (const name of names) {
          state = press(state, name, name.length === 1 ? name : "", layout.page).state;
          layout = layOut(state, { ...scene, none: "None.", look, safe: same }, room);
          state = { ...state, top: layout.top, help: layout.help };
          expect(layout.lines.length).toBeLessThanOrEqual(room.rows);
          for (const line of layout.lines) {
            expect(stringWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(room.columns);
          }
          expect(layout.cursor.row).toBeLessThan(room.rows);
          expect(layout.cursor.column).toBeLessThan(room.columns);
          const seen = rowsIn(state);
          expect(seen.some(({ key }) => key === state.selected)).toBe(seen.length > 0);
          if (seen.length > 0 && state.help === undefined && room.columns >= 4) {
            expect(layout.lines.join("\n")).toContain("›");
          }
        }
      },
    );
    fc.assert(property, { numRuns: isWhole ? 2000 : 40, seed: 16 });
  });

  test("sorts without losing a row, and keeps what is only on record last in each group", ({
    expect,
  }) => {
    const property = fc.property(groups, fc.integer({ min: 0, max: 4 }), (all, times) => {
      let state = startState(all, true);
      for (let time = 0; time < times; time++) state = press(state, "s", "s", 1).state;
      expect(new Set(rowsIn(state).map(({ key }) => key))).toEqual(
        new Set(allRows(state).map(({ key }) => key)),
      );
      const kinds = itemsOf(state)
        .map(({ row, heading }) => (heading ? "|" : row?.kind[0]))
        .join("");
      expect(kinds).toMatch(/^(?:\|l*m*r*)*$/);
    });
    fc.assert(property, { numRuns: isWhole ? 2000 : 50, seed: 16 });
  });

  test("keeps the cursor on its subscription in every new listing that has it", ({ expect }) => {
    const property = fc.property(groups, pressed, fc.integer(), (all, names, seed) => {
      let state = startState(all, false);
      for (const name of names.filter((each) => !/[/af]/.test(each))) {
        state = press(state, name, name.length === 1 ? name : "", 5).state;
      }
      const turned = all.map((group) => ({
        ...group,
        rows: group.rows.toSorted(
          (a, b) => ((a.key.length * seed) % 7) - ((b.key.length * seed) % 7),
        ),
      }));
      expect(withGroups(state, turned).selected).toBe(state.selected);
    });
    fc.assert(property, { numRuns: isWhole ? 2000 : 50, seed: 16 });
  });

  test("draws a bar that never grows with less, and is empty only without any", ({ expect }) => {
    const share = fc.double({ min: -1, max: 1, noNaN: true });
    const property = fc.property(share, share, fc.integer({ min: 1, max: 40 }), (a, b, width) => {
      const [less, more] = [barCells(Math.min(a, b), width), barCells(Math.max(a, b), width)];
      expect(less).toBeLessThanOrEqual(more);
      expect(more).toBeLessThanOrEqual(width);
      expect(less === 0).toBe(Math.min(a, b) <= 0);
    });
    fc.assert(property, { numRuns: isWhole ? 5000 : 200, seed: 16 });
    expect(barCells(0.5, 0)).toBe(0);
  });

  test.for([
    ["made for ten years an hour ago", 315_356_400, 315_360_000, 315_360_000],
    ["renewed for a year by 7 days", 500_000, 32_000_000, 604_800],
    ["made for two hours", 3600, 7200, 7200],
    ["that has its creation in the future", 3600, -5, 604_800],
  ] as const)("takes for the lifetime of one %s", ([, remaining, since, lifetime], { expect }) => {
    expect(guessLifetime(remaining * 1000, since * 1000)).toBe(lifetime * 1000);
  });
});
