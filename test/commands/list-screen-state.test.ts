import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, test } from "vitest";
import { detailsOf } from "../../src/commands/list/screen-details.ts";
import { layOut } from "../../src/commands/list/screen-layout.ts";
import { drawList } from "../../src/commands/list/screen-list.ts";
import { barCells, createLook } from "../../src/commands/list/screen-look.ts";
import { press } from "../../src/commands/list/screen-press.ts";
import {
  guessLifetime,
  rowsOf,
  type ScreenRow,
  shareLeft,
} from "../../src/commands/list/screen-rows.ts";
import {
  allRows,
  type Group,
  itemsOf,
  rowsIn,
  startState,
  withGroups,
} from "../../src/commands/list/screen-state.ts";
import { expandAlias, readAlias } from "../../src/filters/aliases.ts";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";
import { isWhole } from "../support/share.ts";
import { subscription } from "../support/subscriptions.ts";

const now = Date.UTC(2026, 10, 22, 12);
const same = (text: string) => text;
const style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

const row = fc
  .record({
    id: fc.string({ minLength: 1, maxLength: 12 }),
    status: fc.constantFrom("Active", "Blacklisted", "呼叫 📞"),
    kind: fc.constantFrom("live", "malformed", "recorded"),
    health: fc.constantFrom("good", "warn", "bad", "gone"),
    hours: fc.integer({ min: -50, max: 5000 }),
    url: fc.string({ unit: "grapheme", maxLength: 40 }),
    filters: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
  })
  .map(({ id, hours, url, filters, ...rest }): ScreenRow => {
    const clean = url.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
    return {
      ...{
        key: id,
        id,
        shortId: id.slice(0, 8),
        profile: "a",
        api: "platform",
        filters,
        shortFilters: filters,
      },
      ...{ transport: "WebHook", isDue: false, endsAt: now + hours * 3_600_000, createdAt: now },
      ...{
        lifetime: 604_800_000,
        isLifetimeKnown: true,
        mostLifetime: 604_800_000,
        ahead: 0,
        isKeptByOthers: false,
        url: clean,
      },
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

const filterOf = (alias: string) => {
  const use = readAlias(alias);
  return use ? expandAlias(use) : alias;
};
const instantIn = (hours: number) => new Date(now + hours * 3_600_000).toISOString();
const owned = { profile: "a", api: "platform" } as const;

/** A listing of these, by a server whose clock is an hour behind. */
function listing(
  subscriptions: readonly ReturnType<typeof subscription>[],
  gone: readonly { readonly status: "Expired" | "Gone"; readonly hours: number }[] = [],
  record?: SubscriptionRecord,
) {
  const listed = {
    ...{ malformed: [], due: new Set<never>(), underWay: [], failures: [], accounts: 1 },
    subscriptions: subscriptions.map((each) => ({ ...each, ...owned })),
    recorded: gone.map(({ status, hours }, index) => ({
      ...subscription(`f${index}`),
      ...owned,
      ...{ status, expirationTime: instantIn(hours), goneAt: instantIn(-2), recorded: true },
      missing: { status, record },
    })),
    nowOf: () => now - 3_600_000,
    ownOf: () => ({}),
    recordOf: () => record,
    profiles: ["a"],
  } as unknown as Parameters<typeof rowsOf>[0];
  return rowsOf(listed, { showSecrets: false, at: now, safe: same });
}

const details = (row: ScreenRow | undefined, names: readonly string[]) =>
  row === undefined ? [] : detailsOf(row, now, same).filter(([name]) => names.includes(name));

describe("a key of list -i that is not for the selected row", () => {
  const kept =
    "It still exists at RingCentral: d deletes it; x and n are for what is Gone or Expired.";
  const gone = "Only its record is left: n re-creates it, x drops the record.";
  const unread =
    "rcwh cannot read this one, and changes nothing about it: Enter shows what RingCentral has.";
  const nameless = "It has no id by which a command could name it.";
  test.for([
    ["live", {}, { n: kept, x: kept }],
    ["recorded", {}, { r: gone, R: gone, t: gone, u: gone, d: gone }],
    ["malformed", {}, Object.fromEntries([..."rcRtudnxeY"].map((key) => [key, unread]))],
    [
      "malformed",
      { id: "" },
      Object.fromEntries([..."\rrcRtudnxeyY"].map((key) => [key, nameless])),
    ],
    [
      "live",
      { address: "", filters: [] },
      {
        ...{ n: kept, x: kept },
        ...{
          c: "It has no URL: its events come by WebHook.",
          Y: "It has no URL: its events come by WebHook.",
        },
        e: "None of its filters delivers events: Enter shows why.",
      },
    ],
  ] as const)(
    "is refused on a %s one with %j, and says why",
    ([kind, target, refusals], { expect }) => {
      const [first] = listing([subscription("a1")]);
      if (!first) throw new Error("no row");
      const selected = { ...first, kind, target: { ...first.target, ...target } };
      const state = startState([{ profile: "a", at: now, rows: [selected] }], false);
      const notices = [..."\rrcRtudnxeyY"].flatMap((key) => {
        const { notice, act } = press(
          state,
          key === "\r" ? "return" : key,
          key === "\r" ? "" : key,
          1,
        );
        expect(notice === undefined).toBe(act !== undefined);
        return notice === undefined ? [] : [[key, notice]];
      });
      expect(Object.fromEntries(notices)).toEqual(refusals);
    },
  );
});

describe("a row of list -i", () => {
  test("says of what is only on record when it ends, and when it was missed", ({ expect }) => {
    const rows = listing(
      [],
      [
        { status: "Gone", hours: 167 },
        { status: "Expired", hours: -4 },
      ],
    );
    expect(
      rows.map((row) => details(row, ["would expire", "expired", "expires", "noticed"])),
    ).toEqual([
      [
        ["would expire", "in 7 d, 2026-11-29T11:00:00Z"],
        ["noticed", "1 h ago, 2026-11-22T10:00:00Z"],
      ],
      [
        ["expired", "3 h ago, 2026-11-22T08:00:00Z"],
        ["noticed", "1 h ago, 2026-11-22T10:00:00Z"],
      ],
    ]);
  });

  test("has its age and its expiry by the server's clock", ({ expect }) => {
    const [row] = listing([
      {
        ...subscription("a1"),
        expiresIn: 7200,
        expirationTime: instantIn(1),
        creationTime: instantIn(-3),
      },
    ]);
    expect(details(row, ["expires", "created"])).toEqual([
      ["expires", "in 2 h, 2026-11-22T13:00:00Z"],
      ["created", "2 h ago, 2026-11-22T09:00:00Z"],
    ]);
  });

  test("tells the lifetime as far as it is known, and is not full for an hour of unknown", ({
    expect,
  }) => {
    const hour = {
      ...{
        ...subscription("a1"),
        expiresIn: 3600,
        expirationTime: instantIn(1),
        creationTime: instantIn(0),
      },
    };
    const record = { ...hour, api: "platform", address: "https://example.com" } as const;
    const { expiresIn: _, ...byDefault } = record;
    const told = [undefined, byDefault, record].map((each) => {
      const [row] = listing([hour], [], each);
      return [row && Math.round(shareLeft(row, now) * 168), ...details(row, ["lifetime"])];
    });
    expect(told).toEqual([
      [1, ["lifetime", "not on record, 1 h at most: the bar is for 7 d"]],
      [1, ["lifetime", "the default, about 7 d"]],
      [168, ["lifetime", "1 h"]],
    ]);
  });

  test("keeps the number of its expiry, and the aliases that tell it from others of its URL", ({
    expect,
  }) => {
    const rows = listing(
      [
        subscription("a1", { eventFilters: ["sms", "voicemail"].map(filterOf) }),
        subscription("b2"),
      ],
      [{ status: "Expired", hours: -14.7 }],
    );
    const look = createLook({ TERM: "xterm" }, style, stringWidth);
    const { heading, lines } = drawList(
      rows.map((each) => ({ row: each })),
      ...([rows, undefined, { width: 76, now }, look] as const),
    );
    expect([heading, ...lines].map((line) => line.trimEnd()).join("\n")).toMatchInlineSnapshot(`
      "    STATUS             EXPIRES          ID        URL           FILTERS
        ✓ Active   ━━━━━━━·  in 6 d           a1000000  exampl…ntral  sms, v…email
        ✓ Active   ━━━━━━━·  in 6 d           b2000000  exampl…ntral  posts
        - Expired  ········  13 h 42 min ago  f0000000  exampl…ntral  posts"
    `);
  });

  test("cuts what is going on behind a word", ({ expect }) => {
    const look = createLook({ TERM: "xterm" }, style, stringWidth);
    const cut = (width: number) => look.cutWords("Trying again in 2 s: RingCentral is busy", width);
    expect([40, 30, 20, 7, 6].map(cut)).toEqual([
      "Trying again in 2 s: RingCentral is busy",
      "Trying again in 2 s…",
      "Trying again in 2 s…",
      "Trying…",
      "",
    ]);
  });
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
    ["made for two hours", 3600, 7200, 604_800],
    ["that has its creation in the future", 3600, -5, 604_800],
  ] as const)("takes for the lifetime of one %s", ([, remaining, since, lifetime], { expect }) => {
    expect(guessLifetime(remaining * 1000, since * 1000)).toBe(lifetime * 1000);
  });
});
