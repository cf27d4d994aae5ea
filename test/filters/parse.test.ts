import fc from "fast-check";
import { describe, test } from "vitest";
import { ExitCode, UsageError } from "../../src/errors.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import {
  apiOf,
  checkFilterSet,
  parseEventFilter,
  parseEventFilters,
} from "../../src/filters/parse.ts";
import { concrete } from "./concrete.ts";

const strict = { allowUnknown: false };

function parse(...inputs: readonly string[]): readonly string[] {
  return parseEventFilters(inputs, strict).eventFilters;
}

function notes(...inputs: readonly string[]): readonly string[] {
  return parseEventFilters(inputs, strict).notes;
}

/** Message and hint of a refusal, one line each. */
function refusal(text: string): string {
  try {
    return `accepted as ${parse(text).join(" ")}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `${error.message}\n${error.hint}`;
  }
}

describe("parsing a filter:", () => {
  for (const [text, uri] of [
    ["posts", "/team-messaging/v1/posts"],
    ["sms", "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"],
    ["fax", "/restapi/v1.0/account/~/extension/~/fax?direction=Inbound"],
    ["telephony", "/restapi/v1.0/account/~/extension/~/telephony/sessions"],
    ["account-telephony", "/restapi/v1.0/account/~/telephony/sessions"],
    ["missed-calls", "/restapi/v1.0/account/~/extension/~/telephony/sessions?missedCall=true"],
    ["a2psmsinbound", "/restapi/v1.0/account/~/a2p-sms/messages?direction=Inbound"],
    ["msggroups", "/team-messaging/v1/chats"],
    ["a2p-batch:b-1", "/restapi/v1.0/account/~/a2p-sms/batches/b-1"],
    ["call-queue-presence:77", "/restapi/v1.0/account/~/call-queues/77/presence"],
    ["glip/posts", "/restapi/v1.0/glip/posts"],
    ["account/~/presence", "/restapi/v1.0/account/~/presence"],
    ["account/{accountId}/presence", "/restapi/v1.0/account/~/presence"],
    ["account/12/extension/34/voicemail", "/restapi/v1.0/account/12/extension/34/voicemail"],
    ["team-messaging/v1/posts", "/team-messaging/v1/posts"],
    ["webinar/runtime/v1/company/sessions/state", "/webinar/runtime/v1/company/sessions/state"],
    [
      "restapi/v2/accounts/~/extensions/~/sms/batches",
      "/restapi/v2/accounts/~/extensions/~/sms/batches",
    ],
    [
      "ai/ringsense/v1/public/accounts/~/domains/pbx/insights",
      "/ai/ringsense/v1/public/accounts/~/domains/pbx/insights",
    ],
    ["/restapi/v1.0/account/~/presence", "/restapi/v1.0/account/~/presence"],
  ] as const) {
    test(`${text} is ${uri}`, ({ expect }) => {
      expect(parse(text)).toEqual([uri]);
    });
  }

  test("a query after an alias is added to the filter's own query", ({ expect }) => {
    expect(parse("telephony?direction=Inbound&statusCode=Answered")).toEqual([
      "/restapi/v1.0/account/~/extension/~/telephony/sessions?direction=Inbound&statusCode=Answered",
    ]);
    expect(parse("missed-calls?direction=Inbound&missedCall=false")).toEqual([
      "/restapi/v1.0/account/~/extension/~/telephony/sessions?direction=Inbound&missedCall=false",
    ]);
    expect(parse("sms?type=SMS")).toEqual(parse("sms"));
  });

  test("a reminder can be written as reminder:3d/12h, in seconds, or as the filter itself", ({
    expect,
  }) => {
    const reminder = "/restapi/v1.0/subscription/~?threshold=259200&interval=43200";
    for (const text of ["reminder:3d/12h", "reminder?threshold=259200&interval=43200", reminder]) {
      expect(parse(text, "sms")[0]).toBe(reminder);
    }
  });

  test("every alias without a placeholder stands for its catalogue entry", ({ expect }) => {
    for (const entry of catalogue) {
      for (const alias of entry.aliases.filter((name) => !needsMore.includes(name))) {
        expect(parseEventFilter(alias, strict).entry).toBe(entry);
      }
    }
  });

  test("every filter of the catalogue is accepted with ids filled in", ({ expect }) => {
    for (const entry of catalogue.filter(({ confidence }) => confidence !== "third-party")) {
      const uri = concrete(entry);
      expect(parseEventFilter(uri, strict)).toMatchObject({ eventFilter: uri, entry });
    }
  });
});

const needsMore = [
  "reminder",
  "a2p-batch",
  "call-queue-presence",
  "emergency-address",
  "sms-v2-messages",
];

describe("parsing a list of filters:", () => {
  test("filters can be repeated and separated with commas", ({ expect }) => {
    expect(parse("sms, fax", "posts,")).toEqual([
      ...parse("sms"),
      ...parse("fax"),
      ...parse("posts"),
    ]);
  });

  test("a comma inside a query does not separate filters", ({ expect }) => {
    const { eventFilters } = parseEventFilters(["a2p-messages?from=a,b,voicemail"], strict);
    expect(eventFilters).toEqual([
      "/restapi/v1.0/account/~/a2p-sms/messages?from=a,b",
      "/restapi/v1.0/account/~/extension/~/voicemail",
    ]);
  });

  test("a comma after a query separates filters if a new filter follows", ({ expect }) => {
    const next = [
      "fax",
      "reminder:3d",
      "messages?type=SMS",
      "glip/posts",
      "/team-messaging/v1/posts",
    ];
    for (const filter of next) {
      expect(parse(`telephony?missedCall=true,${filter}`)).toHaveLength(2);
    }
  });

  test("splitting restores any joined list of filters", ({ expect }) => {
    const current = catalogue.filter(
      ({ api, deprecated, filter }) =>
        api === "platform" && !deprecated && filter !== "/team-messaging/v1/groups",
    );
    const filters = current.map(concrete);
    fc.assert(
      fc.property(fc.shuffledSubarray(filters, { minLength: 1 }), (chosen) => {
        fc.pre(chosen.some((filter) => !filter.includes("/subscription/")));
        expect(parse(chosen.join(","))).toEqual(chosen);
      }),
    );
  });

  test("a filter given twice is sent once", ({ expect }) => {
    expect(parse("sms,sms")).toEqual(parse("sms"));
    expect(notes("sms,sms")).toEqual([
      "account/~/extension/~/message-store/instant?type=SMS is given twice, and is sent once.",
    ]);
  });

  test("the deprecated and the current spelling of a filter are equal", ({ expect }) => {
    expect(parse("posts,glip/posts")).toEqual(["/team-messaging/v1/posts"]);
    expect(notes("posts,glip/posts")).toEqual([
      "glip/posts is ignored: /team-messaging/v1/posts is the same filter.",
    ]);
  });

  test("a filter for the user's extension differs from one for another extension", ({ expect }) => {
    expect(parse("presence,account/~/extension/5/presence")).toHaveLength(2);
  });
});

describe("notes about a filter:", () => {
  test("an ordinary filter has no notes", ({ expect }) => {
    expect(notes("sms", "reminder:3d", "messages?type=Fax")).toEqual([]);
  });

  test("a deprecated spelling is sent as written, with a note that names the current one", ({
    expect,
  }) => {
    expect(notes("glip/posts")).toEqual([
      "glip/posts is the deprecated spelling of /team-messaging/v1/posts; it is sent as written.",
    ]);
  });

  test("a space after a copied path is removed", ({ expect }) => {
    expect(parse("/restapi/v1.0/account/~/extension/~ ")).toEqual(parse("extension"));
    expect(notes("/restapi/v1.0/account/~/extension/~ ")).toEqual([
      "Ignored the space after /restapi/v1.0/account/~/extension/~.",
    ]);
  });

  test("an account-wide filter gets a note about volume", ({ expect }) => {
    expect(notes("account-telephony", "account-presence", "extensions")).toEqual([
      "account/~/telephony/sessions covers every user of the account: expect many events.",
      "account/~/presence covers every user of the account: expect many events.",
    ]);
  });

  test("an undocumented filter gets a note", ({ expect }) => {
    expect(
      notes("sms-v2-batches", "answered-elsewhere", "account/~/extension/~/start-ring"),
    ).toEqual([
      "/restapi/v2/accounts/~/extensions/~/sms/batches is an unpublished preview: RingCentral may refuse it.",
      "account/~/extension/~/telephony?action=call-answered-elsewhere is not documented, only used by RingCentral's own apps: RingCentral may refuse it.",
      "account/~/extension/~/start-ring is not documented: RingCentral may refuse it.",
    ]);
  });
});

describe("parsing refuses", () => {
  test("with usage errors only", ({ expect }) => {
    expect(() => parse("nonsense")).toThrow(expect.objectContaining({ exitCode: ExitCode.usage }));
  });

  test("an unknown word", ({ expect }) => {
    expect(refusal("voice-mail")).toMatchInlineSnapshot(`
      "Unknown event filter "voice-mail".
      Try voicemail, search with \`rcwh filters\`, or write out its whole URI."
    `);
    expect(refusal("xyzzy")).toMatchInlineSnapshot(`
      "Unknown event filter "xyzzy".
      Search with \`rcwh filters\`, or write out its whole URI."
    `);
  });

  test("an unknown path", ({ expect }) => {
    expect(refusal("account/~/extension/~/presnce")).toMatchInlineSnapshot(`
      "Unknown event filter "account/~/extension/~/presnce".
      Try account/~/extension/~/presence, account/~/extension/~/presence/dnd or account/~/extension/~/presence/line, search with \`rcwh filters\`, or send it unchecked with --allow-unknown-filter."
    `);
  });

  test("a path with wrong case", ({ expect }) => {
    expect(refusal("account/~/Presence")).toMatchInlineSnapshot(`
      "Unknown event filter "account/~/Presence".
      Try account/~/presence, search with \`rcwh filters\`, or send it unchecked with --allow-unknown-filter."
    `);
  });

  test("a placeholder", ({ expect }) => {
    expect(refusal("account/~/device/{deviceId}/emergency-address")).toMatchInlineSnapshot(`
      "The filter account/~/device/{deviceId}/emergency-address has no value for {deviceId}.
      Replace {deviceId} with a value."
    `);
    expect(refusal("emergency-address")).toMatchInlineSnapshot(`
      "The filter emergency-address has no value for {deviceId}.
      Write emergency-address:<deviceId>"
    `);
    expect(refusal("telephony?phoneNumber={number}")).toMatchInlineSnapshot(`
      "The filter telephony has no value for {number}.
      Replace {number} with a value."
    `);
    expect(refusal("reminder,sms")).toMatchInlineSnapshot(`
      "The filter reminder has no value for {threshold} and {interval}.
      Write reminder:3d/12h"
    `);
  });

  test("an alias with an invalid suffix", ({ expect }) => {
    expect(refusal("presence:4711")).toMatchInlineSnapshot(`
      "The alias presence takes no value after a colon, but has "4711".
      Write /restapi/v1.0/account/~/extension/4711/presence for that extension."
    `);
    expect(refusal("posts:all")).toMatchInlineSnapshot(`
      "The alias posts takes no value after a colon, but has "all".
      Write posts, or see its parameters with \`rcwh filters show posts\`."
    `);
    expect(refusal("a2p-batch:a/b")).toMatchInlineSnapshot(`
      "Invalid batchId "a/b" for the alias a2p-batch.
      Write a2p-batch:<batchId>"
    `);
  });

  test("messageType", ({ expect }) => {
    expect(refusal("messages?messageType=SMS")).toMatchInlineSnapshot(`
      "account/~/extension/~/message-store: The filter has no parameter "messageType"; only the REST API has that name.
      Write type= instead, as in message-store?type=SMS"
    `);
  });

  test("a token in the query, without repeating it, even with --allow-unknown-filter", ({
    expect,
  }) => {
    expect(refusal("messages?validationToken=secret")).toMatchInlineSnapshot(`
      "A filter takes no validationToken: the verification token belongs to the subscription.
      Pass it with --verification-token-file."
    `);
    for (const text of [
      "posts?verificationToken=secret",
      "account/~/x?Verification-Token=secret",
    ]) {
      expect(refusal(text)).toContain("A filter takes no");
      expect(refusal(text)).not.toContain("secret");
      expect(() => parseEventFilter(text, { allowUnknown: true })).toThrow("A filter takes no");
    }
  });

  test("unknown parameters and values", ({ expect }) => {
    expect(refusal("messages?tpye=SMS")).toMatchInlineSnapshot(`
      "account/~/extension/~/message-store: The filter has no parameter "tpye".
      Write type= instead."
    `);
    expect(refusal("messages?colour=blue")).toMatchInlineSnapshot(`
      "account/~/extension/~/message-store: The filter has no parameter "colour".
      Use type or direction."
    `);
    expect(refusal("messages?type=sms")).toMatchInlineSnapshot(`
      "account/~/extension/~/message-store: Invalid type "sms".
      Write type=SMS instead."
    `);
    expect(refusal("telephony?missedCall=perhaps")).toMatchInlineSnapshot(`
      "account/~/extension/~/telephony/sessions: Invalid missedCall "perhaps".
      Use missedCall=true or missedCall=false."
    `);
    expect(refusal("voicemail?type=Fax")).toMatchInlineSnapshot(`
      "account/~/extension/~/voicemail: The filter has no parameter "type".
      Remove the query: this filter takes no parameters."
    `);
    expect(refusal("messages?type=SMS&type=Fax")).toMatchInlineSnapshot(`
      "account/~/extension/~/message-store: The filter has type twice.
      Use a separate filter for each value of type."
    `);
    expect(refusal("a2p-batches?from=")).toMatchInlineSnapshot(`
      "account/~/a2p-sms/batches: from must have a value.
      Write from=<value>"
    `);
    expect(refusal("account/~/presence?")).toMatchInlineSnapshot(`
      "The filter account/~/presence has an empty query.
      Remove the ?."
    `);
    expect(refusal("telephony?missedCall=true,voicemial")).toMatchInlineSnapshot(`
      "account/~/extension/~/telephony/sessions: Invalid missedCall "true,voicemial".
      Use one --filter for each value."
    `);
    expect(refusal("presence?sipData=true")).toMatchInlineSnapshot(`
      "account/~/extension/~/presence: sipData needs detailedTelephonyState=true in the same filter.
      Write ?detailedTelephonyState=true&sipData=true"
    `);
    expect(refusal("messages?constructor=1")).toMatchInlineSnapshot(`
      "account/~/extension/~/message-store: The filter has no parameter "constructor".
      Use type or direction."
    `);
  });

  test("a missing parameter", ({ expect }) => {
    expect(refusal("account/~/extension/~/fax")).toMatchInlineSnapshot(`
      "account/~/extension/~/fax: The filter is missing direction.
      Add ?direction=Inbound"
    `);
    expect(refusal("sms-v2-messages?to=%2B12025550110")).toMatchInlineSnapshot(`
      "/restapi/v2/accounts/~/extensions/~/sms/messages: The filter is missing direction.
      Add &direction=Inbound|Outbound"
    `);
  });

  test("a missing prefix", ({ expect }) => {
    expect(refusal("/account/~/presence")).toMatchInlineSnapshot(`
      "The filter /account/~/presence lacks the prefix /restapi/v1.0/.
      Write the whole URI, such as /restapi/v1.0/account/~/presence, or a short path without the leading slash."
    `);
    for (const path of [
      "/v1.0/account/~/presence",
      "v1.0/account/~/presence",
      "/restapi/account/~/presence",
    ]) {
      expect(refusal(path)).toContain("lacks the prefix /restapi/v1.0/");
    }
    expect(refusal("/accounts/~/extensions/~/sms/batches")).toContain("/restapi/v2/accounts/~");
    expect(refusal("/restapi/v1.0/team-messaging/v1/posts")).toMatchInlineSnapshot(`
      "The filter /restapi/v1.0/team-messaging/v1/posts does not exist: it has no /restapi/v1.0 prefix.
      Write /team-messaging/v1/posts"
    `);
  });

  test("a2p-sms/batch", ({ expect }) => {
    expect(refusal("account/~/a2p-sms/batch")).toMatchInlineSnapshot(`
      "The filter a2p-sms/batch does not exist: its name is plural.
      Write /restapi/v1.0/account/~/a2p-sms/batches"
    `);
  });

  test("everyone", ({ expect }) => {
    expect(refusal("account/~/extension/all/presence")).toMatchInlineSnapshot(`
      ""all" does not mean everyone: a filter names one extension by its id, and ~ is only the signed-in user.
      Use account-presence, account-telephony or extensions for the whole account, or one filter per extension id."
    `);
    expect(refusal("account/~/extension/*")).toContain('"*" does not mean everyone');
  });

  test("filters found on the web that RingCentral does not have", ({ expect }) => {
    expect(refusal("account/~/message-store")).toMatchInlineSnapshot(`
      "There is no message store for a whole account: each extension has its own.
      Write account/~/extension/<id>/message-store, one filter per extension."
    `);
    expect(refusal("account/~/extension/~/call-log")).toMatchInlineSnapshot(`
      "There is no call-log filter, although some guides mention one.
      Use telephony or account-telephony, and read the call log after each call."
    `);
    expect(refusal("account/~/extension/~/glip/groups")).toMatchInlineSnapshot(`
      "The old glip filters have no account or extension in their path.
      Write chats, or glip/groups for the old spelling."
    `);
    expect(refusal("glip/teams")).toMatchInlineSnapshot(`
      "RingCentral has never documented the filter glip/teams.
      Use /team-messaging/v1/chats, or send it anyway with --allow-unknown-filter."
    `);
  });

  test("a URL, without repeating its query", ({ expect }) => {
    expect(
      refusal("https://platform.ringcentral.com/restapi/v1.0/glip/posts"),
    ).toMatchInlineSnapshot(`
      "The filter https://platform.ringcentral.com/restapi/v1.0/glip/posts is a URL, but a filter is a path.
      Give only the path: /restapi/v1.0/glip/posts"
    `);
    expect(refusal("https://example.com/hook?key=secret")).toMatchInlineSnapshot(`
      "The filter https://example.com/hook?… is a URL, but a filter is a path.
      Choose a filter from \`rcwh filters\`."
    `);
  });

  test("a space in the middle", ({ expect }) => {
    expect(refusal("sms fax")).toMatchInlineSnapshot(`
      "The event filter "sms fax" contains a space.
      Separate filters with commas, and write a space in a query as %20"
    `);
  });

  test("a reminder without other filters", ({ expect }) => {
    expect(refusal("reminder:3d")).toMatchInlineSnapshot(`
      "A renewal reminder cannot be a subscription's only filter (SUB-515).
      Add the filter whose events you want, such as --filter sms"
    `);
  });

  test("a reminder whose interval is too long, even with unknown filters allowed", ({ expect }) => {
    const uri = "/restapi/v1.0/subscription/~?threshold=60&interval=31";
    expect(refusal(`sms,${uri}`)).toContain("more than half of 60 s");
    expect(() => parseEventFilter(uri, { allowUnknown: true })).toThrow("more than half of 60 s");
  });

  test("webinar and platform filters in one subscription", ({ expect }) => {
    expect(refusal("webinar-state,sms")).toMatchInlineSnapshot(`
      "One subscription cannot combine /webinar/runtime/v1/company/sessions/state (webinar API) and account/~/extension/~/message-store/instant?type=SMS (platform API).
      Create two subscriptions, one for the webinar filters and one for the others."
    `);
  });

  test("an empty list", ({ expect }) => {
    expect(refusal("")).toBe("No event filters given.\nChoose one from `rcwh filters`.");
    expect(refusal(" , ")).toBe(refusal(""));
    expect(() => parseEventFilter(" ", strict)).toThrow("An event filter is empty.");
  });
});

describe("--allow-unknown-filter", () => {
  const lenient = { allowUnknown: true };

  test("allows unknown paths and parameters, with a note", ({ expect }) => {
    expect(parseEventFilter("account/~/meeting", lenient)).toEqual({
      eventFilter: "/restapi/v1.0/account/~/meeting",
      entry: undefined,
      notes: ["/restapi/v1.0/account/~/meeting is not in the catalogue; it is sent unchecked."],
    });
    expect(parseEventFilter("messages?hint=x", lenient).eventFilter).toMatch(/\?hint=x$/);
    expect(parseEventFilter("glip/teams", lenient).notes).toHaveLength(2);
  });

  test("does not turn a misspelt word, an address or a placeholder into a path", ({ expect }) => {
    expect(() => parseEventFilter("smss", lenient)).toThrow('Unknown event filter "smss"');
    expect(() => parseEventFilter("https://example.com/x", lenient)).toThrow("is a URL");
    expect(() => parseEventFilter("account/~/x/{id}", lenient)).toThrow("has no value for {id}");
  });
});

describe("checkFilterSet", () => {
  test("returns the API that has all filters", ({ expect }) => {
    expect(checkFilterSet(parse("sms,posts"))).toBe("platform");
    expect(checkFilterSet(parse("webinar-state,webinar-registrants"))).toBe("webinar");
    expect(apiOf("/webinar/something/new")).toBe("webinar");
  });
});
