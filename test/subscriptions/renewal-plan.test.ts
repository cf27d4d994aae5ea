import fc from "fast-check";
import { describe, test } from "vitest";
import { defaultLifetime, maximumLifetime } from "../../src/subscriptions/limits.ts";
import { renewalPlan, wantedLifetime } from "../../src/subscriptions/renewal-plan.ts";
import { allFilters } from "../../src/subscriptions/subscription-filters.ts";
import { now, record, subscription } from "./builders.ts";

const day = 86_400;

describe("wantedLifetime", () => {
  test("is the request, else the record, else the larger of the rest and the default", ({
    expect,
  }) => {
    expect(wantedLifetime({ asked: 30 * day, recorded: 60 * day, remaining: day })).toBe(30 * day);
    expect(wantedLifetime({ recorded: 60 * day, remaining: day })).toBe(60 * day);
    expect(wantedLifetime({ remaining: day })).toBe(defaultLifetime);
    expect(wantedLifetime({ remaining: 90 * day })).toBe(90 * day + 1);
  });

  test("is never less than what remains unless that is allowed", ({ expect }) => {
    expect(wantedLifetime({ asked: day, remaining: 5 * day })).toBe(5 * day + 1);
    expect(wantedLifetime({ asked: day, remaining: 5 * day, allowShorter: true })).toBe(day);
  });

  test("is at least twice the threshold of a reminder", ({ expect }) => {
    const inputs = { asked: day, remaining: 60, reminderThreshold: 3 * day };
    expect(wantedLifetime(inputs)).toBe(6 * day);
    expect(wantedLifetime({ ...inputs, allowShorter: true })).toBe(6 * day);
  });

  test("handles a lifetime that is past or unreadable", ({ expect }) => {
    expect(wantedLifetime({ remaining: -5 })).toBe(defaultLifetime);
    expect(wantedLifetime({ remaining: Number.NaN, asked: 60 })).toBe(60);
  });

  const seconds = fc.integer({ min: 1, max: 2 * maximumLifetime });
  const inputs = fc.record(
    {
      asked: fc.integer({ min: 1, max: maximumLifetime }),
      recorded: seconds,
      remaining: fc.integer({ min: -day, max: 2 * maximumLifetime }),
      reminderThreshold: seconds,
    },
    { requiredKeys: ["remaining"] },
  );

  test("never shortens a lifetime and stays within the platform's limits", ({ expect }) => {
    fc.assert(
      fc.property(inputs, (wish) => {
        const wanted = wantedLifetime(wish);
        expect(wanted).toBeGreaterThanOrEqual(Math.min(wish.remaining, maximumLifetime));
        expect(wanted).toBeGreaterThanOrEqual(1);
        expect(wanted).toBeLessThanOrEqual(maximumLifetime);
        expect(Number.isInteger(wanted)).toBe(true);
      }),
    );
  });

  test("is stable once granted, except for the second that hides a fraction", ({ expect }) => {
    fc.assert(
      fc.property(inputs, (wish) => {
        const remaining = wantedLifetime(wish);
        const again = wantedLifetime({ ...wish, remaining });
        expect([remaining, remaining + 1]).toContain(again);
      }),
    );
  });
});

describe("renewalPlan", () => {
  test("uses a plain renewal for the default lifetime", ({ expect }) => {
    expect(renewalPlan(subscription("a", { expiresIn: day }), { now })).toEqual({
      method: "renew",
      expiresIn: defaultLifetime,
      eventFilters: ["/team-messaging/v1/posts"],
    });
  });

  test("uses a PUT for any other lifetime, with the disabled filters", ({ expect }) => {
    const some = subscription("a", {
      expiresIn: day,
      disabledFilters: [{ filter: "/restapi/v1.0/glip/groups", reason: "SUB-412" }],
    });
    expect(renewalPlan(some, { recorded: record({ expiresIn: 30 * day }), now })).toEqual({
      method: "put",
      expiresIn: 30 * day,
      eventFilters: ["/team-messaging/v1/posts", "/restapi/v1.0/glip/groups"],
    });
    expect(renewalPlan(some, { asked: 2 * day, now })).toMatchObject({ expiresIn: 2 * day });
    expect(renewalPlan(subscription("a", { expiresIn: 8 * day }), { now })).toMatchObject({
      method: "put",
      expiresIn: 8 * day + 1,
    });
  });

  test("skips a subscription with more left than the platform grants today", ({ expect }) => {
    const old = subscription("a", { expiresIn: maximumLifetime + 1 });
    expect(renewalPlan(old, { asked: day, now }).method).toBe("leave");
    const longest = subscription("a", { expiresIn: maximumLifetime });
    expect(renewalPlan(longest, { now }).method).toBe("put");
  });

  test("keeps a reminder's threshold valid", ({ expect }) => {
    const eventFilters = [
      "/team-messaging/v1/posts",
      `/restapi/v1.0/subscription/~?threshold=${10 * day}&interval=${day}`,
    ];
    const some = subscription("a", { expiresIn: day, eventFilters });
    expect(renewalPlan(some, { now })).toMatchObject({ method: "put", expiresIn: 20 * day });
  });
});

describe("allFilters", () => {
  test("contains each filter once, whether the server lists disabled ones apart or not", ({
    expect,
  }) => {
    const some = subscription("a", {
      eventFilters: ["/restapi/v1.0/account/1/extension/2/presence", "/team-messaging/v1/posts"],
      disabledFilters: [
        { filter: "/restapi/v1.0/account/~/extension/~/presence", reason: "SUB-412" },
        { filter: "/restapi/v1.0/account/1/presence", reason: "SUB-412" },
      ],
    });
    expect(allFilters(some, { accountId: "1", extensionId: "2" })).toEqual([
      "/restapi/v1.0/account/1/extension/2/presence",
      "/team-messaging/v1/posts",
      "/restapi/v1.0/account/1/presence",
    ]);
  });
});
