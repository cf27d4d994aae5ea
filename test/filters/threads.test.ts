import { describe, test } from "vitest";
import { hasThreadMessages, losesToThreads } from "../../src/filters/threads.ts";

const extension = "/restapi/v1.0/account/1/extension/2";
const store = `${extension}/message-store`;
const threads = "/restapi/v1.0/account/1/message-threads";

describe("filters for SMS to shared numbers", () => {
  test.for([
    `${store}/instant?type=SMS`,
    store,
    `${store}?type=SMS`,
    `${store}?direction=Inbound`,
    `${store}?direction=Inbound&type=SMS`,
    "/restapi/v1.0/account/~/extension/~/message-store",
  ])("goes to Message Threads instead of %s", (filter, { expect }) => {
    expect([losesToThreads(filter), hasThreadMessages(filter)]).toEqual([true, false]);
  });

  test.for([
    `${store}?type=SMS&direction=Outbound`,
    `${store}?direction=Outbound`,
    `${store}?type=Fax`,
    `${store}?type=Pager`,
    `${store}?type=Voicemail&direction=Inbound`,
    `${extension}/fax?direction=Inbound`,
    `${extension}/voicemail`,
    "/team-messaging/v1/posts",
    `${threads}/sync`,
    "no filter",
  ])("never came to %s", (filter, { expect }) => {
    expect([losesToThreads(filter), hasThreadMessages(filter)]).toEqual([false, false]);
  });

  test("include the messages of threads", ({ expect }) => {
    const filter = `${threads}/entries/sync`;
    expect([losesToThreads(filter), hasThreadMessages(filter)]).toEqual([false, true]);
  });
});
