import { expect, test } from "vitest";
import { nameWebhooks } from "../../src/manifest/export/webhook-names.ts";

test.for([
  ["http://127.0.0.1:8080/hook?a=1", "hook"],
  ["http://127.0.0.1:8080/", "sms"],
  ["http://127.0.0.1:8080/42", "hook-42"],
  ["http://127.0.0.1:8080/orders/7", "orders-7"],
  ["http://127.0.0.1:8080/api/v2/webhook", "webhook"],
  ["http://127.0.0.1:8080/webhook/7", "webhook-7"],
  ["http://127.0.0.1:8080/%E2%80%AE%1b%5b31m", "sms"],
  ["http://127.0.0.1:8080/%E0%A4%A", "sms"],
  ["http://127.0.0.1:8080/caf%C3%A9", "café"],
  ["http://[2001:db8::1]/events", "events"],
  ["http://localhost:9/events", "events"],
  ["https://billing.example.com/hook", "billing"],
  ["https://hooks.example.com/", "example"],
  ["https://163.example.com/hook", "example"],
  ["https://example.com/orders/0a1b2c3d4e", "orders"],
])("%s is called %s", ([address = "", name]) => {
  expect(nameWebhooks([{ address, filters: ["sms"], name: undefined }])).toEqual([name]);
});

test("Several with the same word are told apart by their filters, then by a number", () => {
  const address = "http://127.0.0.1:8080/";
  const all = [["sms"], ["sms"], ["/restapi/v1.0/account/~/presence?x=1"]];
  const webhooks = all.map((filters) => ({ address, filters, name: undefined }));
  expect(nameWebhooks(webhooks)).toEqual(["sms", "sms-2", "presence"]);
});
