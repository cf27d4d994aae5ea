import { describe, test } from "vitest";
import { nameOf, naming } from "../../src/subscriptions/name.ts";

const id = "8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44";
const sms = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
const posts = "/team-messaging/v1/posts";
const webhook = { id, eventFilters: [posts], deliveryMode: { address: "https://a.example/h?k=1" } };

describe("a name", () => {
  test("is the id with the URL, without its query", ({ expect }) => {
    expect(nameOf(webhook)).toBe(`${id} (https://a.example/h?…)`);
    expect(nameOf(webhook, true)).toBe(`${id} (https://a.example/h?k=1)`);
  });

  test("has the filters where there is no URL, and at most two of them", ({ expect }) => {
    const deliveryMode = { transportType: "WebSocket", address: undefined };
    expect(nameOf({ id, deliveryMode, eventFilters: [posts] })).toBe(`${id} (${posts})`);
    expect(nameOf({ id, address: "", eventFilters: [sms, posts, sms, posts] })).toBe(
      `${id} (account/~/extension/~/message-store/instant?type=SMS, ${posts} and 2 more)`,
    );
  });

  test("is the id alone where nothing else is known", ({ expect }) => {
    expect(nameOf({ id })).toBe(id);
  });
});

describe("a message about a subscription", () => {
  const name = nameOf(webhook);

  test("has its name where it had only the id, once", ({ expect }) => {
    expect(naming(`Could not read ${id}: ${id} is odd.`, webhook)).toBe(
      `Could not read ${name}: ${id} is odd.`,
    );
    expect(naming(`Could not read ${name}.`, webhook)).toBe(`Could not read ${name}.`);
  });

  test("begins with its name where it had none", ({ expect }) => {
    expect(naming("It is Blacklisted.", webhook)).toBe(`${name} is Blacklisted.`);
    expect(naming("It has no id.", { ...webhook, id: "" })).toBe("It has no id.");
  });
});
