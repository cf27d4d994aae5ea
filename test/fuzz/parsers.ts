import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { parse as parseYaml } from "yaml";
import { parseErrorBody } from "../../src/api/errors.ts";
import { webSocketTokenOperation } from "../../src/api/operations.ts";
import { proxyFor } from "../../src/api/proxy.ts";
import { createQuota, retryAfterSeconds } from "../../src/api/quota.ts";
import { parsePause, parseQuota } from "../../src/api/quota-state.ts";
import {
  readExtension,
  readFeature,
  readSubscription,
  readSubscriptions,
  readToken,
  readWebSocketToken,
} from "../../src/api/read-answers.ts";
import { bytesBehind } from "../../src/check/framing.ts";
import { CorruptContents, parseContents, toJson as toFile } from "../../src/config/contents.ts";
import { parseEnvFile } from "../../src/config/env-file.ts";
import { parseAccount } from "../../src/config/external-accounts.ts";
import { createMemoryQuotaStore } from "../../src/config/quota-store.ts";
import { parseServer } from "../../src/config/server.ts";
import { parseShard } from "../../src/config/shard.ts";
import { parseRate, parseSpeed } from "../../src/deliveries/pace.ts";
import { parseValueEdit, withEdits } from "../../src/deliveries/value-edits.ts";
import { parseFrame as parseClientFrame } from "../../src/emulator/gateway/frames.ts";
import { instantOf, millisecondsOf } from "../../src/emulator/time.ts";
import { CliError, UsageError } from "../../src/errors.ts";
import { valueAt } from "../../src/events/payload.ts";
import { summarizeEvent } from "../../src/events/summary.ts";
import { findExplanations, nearestCodes } from "../../src/explanations/find.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { canonicalFilter, filterDifference, sameFilter } from "../../src/filters/compare.ts";
import { FilterSet } from "../../src/filters/filter-set.ts";
import { globMatches } from "../../src/filters/glob.ts";
import { parseEventFilter, parseEventFilters, unknownSought } from "../../src/filters/parse.ts";
import { parseReminder, reminderFilter, reminderOf } from "../../src/filters/reminder.ts";
import {
  findCatalogueEntry,
  nearestFilters,
  searchFilters,
  shortFilter,
} from "../../src/filters/search.ts";
import { parseFormat } from "../../src/io/format.ts";
import { toJson, toYaml } from "../../src/io/formats.ts";
import { parseAlarmConditions } from "../../src/lifecycle/renewal/alarms.ts";
import { readRecording, toRecordingLine } from "../../src/listener/recording.ts";
import type { ReceivedEvent } from "../../src/listener/source.ts";
import { parseJson } from "../../src/machine/json.ts";
import { createRedactor, redactAddress } from "../../src/machine/redact.ts";
import { readManifest } from "../../src/manifest/reading/read-manifest.ts";
import { oneLine, printable, stripControls } from "../../src/one-line.ts";
import { readSamples } from "../../src/operations/reporting/metric-samples.ts";
import { parseUser } from "../../src/operations/text-input.ts";
import { parseAddress, sameAddress } from "../../src/subscriptions/address.ts";
import { filterMatcher, matchesUrl, sameUrl } from "../../src/subscriptions/globs.ts";
import {
  formatDuration,
  parseDuration,
  parseInstant,
  parseLifetime,
  remainingSeconds,
} from "../../src/subscriptions/lifetime.ts";
import { isOfListener } from "../../src/subscriptions/marker.ts";
import { nameOf } from "../../src/subscriptions/name.ts";
import { selectOne, selectSubscriptions } from "../../src/subscriptions/select.ts";
import { instant, relativeExpiry } from "../../src/subscriptions/time.ts";
import { readDetails } from "../../src/websocket/connection-details.ts";
import { createDeliveredEvents } from "../../src/websocket/delivered-events.ts";
import { parseFrame } from "../../src/websocket/frames.ts";
import { toApiError } from "../../src/websocket/gateway-errors.ts";
import { concrete } from "../filters/concrete.ts";
import { now } from "../support/rcwh.ts";
import { subscription } from "../support/subscriptions.ts";
import { hostileJson, hostileText } from "./hostile.ts";

/** Something that reads text from outside. */
export interface Parser {
  readonly name: string;
  /** Anything that may reach it. */
  readonly input: fc.Arbitrary<unknown>;
  /** Inputs that it once could not take. They come first, in every run. */
  readonly cases: readonly unknown[];
  /** What is measured. An error that is not `isRefusal` is a bug. */
  parse(input: unknown): unknown;
  /** Throws if what it made of the input is wrong. */
  verify(input: unknown, result: unknown): void | Promise<void>;
}

/** Whether a parser may end with this error. */
export function isRefusal(error: unknown): boolean {
  return error instanceof CliError || error instanceof CorruptContents;
}

interface Definition<Input, Result> {
  readonly input: fc.Arbitrary<Input>;
  readonly cases?: readonly NoInfer<Input>[];
  readonly parse: (input: Input) => Result | Promise<Result>;
  readonly verify?: (input: Input, result: Result) => void | Promise<void>;
}

function parser<Input, Result>(
  name: string,
  { input, cases = [], parse, verify = () => {} }: Definition<Input, Result>,
): Parser {
  // The table holds parsers of different inputs; each gets its own.
  return {
    name,
    input,
    cases,
    parse: (value) => parse(value as Input),
    verify: (value, result) => verify(value as Input, result as Result),
  };
}

/** The result, or undefined where the input is refused. */
function attempt<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

const filters = [
  ...catalogue.flatMap((entry) => [entry.filter, concrete(entry), ...entry.aliases]),
  ...["reminder:3d/12h", "sms,fax", "telephony?missedCall=true", "a2p-batch:5f0c", "glip/posts"],
  ...["account/~/extension/~/presence?detailedTelephonyState=true&sipData=true"],
];
const filter = hostileText(...filters);
const options = fc.record({ allowUnknown: fc.boolean(), allowUndocumented: fc.boolean() });
const ownIds = fc.constantFrom(
  {},
  { accountId: "4001" },
  { extensionId: "4002" },
  {
    accountId: "4001",
    extensionId: "4002",
  },
);

const durations = ["90s", "15m", "36h", "7d", "2w", "10y", "max", "2027-01-31T00:00:00Z", "0s"];
const addresses = [
  ...["https://example.com/hook?a=b&c=d", "http://localhost:8080/", "https://[::1]:443/x"],
  ...["https://user:password@exämple.com/ü?rcwh-listen=0123456789abcdef01234567"],
];
const good = subscription("5ca1ab1e");
const subscriptions = [
  good,
  {
    ...good,
    status: "Blacklisted",
    blacklistedData: {
      blacklistedAt: "2026-11-21T12:00:00.000Z",
      reason: "WebHook is unreachable",
    },
    disabledFilters: [{ filter: "/a", reason: "SUB-412", message: "No permission" }],
    deliveryMode: { transportType: "WebHook", address: addresses[0], encryption: true },
  },
];
const envelopes = [
  {
    errorCode: "SUB-522",
    message: "WebHook is not reachable",
    errors: [{ errorCode: "SUB-522", message: "m", parameterName: "deliveryMode.address" }],
  },
  { error: "invalid_client", error_description: "Client [x] permission [ReadMessages] needed" },
  {
    errorCode: "CMN-408",
    message: "In order to call this API [ReadAccounts] permission",
    permissionName: "ReadAccounts",
  },
];
const events = [
  {
    uuid: "1",
    event: "/restapi/v1.0/account/4001/extension/4002/message-store/instant?type=SMS",
    timestamp: "2026-11-22T12:00:00.000Z",
    subscriptionId: "x",
    ownerId: "4002",
    body: { from: { phoneNumber: "+16505550100", name: "A" }, to: [{ name: "B" }], subject: "Hi" },
  },
  {
    uuid: "2",
    event: "/restapi/v1.0/account/4001/telephony/sessions",
    body: { parties: [{ status: { code: "Setup" }, from: {}, to: {}, direction: "Inbound" }] },
  },
  ...catalogue.map(({ filter: event }) => ({ event, body: { id: 1, name: "n", changes: [] } })),
];
const recorded = events.slice(0, 2).map((event) => ({
  receivedAt: "2026-11-22T12:00:00.000Z",
  transport: "WebHook",
  headers: { "User-Agent": "x" },
  event,
}));
const frames = [
  [
    { type: "ConnectionDetails", messageId: "1", status: 200, wsc: { token: "t", sequence: 1 } },
    {
      creationTime: "2026-11-22T12:00:00.000Z",
      recoveryTimeout: 180,
      idleTimeout: 60,
      recoveryState: "Success",
    },
  ],
  [
    { type: "ServerNotification", messageId: "2", status: 200, headers: { RCRequestId: "r" } },
    events[0],
  ],
  [{ type: "Error", messageId: "3", status: 400, headers: { "Retry-After": "5" } }, envelopes[0]],
  [{ type: "ClientRequest", messageId: "4", status: 200 }, good],
];
const texts = ["plain", "\u001b[31mred\u001b[0m", "\u001b]0;title\u0007", "\u009b2J", "a\r\nb"];

/** The value of JSON text. What is not JSON never reaches the parser. */
function jsonOf(text: string): unknown {
  const value = parseJson(text);
  if (value === undefined) throw new UsageError("It is not JSON.");
  return value;
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split("\n");
}

async function readEvents(text: string): Promise<readonly ReceivedEvent[]> {
  const read: ReceivedEvent[] = [];
  for await (const event of readRecording(linesOf(text), "events.ndjson")) read.push(event);
  return read;
}

/** Like `assert.deepEqual` for JSON values, also for those that are nested too deeply for it. */
function assertSame(one: unknown, other: unknown): void {
  const pairs: [unknown, unknown][] = [[one, other]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [left, right] = pair;
    if (typeof left !== "object" || left === null) assert.equal(left, right);
    else {
      assert(
        typeof right === "object" && right !== null && Array.isArray(left) === Array.isArray(right),
      );
      const members: ReadonlyMap<string, unknown> = new Map(Object.entries(right));
      assert.deepEqual(Object.keys(left), [...members.keys()]);
      pairs.push(
        ...Object.entries(left).map(([key, value]): [unknown, unknown] => [
          value,
          members.get(key),
        ]),
      );
    }
  }
}

/** An assignment that every reader of such files reads alike, and the value that it gives. */
const plainName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/);
const assignment = fc.tuple(
  plainName,
  fc.constantFrom("", "export "),
  fc.constantFrom("=", " = "),
  fc.oneof(
    fc.stringMatching(/^[\w./:=@+-]{0,20}$/),
    fc.stringMatching(/^'[^'\\]{0,20}'$/),
    fc.stringMatching(/^"[^"\\]{0,20}"$/),
  ),
);
const plainFile = fc
  .array(
    fc.oneof(
      assignment.map(([name, word, equals, value]) => word + name + equals + value),
      fc.constantFrom("", "# comment"),
    ),
  )
  .map((lines) => lines.join("\n"));

export const parsers: readonly Parser[] = [
  parser("a filter", {
    input: fc.tuple(filter, options),
    parse: ([text, flags]) => parseEventFilter(text, flags),
    verify([, flags], { eventFilter }) {
      assert.equal(parseEventFilter(eventFilter, flags).eventFilter, eventFilter);
      assert(sameFilter(eventFilter, eventFilter));
      const shown = parseEventFilter(shortFilter(eventFilter), flags).eventFilter;
      assert(sameFilter(shown, eventFilter), `${shown} is not ${eventFilter}`);
    },
  }),
  parser("a list of filters", {
    cases: [[`sms?a${",<".repeat(100_000)}`, { allowUnknown: true, allowUndocumented: true }]],
    input: fc.tuple(hostileText(...filters, filters.slice(0, 20).join(",")), options),
    parse: ([text, flags]) => parseEventFilters([text], flags),
    verify([, flags], { eventFilters, api }) {
      const again = parseEventFilters([eventFilters.join(",")], flags);
      assert.deepEqual(again.eventFilters, eventFilters);
      assert.equal(again.api, api);
    },
  }),
  parser("a search for filters", {
    cases: ["constructor ".repeat(50_000)],
    input: filter,
    parse: (text) => [
      findCatalogueEntry(text),
      searchFilters(text),
      nearestFilters(text, 3),
      unknownSought(text),
    ],
  }),
  parser("two filters to compare", {
    cases: [
      ["%3F", "", {}],
      ["/a/%2541", "/a/A", {}],
      ["/a?b=\ud800", "/a", {}],
      ["/%7BaccountId%7D", "/~", {}],
    ],
    input: fc.tuple(filter, filter, ownIds),
    parse: ([one, other, own]) => [
      sameFilter(one, other, own),
      new FilterSet([other], own).has(one),
      canonicalFilter(one, own),
    ],
    verify([one, other, own], [same, isMember, canonical]) {
      assert.equal(sameFilter(other, one, own), same, "one way as the other");
      assert.equal(isMember, same, "in a set as in a comparison");
      assert.equal(canonicalFilter(String(canonical), own), canonical, "canonical twice");
      assert(sameFilter(one, String(canonical), own), "equal to its canonical form");
    },
  }),
  parser("two lists of filters to compare", {
    input: fc.tuple(
      fc.array(filter, { maxLength: 12 }),
      fc.array(filter, { maxLength: 12 }),
      ownIds,
    ),
    parse: ([wanted, granted, own]) => filterDifference(wanted, granted, own),
    verify([wanted, granted], { missing, extra }) {
      assert(missing.every((each) => wanted.includes(each)));
      assert(extra.every((each) => granted.includes(each)));
    },
  }),
  parser("a reminder", {
    input: hostileText("3d/12h", "3d", "60/15", "1w/1d"),
    parse: parseReminder,
    verify: (_, reminder) => assert.deepEqual(reminderOf([reminderFilter(reminder)]), reminder),
  }),
  parser("a duration", {
    input: hostileText(...durations),
    parse: (text) => parseDuration(text, "--within"),
    verify(text, milliseconds) {
      assert(Number.isSafeInteger(milliseconds) && milliseconds >= 1000, text);
      assert.equal(secondsIn(formatDuration(milliseconds / 1000)), milliseconds / 1000);
      assert.match(relativeExpiry(milliseconds), /^in \d/);
    },
  }),
  parser("a lifetime", {
    input: hostileText(...durations),
    parse: (text) => parseLifetime(text).from(now),
    verify: (text, seconds) => assert(Number.isInteger(seconds) && seconds >= 1, text),
  }),
  parser("an instant", {
    input: hostileText(
      "2026-11-22T12:00:00Z",
      "2027-01-31 00:00:00.5+14:00",
      "0001-01-01T00:00:00-23:59",
    ),
    parse: parseInstant,
    verify(_, read) {
      if (read !== undefined && read >= 0) assert.equal(parseInstant(instant(read)), read);
    },
  }),
  parser("small values of flags", {
    input: hostileText(
      "5/s",
      "100/m",
      "10x",
      "max",
      "1/3",
      "json",
      "expiring=24h,blacklisted,gone",
      "12",
    ),
    parse: (text) => [
      attempt(() => parseRate(text, "--rate")),
      attempt(() => parseSpeed(text)),
      attempt(() => parseShard(text, {})),
      attempt(() => parseShard(undefined, { JOB_COMPLETION_INDEX: text, RCWH_SHARDS: text })),
      attempt(() => parseFormat(text)),
      attempt(() => parseUser(text)),
      attempt(() => parseAlarmConditions(text)),
    ],
    verify(_, [rate, speed]) {
      for (const number of [rate, speed]) assert(number === undefined || Number(number) > 0);
    },
  }),
  parser("a value to set", {
    input: hostileText(
      "body.subject=Hi",
      "body.to[0].name=Carol",
      'a={"b":[1]}',
      "a[999]=1",
      "__proto__.x=1",
    ),
    cases: [`${"a.".repeat(20_000)}a=1`, `a${"[0]".repeat(20_000)}=1`],
    parse: (text) => ({ edit: parseValueEdit(text) }),
    verify(_, { edit }) {
      for (const start of [{}, { body: { to: "text" } }, null]) {
        assert.deepEqual(valueAt(withEdits(start, [edit]), ...edit.path), edit.value);
      }
      assert.equal(Object.keys(Object.prototype).length, 0);
    },
  }),
  parser("a short glob", {
    input: fc.tuple(
      fc.string({ unit: fc.constantFrom("a", "b", "*", ".", "?"), maxLength: 10 }),
      fc.string({ unit: fc.constantFrom("a", "b", ".", "?"), maxLength: 10 }),
    ),
    parse: ([glob, text]) => globMatches(glob, text),
    verify([glob, text], matches) {
      const pattern = glob.replace(/[.?]/g, "\\$&").replaceAll(/\*+/g, ".*");
      assert.equal(matches, new RegExp(`^${pattern}$`).test(text));
    },
  }),
  parser("a glob", {
    cases: [
      ["/a?b?…", "/a?b?…", {}],
      ["a?b=\ud800", "", {}],
    ],
    input: fc.tuple(
      hostileText(...addresses, ...filters, "*", "https://*.example.com/*?…"),
      hostileText(...addresses, ...filters),
      ownIds,
    ),
    parse: ([glob, text, own]) => [
      globMatches(glob, text),
      matchesUrl(glob, text),
      sameUrl(glob, text),
      filterMatcher(glob, own)(text),
    ],
    verify([, text, own]) {
      assert(globMatches("*", text) && matchesUrl("*", text) && filterMatcher("*", own)(text));
      assert(
        sameUrl(text, text) &&
          filterMatcher(text.replaceAll("*", ""), own)(text.replaceAll("*", "")),
      );
    },
  }),
  parser("a selector", {
    input: fc.record({
      ids: fc.array(hostileText(good.id, good.id.slice(0, 4), ...addresses), { maxLength: 2 }),
      url: fc.option(hostileText(...addresses, "*"), { nil: undefined }),
      filter: fc.option(filter, { nil: undefined }),
      status: fc.option(hostileText("active", "unhealthy"), { nil: undefined }),
    }),
    parse: (selector) => [
      attempt(() => selectSubscriptions([good], selector, { now })),
      ...selector.ids.map((id) => attempt(() => selectOne([good], id))),
    ],
  }),
  parser("the URL of a webhook", {
    input: hostileText(...addresses),
    parse: (text) => parseAddress(text, "http://127.0.0.1:1"),
    verify(_, address) {
      assert.equal(parseAddress(address, "http://127.0.0.1:1"), address);
      assert(sameAddress(address, address));
    },
  }),
  parser("a server", {
    input: hostileText("https://platform.ringcentral.com", "http://127.0.0.1:8080", "http://[::1]"),
    parse: (text) => parseServer(text, "RCWH_SERVER"),
    verify: (_, server) => assert.equal(parseServer(server, "RCWH_SERVER"), server),
  }),
  parser("a .env file", {
    cases: [
      `A=${" ".repeat(100_000)}'`,
      `A=x${" #".repeat(50_000)}\u2028`,
      `A="${"x".repeat(14_000_000)}"`,
    ],
    input: hostileText(
      "RCWH_JWT='eyJ'\n",
      'A="b\\n"\n# c\n',
      "export KEY = value # comment\nOTHER\n",
      "A=b\r\nC=d",
    ),
    parse: (text) => parseEnvFile(text, ".env"),
    verify(_, variables) {
      const quoted = [...variables].map(([name, value]) => {
        const escaped = value.replace(/["\\\n\r]/g, (each) =>
          each === "\n" ? "\\n" : each === "\r" ? "\\r" : `\\${each}`,
        );
        return `${name}="${escaped}"`;
      });
      assert.deepEqual(parseEnvFile(quoted.join("\n"), ".env"), variables);
    },
  }),
  parser("a .env file that others read alike", {
    input: plainFile,
    parse: (text) => parseEnvFile(text, ".env"),
    verify: (text, read) => assert.deepEqual(Object.fromEntries(read), { ...parseEnv(text) }),
  }),
  parser("a manifest", {
    cases: [
      "&a\nwebhooks: *a\n",
      "version: 1\nwebhooks: { a: *a, b: &a [], ? x }",
      "? ? - - {[",
      "\ud800: |\n\t",
    ],
    input: hostileText(
      "version: 1\nwebhooks:\n  a:\n    url: https://example.com/${A:-b}\n    filters: [sms]\n",
      "  b: { url: '${B}', filters: 'sms,fax', verificationToken: { env: C } }\n",
      "    remind: 3d/12h\n    extensions: [101, 'queue:A']\n",
      "profile: $${x}\nname: &n a\n<<: *n\n---\n",
    ),
    parse: (text) =>
      readManifest(text, "rcwh.yaml", {
        now,
        variables: (name) => (name === "A" ? text : undefined),
        server: async () => "https://platform.ringcentral.com",
        secretFile: async () => "secret",
      }),
    verify(text, result) {
      const lines = text.replace(/^\uFEFF/, "").split("\n");
      for (const { line, column, message } of "problems" in result ? result.problems : []) {
        assert.ok(column >= 1 && column <= (lines[line - 1] ?? "").length + 1, `${line}:${column}`);
        assert.match(message, /\.$/);
      }
    },
  }),
  parser("an account line", {
    input: hostileJson(
      {
        profile: "a",
        server: "https://platform.ringcentral.com",
        clientId: "b",
        clientSecret: "c",
        jwt: "d",
      },
      { profile: "é b", server: "http://localhost:1", accessToken: "t" },
    ),
    parse: (text) => parseAccount(text, "line 1"),
    verify(_, { profile, server, credentials: { kind, ...secrets } }) {
      const again = parseAccount(JSON.stringify({ profile, server, ...secrets }), "line 1");
      assert.equal(again.profile, profile);
      assert.equal(again.server, server);
      assert.deepEqual(again.credentials, { kind, ...secrets });
    },
  }),
  parser("an error envelope", {
    cases: [
      JSON.stringify({ message: "eyJaaaaaa-".repeat(20_000) }),
      `<html${"<title ".repeat(2_800)}`,
    ],
    input: fc.oneof(
      hostileJson(...envelopes),
      hostileText(
        "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>",
        "<html><TITLE a=b>",
      ),
    ),
    parse(text) {
      const redactor = createRedactor();
      redactor.add("s3cret-token", "invalid_client");
      return parseErrorBody(text, redactor);
    },
    verify(_, body) {
      for (const text of Object.values(body)) assert(text === undefined || oneLine(text) === text);
    },
  }),
  parser("a list of subscriptions", {
    input: hostileJson({ records: subscriptions }, { records: [good, good, null, 5] }),
    parse: (text) => readSubscriptions(jsonOf(text), "list"),
    verify(_, { subscriptions: read }) {
      for (const each of read) {
        assertSame(readSubscription(each, "list"), each);
        assert(nameOf(each).includes(each.id));
        assert.equal(typeof isOfListener(each), "boolean");
        assert.equal(typeof remainingSeconds(each, now), "number");
      }
    },
  }),
  parser("a user", {
    input: hostileJson({ id: 4002, name: "A", extensionNumber: "101", account: { id: "4001" } }),
    parse: (text) => readExtension(jsonOf(text), "read"),
  }),
  parser("a feature", {
    input: hostileJson({
      records: [
        { id: "MessageThreads", available: false, reason: { code: "AccountLimitation" } },
        { id: "MessageThreads", available: true, params: [{ name: "a", value: "true" }] },
      ],
    }),
    parse: (text) => readFeature(jsonOf(text), "read", "MessageThreads"),
    verify(_, feature) {
      if (feature) assert.equal(typeof feature.available, "boolean");
    },
  }),
  parser("a token", {
    cases: ['{"access_token":"a","expires_in":1.7e308}'],
    input: hostileJson({ access_token: "a", expires_in: 3600, refresh_token: "r", owner_id: "1" }),
    parse: (text) => readToken(jsonOf(text), "sign in", now),
    verify: (_, { expiresAt }) => assert.match(instant(expiresAt), /^2\d{3}-/),
  }),
  parser("a token of the gateway", {
    input: hostileJson(
      ...["wss://ws.example.com/ws", "ws://127.0.0.1:1/ws?a=b", "wss://a@b:443/#"].map((uri) => ({
        uri,
        ws_access_token: "t",
        expires_in: 30,
      })),
    ),
    cases: [JSON.stringify({ uri: "wss://a/#b", ws_access_token: "t" })],
    parse: (text) => readWebSocketToken(jsonOf(text), "open", "http://127.0.0.1:1"),
    // What the library of the client refuses.
    verify: (_, token) => assert.equal(new URL(token.uri).hash, ""),
  }),
  parser("a frame of the gateway", {
    cases: [
      `[{"type":"x"},"${'\\"'.repeat(3_900_000)}"]`,
      '[{"type":"ConnectionDetails"},{"recoveryState":[{"toString":""}]}]',
      '[{"type":"ServerNotification"},{"timestamp":{"toString":""}}]',
    ],
    input: hostileJson(...frames),
    parse(text) {
      const frame = parseFrame(text);
      if (!frame) return undefined;
      const events = createDeliveredEvents(() => now);
      events.expectBacklog({ since: 0, until: 1 }, readDetails(frame));
      return {
        frame,
        details: readDetails(frame),
        error: toApiError(frame, webSocketTokenOperation, createRedactor()),
        added: events.add(frame.body),
        summary: summarizeEvent(frame.body),
      };
    },
    verify(_, read) {
      if (!read) return;
      const { bodyText, body } = read.frame;
      assertSame(bodyText === "" ? undefined : JSON.parse(bodyText), body);
      assert.equal(oneLine(read.error.message), read.error.message);
      assert(read.details.idleTimeout > 0 && read.details.absoluteTimeout > 0);
    },
  }),
  parser("a client's frame", {
    input: hostileJson(...frames, [{ type: "ClientRequest", messageId: "1", method: "POST" }, {}]),
    parse: parseClientFrame,
  }),
  parser("an event", {
    cases: [`{"event":${"[".repeat(200_000)}${"]".repeat(200_000)}}`],
    input: hostileJson(...events),
    parse: (text) => summarizeEvent(jsonOf(text)),
    verify(_, summary) {
      for (const text of Object.values(summary)) assert.equal(oneLine(text), text);
    },
  }),
  parser("a recorded event", {
    input: hostileJson(...recorded, ...events),
    parse: readEvents,
    async verify(_, read) {
      const again = await readEvents(read.map((event) => toRecordingLine(event)).join("\n"));
      assertSame(again, read);
    },
  }),
  parser("a configuration", {
    input: hostileJson({
      version: 1,
      currentProfile: "a",
      profiles: { a: { server: "https://x", clientId: "c", clientSecret: "s", jwt: "j" } },
      tokens: { k: { accessToken: "a", scope: "", expiresAt: now } },
      records: {
        k: [
          { id: "a", api: "platform", address: "https://x", expirationTime: "", eventFilters: [] },
        ],
      },
      replacements: { k: [] },
      later: 1,
    }),
    parse: (text) => parseContents(text, "config.json"),
    verify(_, contents) {
      const written = JSON.stringify(toFile(contents));
      const again = parseContents(written, "config.json");
      assert.equal(JSON.stringify(toFile(again)), written);
    },
  }),
  parser("small files of state", {
    input: hostileJson(
      {
        groups: { light: { limit: 50, window: 60, sent: [1], pause: { from: 1, until: 2 } } },
        renamed: {},
      },
      { from: 1, until: 2 },
    ),
    parse: (text) => [parseQuota(text), parsePause(text)],
  }),
  parser("a file of metrics", {
    cases: ['a{profile="b"} 1\n'.repeat(50_000)],
    input: hostileText(
      'rcwh_subscriptions{profile="a\\"b"} 5\n# HELP x\n',
      'a{profile="b",id="c"} 1\n'.repeat(3),
    ),
    parse: readSamples,
  }),
  parser("headers about a limit", {
    input: fc.record({
      "retry-after": hostileText("5", "999999999", "Sun, 22 Nov 2026 12:00:00 GMT"),
      date: hostileText("Sun, 22 Nov 2026 12:00:00 GMT", "+275760-09-13T00:00:00Z"),
      "x-rate-limit-group": hostileText("light", "__proto__"),
      "x-rate-limit-limit": hostileText("50", "0"),
      "x-rate-limit-remaining": hostileText("49", "999999999"),
      "x-rate-limit-window": hostileText("60", "999999999"),
      status: fc.constantFrom(200, 429, 503),
    }),
    async parse({ status, ...headers }) {
      const store = createMemoryQuotaStore();
      const quota = createQuota({ clock: { now: () => now }, store, server: "s", user: "u" });
      const pause = await quota.observe(webSocketTokenOperation, now, status, headers);
      return [retryAfterSeconds(headers, now), pause, await quota.reserve(webSocketTokenOperation)];
    },
    verify(_, [asked, pause, readyAt]) {
      for (const seconds of [asked, pause]) assert(seconds === undefined || seconds >= 1);
      assert(Number.isFinite(readyAt));
    },
  }),
  parser("the variables of a proxy", {
    cases: [["https://platform.ringcentral.com", `[${"]:1".repeat(30_000)}`, ",".repeat(100_000)]],
    input: fc.tuple(
      fc.constantFrom("https://platform.ringcentral.com", "http://[2001:db8::1]:81"),
      hostileText("http://user:pass@proxy.example.com:3128", "proxy:80", "socks5://x"),
      hostileText("*", ".example.com,ringcentral.com:443", "[2001:db8::1]:81", "*.ringcentral.com"),
    ),
    parse: ([url, https_proxy, no_proxy]) =>
      proxyFor(new URL(url), { https_proxy, http_proxy: https_proxy, no_proxy }),
    verify: (_, proxy) => assert(proxy === undefined || proxy.hostname !== ""),
  }),
  parser("a message to explain", {
    cases: [
      "SUB-525 ".repeat(12_000),
      "Subscription with key [".repeat(5_000),
      "9".repeat(100_000),
    ],
    input: hostileText(
      "SUB-525",
      "exit code 8",
      '{"code": "NETWORK", "message": "Subscription with key [x] was expired"}',
      "HTTP/1.1 503 Service Unavailable",
    ),
    parse: (text) => [findExplanations(text).explanations, nearestCodes(text)],
  }),
  parser("an answer with something behind it", {
    cases: [
      [
        `HTTP/1.1 200 OK\r\n\r\n${"0".repeat(100_000)}`,
        { "transfer-encoding": "chunked" as const },
      ],
    ],
    input: fc.tuple(
      hostileText(
        "HTTP/1.1 200 OK\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore",
        "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello",
      ),
      fc.constantFrom({ "transfer-encoding": "chunked" }, { "content-length": "5" }, {}),
    ),
    parse: ([text, headers]) => bytesBehind(text, headers),
    verify: ([text], bytes) => assert(bytes >= 0 && bytes <= text.length),
  }),
  parser("a time for the emulator", {
    cases: ["1s".repeat(50_000), "9".repeat(100_000)],
    input: hostileText("20ms", "1d12h", "2026-11-22T12:00:00Z", "2026-02-30 12:00:00+01:00"),
    parse: (text) => [millisecondsOf(text), instantOf(text)],
    verify(_, times) {
      for (const time of times) assert(Number.isNaN(time) || Number.isFinite(time));
    },
  }),
  parser("a text to redact", {
    cases: ["eyJ-".repeat(50_000)],
    input: fc.oneof(
      hostileJson(...envelopes, { access_token: "s3cret-token", uri: addresses[0] }),
      hostileText(...addresses, "a=b&client_secret=s3cret-token", "Bearer s3cret-token", ...texts),
    ),
    parse(text) {
      const redactor = createRedactor();
      redactor.add("s3cret-token");
      return [redactor.text(text), redactor.body(text), redactAddress(text)];
    },
    verify(_, [text, body]) {
      assert(!text?.includes("s3cret-token") && !body?.includes("s3cret-token"));
    },
  }),
  parser("a text for a terminal", {
    input: hostileText(...texts),
    parse: (text) => [oneLine(text), printable(text), stripControls(text)],
    verify(_, [line = "", shown = "", lines = ""]) {
      assert.equal(oneLine(line), line);
      assert.equal(printable(shown), shown);
      assert.equal(stripControls(lines), lines);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    },
  }),
  parser("YAML and JSON to print", {
    cases: ["[".repeat(3_000) + "]".repeat(3_000), `${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`],
    input: fc.oneof(
      hostileJson({ schemaVersion: 1, subscriptions }, ["=", "<<", "y", "~", "0o7", "1:30", "- a"]),
      hostileText(
        "=",
        "<<",
        "2026-11-22",
        "null",
        "0x1f",
        "a: b",
        "- a",
        "? x",
        "|",
        "&a *a",
        "!!str",
      ).map((text) => JSON.stringify({ [text]: text, list: [text] })),
    ),
    async parse(input) {
      // Without numbers beyond the largest one.
      const json: unknown = JSON.parse(JSON.stringify(jsonOf(input)));
      return { json, yaml: await toYaml(json), text: toJson(json) };
    },
    verify(_, { json, yaml, text }) {
      assertSame(JSON.parse(text), json);
      for (const version of ["1.1", "1.2"] as const) {
        assertSame(parseYaml(yaml, { version, maxAliasCount: 0 }), json);
      }
      assert.doesNotMatch(yaml.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    },
  }),
];

/** Seconds in a text such as `6 d 23 h`. */
function secondsIn(text: string): number {
  const units: Readonly<Record<string, number>> = {
    y: 31_536_000,
    d: 86_400,
    h: 3600,
    min: 60,
    s: 1,
  };
  const words = text.split(" ");
  return words.reduce(
    (sum, word, index) =>
      index % 2 === 0 ? sum + Number(word) * (units[words[index + 1] ?? ""] ?? 0) : sum,
    0,
  );
}
