import fc from "fast-check";
import { describe, test } from "vitest";
import { filterMatches } from "../../src/emulator/subscriptions/event-filters.ts";
import { generateEvent } from "../../src/events/event.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../../src/filters/catalogue/entry.ts";
import { canonicalFilter } from "../../src/filters/compare.ts";
import { containsFilter } from "../../src/filters/contains.ts";
import { joinUri, queryPairs, splitUri } from "../../src/filters/uri.ts";
import { isWhole } from "../support/share.ts";
import { concrete } from "./concrete.ts";

const own = { accountId: "4001", extensionId: "4002" };
const account = "/restapi/v1.0/account/~";
const extension = `${account}/extension/~`;

const defaults = {
  boolean: ["true", "false"],
  string: ["%2B16505550100", "%2B16505550101"],
  integer: ["600", "60"],
  enum: [""],
  flag: [""],
} as const;

/** The filter with some of its parameters, of the user or of somebody else. */
function anyOf(entry: CatalogueEntry) {
  const { path, query } = splitUri(concrete(entry));
  const required = queryPairs(query);
  const optional = entry.query
    .filter(({ name }) => required.every((pair) => pair.name !== name))
    .map(({ name, type, values }) =>
      fc
        .option(fc.constantFrom(...(values ?? defaults[type])), { nil: undefined, freq: 2 })
        .map((value) => (value === undefined ? [] : [type === "flag" ? name : `${name}=${value}`])),
    );
  return fc
    .tuple(fc.constantFrom("~", "4002", "4003"), ...optional)
    .map(([id, ...added]) =>
      joinUri(path.replace(/(?<=\/extensions?\/)4002/, id), [
        ...required.map(({ raw }) => raw),
        ...added.flat(),
      ]),
    );
}

/** Three filters that have something to do with each other: one path in its spellings, of an extension or the account. */
const anyThree = fc.oneof(
  ...[
    /\/telephony\/sessions$/,
    /\/(?:account\/\{accountId\}|extension\/\{extensionId\})\/presence(?:\?|$)/,
    /\/(?:posts|chats|groups)$/,
    /\/message-store(?:\?|$)/,
  ].map((family) => {
    const one = fc.oneof(...catalogue.filter(({ filter }) => family.test(filter)).map(anyOf));
    return fc.tuple(one, one, one);
  }),
);

/** What may be true of an event, besides what its filter says. */
const anyFact = fc.record({
  direction: fc.constantFrom("Inbound", "Outbound"),
  type: fc.constantFrom("SMS", "Fax"),
  missedCall: fc.constantFrom("true", "false"),
  withRecordings: fc.constantFrom("true", "false"),
  statusCode: fc.constantFrom("Setup", "Hold"),
  phoneNumber: fc.constantFrom("%2B16505550100", "%2B16505550102"),
  from: fc.constantFrom("%2B16505550100", "%2B16505550102"),
  to: fc.constantFrom("%2B16505550100", "%2B16505550102"),
  batchId: fc.constantFrom("%2B16505550100", "2"),
  hostUserId: fc.constantFrom("%2B16505550100", "2"),
  webinarId: fc.constantFrom("%2B16505550100", "2"),
});

const user = { accountId: 4001, extensionId: 4002, extensionNumber: "101", name: "User" };
const runs = { numRuns: isWhole ? 50_000 : 250, seed: 15 };

/** The `event` of a sample of this filter, with these facts where the filter leaves them open. */
function sampleOf(filter: string, facts: Readonly<Record<string, string>>): string {
  const context = { random: () => 0.5, now: 0, sequence: 0, user };
  const { event } = generateEvent(filter, context) ?? { event: filter };
  const { path, query } = splitUri(event);
  const said = queryPairs(query).filter(({ name }) => !/Telephony|sipData/.test(name));
  const open = Object.entries(facts).filter(([name]) => said.every((each) => each.name !== name));
  return joinUri(path, [
    ...said.map(({ raw }) => raw),
    ...open.map(([name, value]) => `${name}=${value}`),
  ]);
}

/** As the emulator decides, which has a rule of its own: by path, account-wide ones of any extension, and by the facts. */
function delivers(filter: string, event: string): boolean {
  const filled = filter
    .replace("/account/~", `/account/${user.accountId}`)
    .replace(/\/(extensions?)\/~/, `/$1/${user.extensionId}`);
  const wide = event.replace(/\/extension\/\d+(?=\/(?:presence|telephony\/sessions)(?:\?|$))/, "");
  return [event, wide].some((each) => filterMatches(filled, each));
}

describe("containsFilter", () => {
  test.for([
    [`${account}/telephony/sessions`, `${extension}/telephony/sessions`],
    [`${account}/presence`, "/restapi/v1.0/account/4001/extension/4003/presence"],
    [`${account}/telephony/sessions`, `${extension}/telephony/sessions?missedCall=true`],
    [`${extension}/telephony/sessions`, `${extension}/telephony/sessions?withRecordings=true`],
    [`${extension}/message-store`, `${extension}/message-store?type=SMS&direction=Inbound`],
    [
      `${extension}/message-store?type=SMS`,
      `${extension}/message-store?direction=Inbound&type=SMS`,
    ],
    [`${extension}/presence?detailedTelephonyState=true`, `${extension}/presence`],
    [
      `${account}/presence?detailedTelephonyState=true&sipData=true`,
      `${extension}/presence?detailedTelephonyState=true`,
    ],
  ])("%s contains %s, and not the reverse", ([outer = "", inner = ""], { expect }) => {
    expect([containsFilter(outer, inner, own), containsFilter(inner, outer, own)]).toEqual([
      true,
      false,
    ]);
  });

  test.for([
    ["/team-messaging/v1/posts", "/restapi/v1.0/glip/posts"],
    ["/restapi/v1.0/glip/groups", "/team-messaging/v1/chats"],
    [`${extension}/presence`, "/restapi/v1.0/account/4001/extension/4002/presence"],
    ["/restapi/v1.0/anything?x=1", "/restapi/v1.0/anything?x=1"],
  ])("%s and %s contain each other", ([outer = "", inner = ""], { expect }) => {
    expect([containsFilter(outer, inner, own), containsFilter(inner, outer, own)]).toEqual([
      true,
      true,
    ]);
  });

  test.for([
    // Another event, whose body says what the other one leaves out.
    [`${account}/extension`, extension],
    [`${extension}/message-store`, `${extension}/message-store/instant?type=SMS`],
    [`${extension}/message-store`, `${extension}/voicemail`],
    [
      `${extension}/telephony/sessions`,
      "/restapi/v1.0/account/~/extension/4003/telephony/sessions",
    ],
    ["/restapi/v1.0/account/4004/presence", `${extension}/presence`],
    [`${extension}/presence`, `${extension}/presence?detailedTelephonyState=true`],
    [`${extension}/presence`, `${extension}/presence?aggregated=true`],
    [`${extension}/message-store?type=SMS`, `${extension}/message-store?type=Fax`],
    [`${extension}/message-store`, `${extension}/message-store?type=SMS&type=Fax`],
    ["/restapi/v1.0/anything", "/restapi/v1.0/anything?x=1"],
    [
      "/restapi/v1.0/subscription/~?threshold=600&interval=60",
      "/restapi/v1.0/subscription/~?threshold=60&interval=6",
    ],
  ])("%s does not contain %s", ([outer = "", inner = ""], { expect }) => {
    expect(containsFilter(outer, inner, own)).toBe(false);
  });

  test("is a partial order", ({ expect }) => {
    let chains = 0;
    fc.assert(
      fc.property(anyThree, ([a, b, c]) => {
        expect(containsFilter(a, a, own)).toBe(true);
        const [one, other] = [containsFilter(a, b, own), containsFilter(b, a, own)];
        expect(one && other).toBe(canonicalFilter(a, own) === canonicalFilter(b, own));
        if (!one || !containsFilter(b, c, own)) return;
        chains += 1;
        expect(containsFilter(a, c, own)).toBe(true);
      }),
      runs,
    );
    expect(chains).toBeGreaterThan(20);
  });

  test("implies that every event of one filter also matches the other", ({ expect }) => {
    let contained = 0;
    fc.assert(
      fc.property(anyThree, anyFact, ([outer, inner], facts) => {
        const event = sampleOf(inner, facts);
        if (!containsFilter(outer, inner, own) || !delivers(inner, event)) return;
        contained += 1;
        expect(delivers(outer, event), `${outer} delivers ${event} of ${inner}`).toBe(true);
      }),
      runs,
    );
    expect(contained).toBeGreaterThan(20);
  });
});
