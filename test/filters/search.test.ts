import fc from "fast-check";
import { describe, test } from "vitest";
import { entriesByAlias } from "../../src/filters/aliases.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { everydayWords } from "../../src/filters/everyday-words.ts";
import { parseEventFilter } from "../../src/filters/parse.ts";
import {
  findCatalogueEntry,
  nearestFilters,
  searchFilters,
  shortFilter,
} from "../../src/filters/search.ts";
import { concrete } from "./concrete.ts";

function found(query: string): readonly string[] {
  return searchFilters(query).map(({ aliases, filter }) => aliases[0] ?? shortFilter(filter));
}

describe("searchFilters", () => {
  test("returns the whole catalogue in order if there are no words", ({ expect }) => {
    expect(searchFilters(" ")).toEqual(catalogue);
  });

  test("ranks the filter with a matching alias first", ({ expect }) => {
    for (const { aliases } of catalogue) {
      for (const alias of aliases) expect(searchFilters(alias)[0]?.aliases).toContain(alias);
    }
  });

  test("matches all words in any order and case", ({ expect }) => {
    expect(found("Webinar registrants")).toEqual(["webinar-registrants"]);
    expect(found("state WEBINAR")).toEqual(found("webinar state"));
    expect(found("webinar fax")).toEqual([]);
  });

  test("searches permissions, categories, paths and summaries", ({ expect }) => {
    expect(found("ReadPersonalContacts")).toEqual(["favorites"]);
    expect(found("contact-center")).toEqual(["contact-center-numbers"]);
    expect(found("emergency-address")).toEqual(["emergency-address"]);
    expect(found("CXone")).toEqual(["ringsense-nice-incontact"]);
  });

  test("finds a path with ids in it", ({ expect }) => {
    expect(found("/restapi/v1.0/account/123/presence")[0]).toBe("account-presence");
  });

  test("ranks current filters above deprecated and undocumented ones", ({ expect }) => {
    const current = searchFilters("event").map(
      ({ deprecated, confidence }) => !deprecated && confidence === "documented",
    );
    expect(current.lastIndexOf(true)).toBeLessThan(current.indexOf(false));
  });
});

describe("findCatalogueEntry", () => {
  test("finds every filter by alias, name, template, short path and URI", ({ expect }) => {
    for (const entry of catalogue) {
      const spellings = [
        ...entry.aliases,
        entry.name.toUpperCase(),
        entry.filter,
        shortFilter(entry.filter),
        concrete(entry),
      ];
      for (const spelling of spellings) expect(findCatalogueEntry(spelling)).toBe(entry);
    }
  });

  test("picks the most specific of filters with the same path", ({ expect }) => {
    const path = "account/1/extension/2/presence";
    const alias = (query: string) => findCatalogueEntry(path + query)?.aliases[0];

    expect(alias("")).toBe("presence");
    expect(alias("?detailedTelephonyState=true")).toBe("presence-detailed");
    expect(alias("?sipData=true&detailedTelephonyState=true")).toBe("presence-sip");
    expect(alias("?detailedTelephonyState=true&sipData=false")).toBe("presence");
    expect(alias("?something=else")).toBe("presence");
  });

  test("finds the entry of an alias with an argument, even with an invalid one", ({ expect }) => {
    expect(findCatalogueEntry("reminder:3d/12h")?.category).toBe("subscription");
    expect(findCatalogueEntry("reminder:never")?.category).toBe("subscription");
  });

  test("returns undefined for anything else", ({ expect }) => {
    for (const text of ["", "nonsense", "account/~", "account/abc/presence", "/"]) {
      expect(findCatalogueEntry(text)).toBeUndefined();
    }
  });
});

describe("shortFilter", () => {
  test("removes only the platform's path prefix", ({ expect }) => {
    expect(shortFilter("/restapi/v1.0/account/~/presence")).toBe("account/~/presence");
    expect(shortFilter("/team-messaging/v1/posts")).toBe("/team-messaging/v1/posts");
    expect(shortFilter("/restapi/v2/accounts/~/x")).toBe("/restapi/v2/accounts/~/x");
  });

  test("is reversed by parsing for every filter of the catalogue", ({ expect }) => {
    for (const entry of catalogue) {
      const uri = concrete(entry);
      expect(parseEventFilter(shortFilter(uri), { allowUnknown: true }).eventFilter).toBe(uri);
    }
  });

  test("is reversed by parsing for unknown paths", ({ expect }) => {
    const word = fc.constantFrom(
      "sms",
      "reminder:3d",
      "v1.0",
      "v2",
      "webinar",
      "ai",
      "restapi",
      "team-messaging",
      "account",
      "~",
      "12",
      "A",
    );
    const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("/"));
    const query = fc.constantFrom("", "?a=b", "?a=/b/c", "?a=b,c");
    fc.assert(
      fc.property(path, query, (rest, end) => {
        const uri = `/restapi/v1.0/${rest}${end}`;
        expect(parseEventFilter(shortFilter(uri), { allowUnknown: true }).eventFilter).toBe(uri);
      }),
    );
  });
});

describe("nearestFilters", () => {
  test("corrects words to aliases", ({ expect }) => {
    expect(nearestFilters("presense", 1)).toEqual(["presence"]);
    expect(nearestFilters("voice-mail", 1)).toEqual(["voicemail"]);
    expect(nearestFilters("SMSs", 1)).toEqual(["sms"]);
    expect(nearestFilters("insights", 5)).toHaveLength(5);
  });

  test.for([
    ["post", "posts"],
    ["Posts", "posts"],
    ["calls", "telephony"],
    ["Call", "telephony"],
    ["texts", "sms"],
    ["mms", "sms"],
    ["chat", "chats"],
    ["team", "chats"],
    ["glip", "posts"],
    ["message", "messages"],
    ["faxes", "fax"],
    ["voicemails", "voicemail"],
    ["meeting?x=y", "webinar-sessions"],
    ["ACE", "ringsense-pbx"],
  ] as const)("takes %s for %s", ([word, alias], { expect }) => {
    expect(nearestFilters(word, 3)[0]).toBe(alias);
  });

  test.for([
    ["nopost", ["posts"]],
    ["incoming-sms", ["sms"]],
    ["faxes-sent", ["fax"]],
    ["phone-call", ["telephony", "missed-calls"]],
    ["webhook", []],
  ] as const)("finds in %s the words %s", ([word, aliases], { expect }) => {
    expect(nearestFilters(word, 3)).toEqual(aliases);
  });

  test("names aliases before paths", ({ expect }) => {
    for (const word of ["pots", "presences", "postss", "grups", "extensio"]) {
      const spellings = nearestFilters(word, 10);
      const firstPath = spellings.findIndex((each) => each.includes("/"));
      const paths = firstPath < 0 ? [] : spellings.slice(firstPath);
      expect(entriesByAlias.has(spellings[0] ?? ""), word).toBe(true);
      expect(
        paths.every((each) => each.includes("/")),
        word,
      ).toBe(true);
    }
  });

  test("knows everyday words that are no aliases, by aliases", ({ expect }) => {
    for (const [word, aliases] of everydayWords) {
      expect(entriesByAlias.has(word), word).toBe(false);
      for (const alias of aliases) expect(entriesByAlias.has(alias), alias).toBe(true);
    }
  });

  test("compares no text that is far too long", ({ expect }) => {
    const started = performance.now();
    for (const text of ["x".repeat(1_000_000), `a/${"x".repeat(1_000_000)}`]) {
      expect(nearestFilters(text, 3)).toEqual([]);
    }
    // Comparing each character with each takes minutes.
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test("corrects paths to paths, whatever their ids and query", ({ expect }) => {
    expect(nearestFilters("/restapi/v1.0/account/1/extension/2/voicemial?x=y", 1)).toEqual([
      "account/~/extension/~/voicemail",
    ]);
    expect(nearestFilters("presence/dnd", 1)).toEqual(["account/~/extension/~/presence/dnd"]);
  });

  test("returns nothing for unrelated words and never an undocumented filter", ({ expect }) => {
    expect(nearestFilters("xyzzy", 3)).toEqual([]);
    expect(nearestFilters("glip/team", 3)).not.toContain("glip/teams");
  });

  test("returns spellings that work", ({ expect }) => {
    for (const spelling of [...nearestFilters("message", 5), ...nearestFilters("glip/post", 5)]) {
      expect(findCatalogueEntry(spelling)).toBeDefined();
    }
  });
});
