import fc from "fast-check";
import { describe, test } from "vitest";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import {
  canonicalFilter,
  filterDifference,
  sameFilter,
  sameFilters,
} from "../../src/filters/compare.ts";
import { anyFilter, anyOwn, concrete } from "./concrete.ts";

const own = { accountId: "4001", extensionId: "4002" };
const root = "/restapi/v1.0/account";

describe("canonicalFilter", () => {
  test("replaces the user's own ids with ~", ({ expect }) => {
    expect(canonicalFilter(`${root}/4001/extension/4002/presence`, own)).toBe(
      `${root}/~/extension/~/presence`,
    );
    expect(canonicalFilter(`${root}/4002/extension/4001/presence`, own)).toBe(
      `${root}/4002/extension/4001/presence`,
    );
    expect(canonicalFilter("/restapi/v2/accounts/4001/extensions/4002/sms/batches", own)).toBe(
      "/restapi/v2/accounts/~/extensions/~/sms/batches",
    );
    expect(canonicalFilter(`${root}/4001/call-queues/4002/presence`, own)).toBe(
      `${root}/~/call-queues/4002/presence`,
    );
  });

  test("removes a trailing space", ({ expect }) => {
    expect(canonicalFilter(`${root}/~/extension/~ `)).toBe(`${root}/~/extension/~`);
  });

  test("keeps ids if the user's own ids are unknown", ({ expect }) => {
    expect(canonicalFilter(`${root}/1/extension/2`)).toBe(`${root}/1/extension/2`);
  });

  test("distinguishes an account and an extension with the same id", ({ expect }) => {
    expect(canonicalFilter(`${root}/7/extension/7`, { accountId: "7" })).toBe(
      `${root}/~/extension/7`,
    );
  });

  test("writes the current path", ({ expect }) => {
    expect(canonicalFilter("/restapi/v1.0/glip/posts")).toBe("/team-messaging/v1/posts");
    expect(canonicalFilter("/restapi/v1.0/glip/groups")).toBe("/team-messaging/v1/chats");
    expect(canonicalFilter("/team-messaging/v1/groups")).toBe("/team-messaging/v1/chats");
    expect(canonicalFilter(`${root}/12/directory/contacts`)).toBe(`${root}/12/directory/entries`);
    expect(canonicalFilter(`${root}/{accountId}/directory/contacts`)).toBe(
      `${root}/~/directory/entries`,
    );
  });

  test("is idempotent", ({ expect }) => {
    fc.assert(
      fc.property(anyFilter, anyOwn, (uri, ids) => {
        const canonical = canonicalFilter(uri, ids);
        expect(canonicalFilter(canonical, ids)).toBe(canonical);
      }),
    );
  });
});

describe("sameFilter", () => {
  test("ignores the order of parameters and their encoding", ({ expect }) => {
    const path = `${root}/~/telephony/sessions`;
    expect(
      sameFilter(
        `${path}?phoneNumber=+12025550110&missedCall=true`,
        `${path}?missedCall=true&phoneNumber=%2b12025550110`,
      ),
    ).toBe(true);
    expect(sameFilter(`${path}?missedCall=true`, path)).toBe(false);
    expect(sameFilter(`${path}?missedCall=true`, `${path}?missedCall=false`)).toBe(false);
  });

  test("accepts a malformed escape", ({ expect }) => {
    expect(sameFilter(`${root}/~/presence?a=%zz`, `${root}/~/presence?a=%zz`)).toBe(true);
  });

  test("matches ~ only with the user's own ids if they are known", ({ expect }) => {
    const mine = `${root}/~/extension/~/presence`;
    expect(sameFilter(mine, `${root}/4001/extension/4002/presence`, own)).toBe(true);
    expect(sameFilter(mine, `${root}/4001/extension/4003/presence`, own)).toBe(false);
    expect(sameFilter(mine, `${root}/9/extension/4002/presence`, own)).toBe(false);
  });

  test("matches ~ with any id if the user's own ids are unknown", ({ expect }) => {
    const mine = `${root}/~/extension/~/presence`;
    expect(sameFilter(mine, `${root}/1/extension/2/presence`)).toBe(true);
    expect(sameFilter(mine, `${root}/1/extension/abc/presence`)).toBe(false);
    expect(sameFilter(mine, `${root}/1/extension/2/voicemail`)).toBe(false);
    expect(sameFilter(mine, `${root}/4001/extension/2/presence`, { accountId: "4001" })).toBe(true);
    expect(sameFilter(mine, `${root}/9/extension/2/presence`, { accountId: "4001" })).toBe(false);
  });

  test("never confuses two ids", ({ expect }) => {
    expect(sameFilter(`${root}/~/extension/1`, `${root}/~/extension/2`)).toBe(false);
    expect(sameFilter(`${root}/1/presence`, `${root}/2/presence`)).toBe(false);
    expect(sameFilter(`${root}/~/call-queues/1/presence`, `${root}/~/call-queues/2/presence`)).toBe(
      false,
    );
  });

  test("does not treat the ~ of a reminder as an id", ({ expect }) => {
    const query = "?threshold=60&interval=15";
    expect(
      sameFilter(`/restapi/v1.0/subscription/~${query}`, `/restapi/v1.0/subscription/12${query}`),
    ).toBe(false);
  });

  test("is reflexive and symmetric", ({ expect }) => {
    fc.assert(
      fc.property(anyFilter, anyFilter, anyOwn, (a, b, ids) => {
        expect(sameFilter(a, a, ids)).toBe(true);
        expect(sameFilter(a, b, ids)).toBe(sameFilter(b, a, ids));
      }),
    );
  });
});

describe("sameFilters", () => {
  test("compares sets", ({ expect }) => {
    expect(sameFilters(["/a", "/b"], ["/b", "/a", "/b"])).toBe(true);
    expect(sameFilters(["/a"], ["/a", "/b"])).toBe(false);
    expect(sameFilters([], [])).toBe(true);
  });

  test("treats what the server returns as equal: ids for ~, in another order", ({ expect }) => {
    const set = fc.uniqueArray(anyOwnFilter, {
      selector: (uri) => canonicalFilter(uri),
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        set.chain((a) => fc.tuple(fc.constant(a), shuffled(a))),
        ([sent, reordered]) => {
          const granted = reordered.map(expanded);
          expect(sameFilters(sent, granted)).toBe(true);
          expect(sameFilters(granted, sent)).toBe(true);
          expect(sameFilters(sent, granted, own)).toBe(true);
        },
      ),
    );
  });

  test("is reflexive, symmetric and independent of order", ({ expect }) => {
    const set = fc.array(anyFilter, { maxLength: 5 });
    const pair = fc
      .tuple(set, set)
      .chain(([a, b]) => fc.tuple(fc.constant(a), fc.constant(b), shuffled(a)));
    fc.assert(
      fc.property(pair, anyOwn, ([a, b, again], ids) => {
        expect(sameFilters(a, again, ids)).toBe(true);
        expect(sameFilters(a, b, ids)).toBe(sameFilters(b, a, ids));
        expect(sameFilters(a, b, ids)).toBe(sameFilters(again, b, ids));
      }),
    );
  });

  test("does not match ~ with two extensions at once", ({ expect }) => {
    const of = (extension: string, what: string) => `${root}/~/extension/${extension}/${what}`;
    const wanted = [of("~", "presence"), of("~", "voicemail")];
    expect(sameFilters(wanted, [of("1", "presence"), of("1", "voicemail")])).toBe(true);
    expect(sameFilters(wanted, [of("1", "presence"), of("2", "voicemail")])).toBe(false);
  });

  test("matches one to one: another match does not hide a missing filter", ({ expect }) => {
    const of = (extension: string) => `${root}/~/extension/${extension}/presence`;
    expect(sameFilters([of("~"), of("1")], [of("1")])).toBe(false);
    expect(sameFilters([of("~"), of("1")], [of("2"), of("1")])).toBe(true);
    expect(sameFilters([of("~"), of("2")], [of("~"), of("1")])).toBe(false);
    expect(sameFilters([of("~"), of("4002")], [of("4002")], own)).toBe(true);

    const account = (id: string, extension: string) => of(extension).replace("/~/", `/${id}/`);
    const both = [account("~", "~"), account("1", "~")];
    expect(sameFilters(both, [account("~", "1")])).toBe(false);
  });

  test("compares two thousand extensions quickly", ({ expect }) => {
    const granted = Array.from(
      { length: 2000 },
      (_, index) => `${root}/1/extension/${index + 1}/presence`,
    );
    const others = granted.slice(1).map((uri) => uri.replace("/account/1/", "/account/~/"));
    const mine = `${root}/~/extension/~/presence`;

    expect(sameFilters([mine, ...others.toReversed()], granted)).toBe(true);
    expect(filterDifference([mine, ...others.slice(1)], granted)).toEqual({
      missing: [],
      extra: [`${root}/1/extension/2/presence`],
    });
  }, 2000);
});

describe("filterDifference", () => {
  test("stays fast if every filter names a different account", ({ expect }) => {
    const of = (index: number) => `${root}/${index + 1}/extension/${index + 1}/presence`;
    const granted = Array.from({ length: 2000 }, (_, index) => of(index));
    const wanted = [...granted.slice(1), `${root}/~/extension/~/presence`];
    expect(filterDifference(wanted, granted)).toEqual({ missing: [], extra: [] });
  }, 2000);

  test("returns the missing and the extra filters as they were written", ({ expect }) => {
    expect(
      filterDifference(
        [`${root}/~/presence`, "/restapi/v1.0/glip/posts", `${root}/~/extension/~/voicemail`],
        [`${root}/1/extension/2/voicemail`, "/team-messaging/v1/posts", `${root}/1/extension`],
      ),
    ).toEqual({ missing: [`${root}/~/presence`], extra: [`${root}/1/extension`] });
  });

  test("returns everything on one side if the other is empty", ({ expect }) => {
    expect(filterDifference(["/a", "/b"], [])).toEqual({ missing: ["/a", "/b"], extra: [] });
    expect(filterDifference([], ["/a"])).toEqual({ missing: [], extra: ["/a"] });
  });

  test("picks the user's ids that explain most filters", ({ expect }) => {
    const of = (extension: string, what: string) => `${root}/~/extension/${extension}/${what}`;
    expect(
      filterDifference(
        [of("~", "presence"), of("~", "voicemail"), of("~", "favorite")],
        [of("1", "presence"), of("2", "voicemail"), of("2", "favorite")],
      ),
    ).toEqual({ missing: [of("~", "presence")], extra: [of("1", "presence")] });
  });

  test("is mirrored if the arguments are swapped", ({ expect }) => {
    const set = fc.array(anyFilter, { maxLength: 5 });
    fc.assert(
      fc.property(set, set, (a, b) => {
        const there = filterDifference(a, b, own);
        const back = filterDifference(b, a, own);
        expect(back).toEqual({ missing: there.extra, extra: there.missing });
      }),
    );
  });
});

/** Filters as a user writes them: with `~` or another extension's id, never the user's own. */
const anyOwnFilter = fc
  .tuple(fc.constantFrom(...catalogue), fc.constantFrom("~", "4003", "4004"))
  .map(([entry, extensionId]) =>
    concrete(entry)
      .replace(/(?<=\/accounts?\/)4001/, "~")
      .replace(/(?<=\/extensions?\/)4002/, extensionId),
  );

function expanded(uri: string): string {
  return uri
    .replace(/(?<=\/accounts?\/)~/, own.accountId)
    .replace(/(?<=\/extensions?\/)~/, own.extensionId);
}

function shuffled(uris: readonly string[]): fc.Arbitrary<string[]> {
  return fc.shuffledSubarray([...uris], { minLength: uris.length });
}
