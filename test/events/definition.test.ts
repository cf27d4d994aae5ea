import { existsSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import addFormatsModule from "ajv-formats";
import fc from "fast-check";
import { describe, test } from "vitest";
import { generateBody } from "../../src/events/body.ts";
import { sampleBody } from "../../src/events/samples/sample-body.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import { eventContext, filters } from "./kit.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;
const detailed = "?detailedTelephonyState=true";

/** The schema of each filter's body in RingCentral's public definition. */
const schemas: Readonly<Record<string, string>> = {
  [`${extension}/message-store/instant?type=SMS`]: "InstantMessageEventBody",
  [`${extension}/message-store`]: "MessageEventBody",
  [`${extension}/voicemail`]: "VoicemailMessageEventBody",
  [`${extension}/inbound-messages`]: "InboundMessageEvent",
  [`${account}/telephony/sessions`]: "TelephonySessionsEventBody",
  [`${extension}/telephony/sessions`]: "TelephonySessionsEventBody",
  [`${extension}/missed-calls`]: "MissedCallEvent",
  [`${extension}/start-ring`]: "IncomingCallEvent",
  [`${extension}/stop-ring`]: "IncomingCallEvent",
  [`${extension}/incoming-call-pickup`]: "IncomingCallEvent",
  [`${account}/presence`]: "AccountPresenceEventBody",
  [`${extension}/presence`]: "ExtensionPresenceEventBody",
  [`${extension}/presence/line/presence`]: "ExtensionPresenceEventBody",
  [`${extension}/favorite/presence`]: "ExtensionPresenceEventBody",
  [`${extension}/presence${detailed}`]: "DetailedExtensionPresenceEventBody",
  [`${extension}/presence/line/presence${detailed}`]: "DetailedExtensionPresenceEventBody",
  [`${extension}/favorite/presence${detailed}`]: "DetailedExtensionPresenceEventBody",
  [`${extension}/presence${detailed}&sipData=true`]: "DetailedExtensionPresenceWithSIPEventBody",
  [`${extension}/presence/line/presence${detailed}&sipData=true`]:
    "DetailedExtensionPresenceWithSIPEventBody",
  [`${extension}/favorite/presence${detailed}&sipData=true`]:
    "DetailedExtensionPresenceWithSIPEventBody",
  [`${extension}/presence${detailed}&sipData=true&totalActiveCalls`]:
    "DetailedExtensionPresenceWithSIPEventBody",
  [`${account}/presence${detailed}&sipData=true`]: "DetailedExtensionPresenceWithSIPEventBody",
  [`${extension}/telephony?action=call-answered-elsewhere`]: "TelephonySessionsEventBody",
  [`${account}/call-queues/{groupId}/presence`]: "CallQueuePresenceEventBody",
  [`${extension}/favorite`]: "ExtensionFavoritesEventBody",
  [`${extension}/grant`]: "ExtensionGrantListEventBody",
  [extension]: "ExtensionInfoEventBody",
  [`${account}/extension`]: "ExtensionListEventBody",
};

const phones = ["/parties/0/from/deviceId", "/parties/0/to/deviceId"];

/** What RingCentral's samples and live captures contain although its definition does not. */
const beyondTheDefinition: Readonly<Record<string, readonly string[]>> = {
  [`${account}/telephony/sessions`]: phones,
  [`${extension}/telephony/sessions`]: phones,
  [`${extension}/telephony?action=call-answered-elsewhere`]: phones,
  [`${extension}/message-store`]: ["/accountId"],
  [`${extension}/presence`]: ["/meetingStatus"],
  [`${extension}/presence/line/presence`]: ["/meetingStatus"],
  [`${extension}/favorite/presence`]: ["/meetingStatus"],
  [`${account}/call-queues/{groupId}/presence`]: ["/records"],
  [`${account}/extension`]: ["/extensions"],
};

/** The definition says nothing about these. */
const undefinedFilters: readonly string[] = [
  `${account}/a2p-sms/batches`,
  `${account}/a2p-sms/batches/{batchId}`,
  `${account}/a2p-sms/messages`,
  `${account}/a2p-sms/opt-outs`,
  "/restapi/v2/accounts/{accountId}/extensions/{extensionId}/sms/batches",
  "/restapi/v2/accounts/{accountId}/extensions/{extensionId}/sms/messages",
  `${account}/message-threads/sync`,
  `${account}/message-threads/entries/sync`,
  `${extension}/fax?direction=Inbound`,
  `${account}/phone-number?usageType=ContactCenterNumber`,
  `${extension}/presence/line`,
  `${extension}/presence/dnd`,
  "/team-messaging/v1/posts",
  "/team-messaging/v1/groups",
  "/team-messaging/v1/chats",
  "/restapi/v1.0/glip/posts",
  "/restapi/v1.0/glip/groups",
  "/restapi/v1.0/glip/teams",
  `${account}/directory/entries`,
  `${account}/directory/contacts`,
  `${account}/device/{deviceId}/emergency-address`,
  "/webinar/configuration/v1/company/sessions",
  "/webinar/runtime/v1/company/sessions/state",
  "/webinar/registration/v1/company/sessions/state",
  "/webinar/registration/v1/company/sessions/registrants",
  "/ai/ringsense/v1/public/accounts/{accountId}/domains/pbx/insights",
  "/ai/ringsense/v1/public/accounts/{accountId}/domains/rcv/insights",
  "/ai/ringsense/v1/public/accounts/{accountId}/domains/rcx/insights",
  "/ai/ringsense/v1/public/accounts/{accountId}/domains/ms-teams/insights",
  "/ai/ringsense/v1/public/accounts/{accountId}/domains/nice-incontact/insights",
  "/restapi/v1.0/subscription/~?threshold={threshold}&interval={interval}",
];

const file =
  process.env["RINGCENTRAL_EVENTS_OPENAPI"] ??
  new URL("../../../shared/reference/events.openapi.json", import.meta.url);

describe("RingCentral's definition of event payloads", () => {
  test("covers each filter of the catalogue, except for the listed gaps", ({ expect }) => {
    expect([...Object.keys(schemas), ...undefinedFilters].toSorted()).toEqual(filters.toSorted());
  });

  test("accepts the generated bodies of its filters", (context) => {
    if (!existsSync(file)) return context.skip("the definition is not beside the project");
    const complaintAbout = loadDefinition();
    const seeds = fc.nat(1_000_000_000);
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const filter of Object.keys(schemas)) {
          const complaint = complaintAbout(filter, generateBody(filter, eventContext(seed)));
          if (complaint !== undefined) throw new Error(`${filter}: ${complaint}`);
        }
      }),
    );
  });

  test("accepts the samples", (context) => {
    if (!existsSync(file)) return context.skip("the definition is not beside the project");
    const complaintAbout = loadDefinition();
    const complaints = catalogue
      .filter(({ filter }) => schemas[filter] !== undefined)
      .flatMap((entry) => complaintAbout(entry.filter, sampleBody(entry)) ?? []);
    context.expect(complaints).toEqual([]);
  });

  test("rejects invalid bodies", (context) => {
    if (!existsSync(file)) return context.skip("the definition is not beside the project");
    const complaintAbout = loadDefinition();
    const filter = `${extension}/presence`;
    const body = generateBody(filter, eventContext(1));
    context.expect(complaintAbout(filter, { ...body, presenceStatus: "Asleep" })).toMatch("enum");
    context.expect(complaintAbout(filter, { ...body, mood: "Good" })).toMatch("/mood");
  });
});

/** Reports what the definition refuses and what it does not know. */
function loadDefinition(): (filter: string, body: unknown) => string | undefined {
  const definition = closed(JSON.parse(readFileSync(file, "utf8")));
  const ajv = new Ajv({ strict: false, allErrors: true, schemas: { definition } });
  addFormatsModule.default(ajv);
  return (filter, body) => {
    const validate = ajv.getSchema(`definition#/components/schemas/${schemas[filter]}`);
    if (!validate) return `there is no ${schemas[filter]}`;
    validate(body);
    const complaints = (validate.errors ?? [])
      .map(({ instancePath, keyword, params, message }) =>
        keyword === "additionalProperties"
          ? `${instancePath}/${params["additionalProperty"]}`
          : `${keyword} ${instancePath} ${message}`,
      )
      .filter((complaint) => !beyondTheDefinition[filter]?.includes(complaint));
    return complaints.length === 0 ? undefined : complaints.join(", ");
  };
}

/** The same schemas, with no properties beyond the listed ones. */
function closed(schema: unknown): object {
  const text = JSON.stringify(schema, (_, value) =>
    value?.type === "object" && value.properties
      ? { ...value, additionalProperties: false }
      : value,
  );
  return JSON.parse(text);
}
