import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { catalogue } from "../../src/filters/catalogue.ts";
import type { CatalogueEntry } from "../../src/filters/catalogue-entry.ts";
import { sampleBody } from "../../src/filters/samples.ts";

const reference = new URL("../../../shared/reference/events.openapi.json", import.meta.url);

/** The schemas of the public definition, by the end of the filter that they belong to. */
const schemas: readonly (readonly [string, string])[] = [
  ["/message-store/instant?type=SMS", "InstantMessageEventBody"],
  ["/message-store", "MessageEventBody"],
  ["/voicemail", "VoicemailMessageEventBody"],
  ["/inbound-messages", "InboundMessageEvent"],
  ["/telephony/sessions", "TelephonySessionsEventBody"],
  ["/missed-calls", "MissedCallEvent"],
  ["/start-ring", "IncomingCallEvent"],
  ["/stop-ring", "IncomingCallEvent"],
  ["/incoming-call-pickup", "IncomingCallEvent"],
  ["{accountId}/presence", "AccountPresenceEventBody"],
  ["/call-queues/{groupId}/presence", "CallQueuePresenceEventBody"],
  ["/presence", "ExtensionPresenceEventBody"],
  ["?detailedTelephonyState=true", "DetailedExtensionPresenceEventBody"],
  ["&sipData=true", "DetailedExtensionPresenceWithSIPEventBody"],
  ["/grant", "ExtensionGrantListEventBody"],
  ["/favorite", "ExtensionFavoritesEventBody"],
  ["/extension/{extensionId}", "ExtensionInfoEventBody"],
];

function schemaOf({ filter }: CatalogueEntry): string | undefined {
  return schemas.find(([end]) => filter.endsWith(end))?.[1];
}

describe("sampleBody", () => {
  test("gives every filter of the catalogue an object", ({ expect }) => {
    const without = catalogue.filter((entry) => typeof sampleBody(entry) !== "object");
    expect(without.map(({ filter }) => filter)).toEqual([]);
  });

  test("survives JSON unchanged", ({ expect }) => {
    for (const entry of catalogue) {
      expect(JSON.parse(JSON.stringify(sampleBody(entry)))).toEqual(sampleBody(entry));
    }
  });

  test("has no telephone numbers but fictional ones", ({ expect }) => {
    const text = JSON.stringify(catalogue.map(sampleBody));
    const numbers = text.match(/\+\d{7,}/g) ?? [];
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers.filter((number) => !/^\+120255501\d\d$/.test(number))).toEqual([]);
  });

  test("names the domain of each RingSense filter", ({ expect }) => {
    for (const entry of catalogue.filter(({ category }) => category === "ringsense")) {
      expect(sampleBody(entry)).toMatchObject({ domain: entry.filter.split("/").at(-2) });
    }
  });

  test("is valid by RingCentral's own definition", async (context) => {
    if (!existsSync(reference))
      return context.skip("there is no events.openapi.json beside the project");
    const { expect } = context;
    const { Ajv } = await import("ajv");
    const formats = await import("ajv-formats");
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default.default(ajv);
    ajv.addSchema(JSON.parse(readFileSync(reference, "utf8")), "events");

    const checked = catalogue.flatMap((entry) => {
      const schema = schemaOf(entry);
      return schema ? [{ entry, schema }] : [];
    });
    const problems = checked.flatMap(({ entry, schema }) => {
      const body = sampleBody(entry);
      const pointer = `events#/components/schemas/${schema}`;
      const definition = ajv.getSchema(pointer)?.schema;
      const known = Object.keys((definition as { readonly properties: object }).properties);
      const strangers = Object.keys(body as object).filter((key) => !known.includes(key));
      return ajv.validate({ $ref: pointer }, body)
        ? strangers
            .filter(() => !looselyDefined.includes(entry.filter))
            .map((key) => `${entry.filter}: ${key}`)
        : [`${entry.filter}: ${ajv.errorsText()}`];
    });

    expect(problems).toEqual([]);
    expect(checked.length).toBe(24);
  });
});

/** Delivered in another shape than the definition's, by RingCentral's own samples. */
const looselyDefined: readonly string[] = [
  "/restapi/v1.0/account/{accountId}/call-queues/{groupId}/presence",
];
