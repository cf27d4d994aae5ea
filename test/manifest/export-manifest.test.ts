import fc from "fast-check";
import { expect, test } from "vitest";
import { userOf } from "../../src/emulator/sign-in/users.ts";
import { sameFilters } from "../../src/filters/compare.ts";
import type { OwnedSubscription } from "../../src/lifecycle/inventory.ts";
import { isPending } from "../../src/manifest/change.ts";
import { exportManifest } from "../../src/manifest/export/export-manifest.ts";
import { planChanges } from "../../src/manifest/plan-changes.ts";
import { readManifest } from "../../src/manifest/reading/read-manifest.ts";
import { wantedSubscriptions } from "../../src/manifest/wanted.ts";
import type { SubscriptionRecord } from "../../src/subscriptions/record.ts";
import { allFilters } from "../../src/subscriptions/subscription-filters.ts";
import { now } from "../support/rcwh.ts";
import { isWhole } from "../support/share.ts";
import { ownFilters } from "../support/subscriptions.ts";

const user = userOf(1);
const own = { accountId: `${user.accountId}`, extensionId: `${user.extensionId}` };
const { accountId, extensionId } = own;
const server = "https://platform.ringcentral.com";

const addresses = [
  "https://example.com/hook",
  "https://example.com/hooks/orders",
  "https://EXAMPLE.com:443/hooks/orders",
  "https://example.com/hooks/orders?key=${KEY}&$${x}",
  "https://user:pass@example.com:8443/a%20b/%7Ec/true",
  "https://exämple.com/größe",
  "https://example.com/#x",
  "https://example.com/a'b\"c,d]}:#",
  "https://[2001:db8::1]/v1",
  "https://example.com/\u{1f600}/\u200b",
  "http://example.com/",
  "https://example.com/2024",
  "https://null/",
] as const;

const account = `/restapi/v1.0/account/${accountId}`;
const filters = [
  ...Object.values(ownFilters),
  "/restapi/v1.0/account/~/extension/~/fax?direction=Inbound",
  "/restapi/v1.0/glip/posts",
  `${account}/extension/99887766/presence?detailedTelephonyState=true`,
  `${account}/presence`,
  `${account}/extension/${extensionId}/message-store?type=SMS&direction=Inbound`,
  `${account}/telephony/sessions?statusCode=Disconnected&missedCall=true`,
  "/restapi/v1.0/account/~/new-thing",
  "/restapi/v1.0/account/~/new-thing?a=1,sms",
  "/restapi/v1.0/account/~/new-thing?a=${A}",
  "/restapi/v1.0/account/~/a b",
  "/restapi/v1.0/account/~/extension/~/message-store?type=Odd",
  "/restapi/v1.0/subscription/~?threshold=60&interval=15",
  "/restapi/v1.0/subscription/~?threshold=864000&interval=7200",
] as const;

const lifetime = fc.constantFrom(undefined, 61, 3600, 604_800, 129_600, 7_776_001, 315_360_000);

const state = fc.array(
  fc.record({
    address: fc.constantFrom(...addresses),
    eventFilters: fc.uniqueArray(fc.constantFrom(...filters), { minLength: 1, maxLength: 4 }),
    disabled: fc.boolean(),
    transport: fc.constantFrom("WebHook", "WebHook", "WebHook", "WebSocket", "PubNub"),
    record: fc.constantFrom("none", "own", "foreign", "managed"),
    token: fc.boolean(),
    asked: lifetime,
    left: fc.constantFrom(60, 86_400, 604_800, 30_000_000),
  }),
  { maxLength: 8 },
);

type State = typeof state extends fc.Arbitrary<infer Value> ? Value : never;

/** What the server lists, and what is on record. */
function accountOf(all: State) {
  const records = new Map<string, SubscriptionRecord>();
  const subscriptions = all.map((each, index): OwnedSubscription => {
    const id = `${index}`.padStart(8, "0");
    const expirationTime = new Date(now + each.left * 1000).toISOString();
    const [first = "", ...rest] = each.eventFilters;
    if (each.record !== "none") {
      records.set(id, {
        ...{ id, api: "platform", eventFilters: each.eventFilters, address: each.address },
        expirationTime,
        ...(each.asked !== undefined && { expiresIn: each.asked }),
        ...(each.record === "foreign"
          ? { foreign: true }
          : each.token && { verificationToken: `s3cret-${index}` }),
        ...(each.record === "managed" && {
          managedAs: { manifest: "default", webhook: `w${index}` },
        }),
      });
    }
    return {
      ...{ id, uri: "", status: "Active", profile: "p", api: "platform" },
      eventFilters: each.disabled ? rest : each.eventFilters,
      ...(each.disabled && { disabledFilters: [{ filter: first, reason: "SUB-412" }] }),
      deliveryMode: { transportType: each.transport, address: each.address },
      creationTime: new Date(now - index * 1000).toISOString(),
      expirationTime,
      expiresIn: each.left,
    };
  });
  return { records, subscriptions };
}

test("What is exported of any account is read as what the account has, and takes no change", async () => {
  let exportedInAll = 0;
  await fc.assert(
    fc.asyncProperty(state, fc.boolean(), async (all, takesOneOfDuplicates) => {
      const { records, subscriptions } = accountOf(all);
      const exported = exportManifest(subscriptions, {
        ...{ records, own, malformed: [], manifest: "default", profile: undefined, server },
        ...{ takesOneOfDuplicates, replaced: new Map() },
      });
      expect(exported.text).not.toContain("s3cret");
      const read = await readManifest(exported.text, "rcwh.yaml", {
        now,
        variables: () => undefined,
        server: async () => server,
        secretFile: async () => "",
      });
      if ("problems" in read) throw new Error(JSON.stringify(read.problems));
      const { manifest } = read;
      exportedInAll += manifest.webhooks.length;
      expect(exported.leftOut + manifest.webhooks.length).toBe(subscriptions.length);
      expect(manifest.webhooks.map(({ name }) => name)).toEqual(
        exported.webhooks.map(({ name }) => name),
      );
      for (const [index, { subscription, name }] of exported.webhooks.entries()) {
        const webhook = manifest.webhooks[index];
        const record = records.get(subscription.id);
        expect(new URL(webhook?.address ?? "").href).toBe(
          new URL(subscription.deliveryMode.address ?? "").href,
        );
        const known = allFilters(subscription, own);
        expect(sameFilters(webhook?.eventFilters ?? [], known, own)).toBe(true);
        if (record?.expiresIn !== undefined) {
          expect(webhook?.lifetime?.seconds).toBe(record.expiresIn);
        }
        if (record?.managedAs) expect(name).toBe(record.managedAs.webhook);
      }
      // One of several duplicates is found by the name that --adopt keeps.
      const adopted = new Map(records);
      for (const { name, subscription } of takesOneOfDuplicates ? exported.webhooks : []) {
        const { id, deliveryMode, eventFilters, expirationTime, api } = subscription;
        const address = deliveryMode.address ?? "";
        const unknown = { id, api, address, eventFilters, expirationTime, foreign: true };
        const managedAs = { manifest: "default", webhook: name };
        adopted.set(id, { ...(records.get(id) ?? unknown), managedAs });
      }
      // Those that no file can have keep their names.
      const kept = new Set(exported.webhooks.map(({ subscription }) => subscription.id));
      const plan = planChanges(wantedSubscriptions(manifest), {
        ...{ records: adopted, subscriptions, own, manifest: "default", profile: "p", missing: [] },
        ...{ replaced: new Set<string>(), now, allowShorter: false, showSecrets: false },
      });
      const changes = plan.changes.filter(
        (change) =>
          isPending(change) &&
          (change.action !== "delete" || kept.has(change.subscription?.id ?? "")),
      );
      expect(changes).toEqual([]);
    }),
    { seed: 4, numRuns: isWhole ? 20_000 : 40 },
  );
  expect(exportedInAll).toBeGreaterThan(40);
});
