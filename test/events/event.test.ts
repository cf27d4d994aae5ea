import { describe, test } from "vitest";
import { generateEvent } from "../../src/events/event.ts";
import { openPlaceholders } from "../../src/filters/aliases.ts";
import { eventContext, filters, now, user } from "./kit.ts";

const { accountId, extensionId } = user;

describe("generateEvent", () => {
  test("wraps the body in RingCentral's envelope", ({ expect }) => {
    const filter = "/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true";
    expect(generateEvent(filter, eventContext(1), "s-1")).toEqual({
      uuid: expect.stringMatching(/^[1-9]\d{16,18}$/),
      event: `/restapi/v1.0/account/${accountId}/extension/${extensionId}/presence?detailedTelephonyState=true`,
      timestamp: new Date(now).toISOString(),
      subscriptionId: "s-1",
      ownerId: String(extensionId),
      body: expect.objectContaining({ telephonyStatus: "CallConnected" }),
    });
  });

  test("invents a subscription if none is given", ({ expect }) => {
    const [first, second] = [1, 2].map((seed) =>
      generateEvent(filters[0] ?? "", eventContext(seed)),
    );
    expect(first?.subscriptionId).toMatch(/^[\da-f-]{36}$/);
    expect(first?.subscriptionId).not.toBe(second?.subscriptionId);
  });

  test("leaves no placeholder", ({ expect }) => {
    const events = filters.map(
      (filter) => generateEvent(filter, eventContext(1))?.event ?? "{none}",
    );
    expect(events.filter((event) => openPlaceholders(event).length > 0)).toEqual([]);
    expect(events.filter((event) => event.includes("~"))).toEqual([
      "/restapi/v1.0/subscription/~?threshold=259200&interval=43200",
    ]);
  });

  test("uses the same id in the filter and in the body", ({ expect }) => {
    const filter = "/restapi/v1.0/account/{accountId}/a2p-sms/batches/{batchId}";
    const { event, body } = generateEvent(filter, eventContext(1)) ?? {};
    expect(event).toBe(`/restapi/v1.0/account/${accountId}/a2p-sms/batches/${body?.["id"]}`);
  });

  test("keeps a query as it was written", ({ expect }) => {
    const query = "direction=Inbound&to=%2B14155550166";
    expect(
      generateEvent(`/restapi/v1.0/account/~/a2p-sms/messages?${query}`, eventContext(1))?.event,
    ).toBe(`/restapi/v1.0/account/${accountId}/a2p-sms/messages?${query}`);
  });

  test("names the extension for account-wide telephony and presence", ({ expect }) => {
    const account = `/restapi/v1.0/account/${accountId}`;
    const eventOf = (filter: string) => generateEvent(filter, eventContext(1))?.event;
    expect([
      eventOf("/restapi/v1.0/account/~/telephony/sessions?direction=Inbound"),
      eventOf("/restapi/v1.0/account/~/presence"),
      eventOf("/restapi/v1.0/account/~/presence?detailedTelephonyState=true&sipData=true"),
      eventOf("/restapi/v1.0/account/~/directory/entries"),
    ]).toEqual([
      `${account}/extension/${extensionId}/telephony/sessions?direction=Inbound`,
      `${account}/extension/${extensionId}/presence`,
      `${account}/extension/${extensionId}/presence?detailedTelephonyState=true&sipData=true`,
      `${account}/directory/entries`,
    ]);
  });

  test("has uuids that are not JavaScript numbers", ({ expect }) => {
    const uuids = filters.map((filter) => generateEvent(filter, eventContext(1))?.uuid ?? "");
    expect(uuids.filter((uuid) => String(Number(uuid)) === uuid)).toEqual([]);
  });

  test("refuses an unknown filter", ({ expect }) => {
    expect(generateEvent("/restapi/v1.0/nothing", eventContext(1))).toBe(undefined);
  });
});
