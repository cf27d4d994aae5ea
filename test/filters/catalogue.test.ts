import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { accountWide, catalogue } from "../../src/filters/catalogue/catalogue.ts";
import type { QueryParameter } from "../../src/filters/catalogue/entry.ts";

const reference = new URL("../../../shared/reference/event-filters.json", import.meta.url);

interface ReferenceEntry {
  readonly filter: string;
  readonly permission: string;
  readonly permissionDisputed?: readonly string[];
  readonly userPermission?: string;
  readonly query: readonly {
    readonly name: string;
    readonly type: string;
    readonly values?: readonly string[];
    readonly required?: boolean;
  }[];
  readonly since: string;
  readonly api: string;
  readonly deprecated: boolean;
  readonly replacedBy?: string;
  readonly confidence: string;
}

describe("the filter catalogue", () => {
  test("agrees with the reference on every fact", (context) => {
    if (!existsSync(reference))
      return context.skip("there is no event-filters.json beside the project");
    const entries = JSON.parse(readFileSync(reference, "utf8")) as readonly ReferenceEntry[];

    const theirs = entries.map((entry) => ({
      filter: entry.filter.trim(),
      permission: entry.permission,
      permissionDisputed: entry.permissionDisputed,
      userPermission: entry.userPermission,
      query: entry.query.map(({ name, type, values, required }) => ({
        name,
        type,
        values,
        required: required || undefined,
      })),
      since: entry.since.split(" ")[0] || undefined,
      api: entry.api,
      deprecated: entry.deprecated || undefined,
      replacedBy: entry.replacedBy,
      confidence: entry.confidence,
    }));

    // Named by the notes beside the list only: official code asks for it in presence.
    const isListed = ({ name }: QueryParameter) => name !== "aggregated";
    const ours = catalogue.map((entry) => ({
      filter: entry.filter,
      permission: entry.permission,
      permissionDisputed: entry.permissionDisputed,
      userPermission: entry.userPermission,
      query: entry.query.filter(isListed).map(({ name, type, values, required }) => ({
        name,
        type,
        values,
        required,
      })),
      since: entry.since,
      api: entry.api,
      deprecated: entry.deprecated,
      replacedBy: entry.replacedBy,
      confidence: entry.confidence,
    }));

    context.expect(ours).toEqual(theirs);
  });

  test("contains each filter, name and alias once", ({ expect }) => {
    const repeated = (words: readonly string[]) =>
      words.filter((word, index) => words.indexOf(word) !== index);

    expect(repeated(catalogue.map(({ filter }) => filter))).toEqual([]);
    expect(repeated(catalogue.map(({ name }) => name))).toEqual([]);
    expect(repeated(catalogue.flatMap(({ aliases }) => aliases))).toEqual([]);
  });

  test("has an alias for every documented, current filter", ({ expect }) => {
    const without = catalogue.filter(
      ({ aliases, confidence, deprecated }) =>
        aliases.length === 0 && confidence === "documented" && !deprecated,
    );

    expect(without).toEqual([]);
  });

  test("has no alias that looks like a path, a query or a list", ({ expect }) => {
    for (const alias of catalogue.flatMap(({ aliases }) => aliases)) {
      expect(alias).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }
  });

  test("lists a plain alias before aliases with a query", ({ expect }) => {
    const presets = catalogue.flatMap((entry) => Object.keys(entry.presets ?? {}));
    const first = catalogue.flatMap(({ aliases }) => aliases.slice(0, 1));

    expect(presets.filter((alias) => first.includes(alias))).toEqual([]);
    expect(catalogue.flatMap(({ aliases }) => aliases)).toEqual(expect.arrayContaining(presets));
  });

  test("keeps the aliases that scripts rely on", ({ expect }) => {
    expect(catalogue.flatMap(({ aliases }) => aliases)).toMatchInlineSnapshot(`
      [
        "sms",
        "a2p-batches",
        "a2psmsbatch",
        "a2p-batch",
        "a2p-messages",
        "a2p-inbound",
        "a2p-outbound",
        "a2psmsinbound",
        "a2p-opt-outs",
        "a2psmsoptouts",
        "sms-v2-batches",
        "sms-v2-messages",
        "sms-v2-inbound",
        "sms-v2-outbound",
        "sms-threads",
        "sms-thread-messages",
        "fax",
        "messages",
        "voicemail",
        "contact-center-numbers",
        "account-telephony",
        "account-missed-calls",
        "telephony",
        "missed-calls",
        "account-presence",
        "presence",
        "monitored-presence",
        "favorites-presence",
        "presence-detailed",
        "presence-sip",
        "monitored-presence-detailed",
        "monitored-presence-sip",
        "favorites-presence-detailed",
        "favorites-presence-sip",
        "presence-lines",
        "dnd",
        "call-queue-presence",
        "posts",
        "msgposts",
        "groups",
        "chats",
        "msggroups",
        "directory",
        "emergency-address",
        "favorites",
        "grants",
        "extension",
        "extensions",
        "webinar-sessions",
        "webinar-state",
        "webinar-registration",
        "webinar-registrants",
        "ringsense-pbx",
        "ringsense-rcv",
        "ringsense-rcx",
        "ringsense-ms-teams",
        "ringsense-nice-incontact",
        "reminder",
        "presence-totals",
        "answered-elsewhere",
        "account-presence-sip",
      ]
    `);
  });

  test("has no space at either end of a filter", ({ expect }) => {
    expect(catalogue.filter(({ filter }) => filter !== filter.trim())).toEqual([]);
  });
});

describe("accountWide", () => {
  test("is true only for the account's presence and telephony filters", ({ expect }) => {
    expect(catalogue.filter(accountWide).map(({ filter }) => filter)).toEqual([
      "/restapi/v1.0/account/{accountId}/telephony/sessions",
      "/restapi/v1.0/account/{accountId}/presence",
      "/restapi/v1.0/account/{accountId}/presence?detailedTelephonyState=true&sipData=true",
    ]);
  });
});
