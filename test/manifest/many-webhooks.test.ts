import { expect, test } from "vitest";
import { planChanges } from "../../src/manifest/plan-changes.ts";
import type { WantedSubscription } from "../../src/manifest/wanted.ts";

/** Milliseconds of the processor. A quarter of a second, on a machine that other tests keep busy. */
const most = 2000;

test("A plan of three thousand webhooks with one URL takes no longer than reading them", () => {
  const wanted = Array.from(
    { length: 3000 },
    (_, index): WantedSubscription => ({
      webhook: `webhook-${index}`,
      api: "platform",
      address: "https://example.com/hook",
      eventFilters: [`/restapi/v1.0/account/~/extension/${index}/presence`],
      lifetime: undefined,
      verificationToken: undefined,
      place: { file: "rcwh.yaml", line: index, column: 1 },
    }),
  );
  const before = process.cpuUsage();
  const { changes } = planChanges(wanted, {
    ...{ manifest: "default", profile: "default", subscriptions: [], records: new Map() },
    ...{ own: {}, missing: [], replaced: new Set(), now: 0 },
    ...{ allowShorter: false, showSecrets: false },
  });
  const { user } = process.cpuUsage(before);
  expect(changes.filter(({ action }) => action === "create")).toHaveLength(3000);
  expect(user / 1000).toBeLessThan(most);
});
