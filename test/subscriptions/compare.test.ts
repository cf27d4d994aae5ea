import { describe, test } from "vitest";
import { comparedWithAsked } from "../../src/subscriptions/compare.ts";
import { now, subscription } from "./builders.ts";

const own = { accountId: "1", extensionId: "2" };
const presence = "/restapi/v1.0/account/~/extension/~/presence";

describe("comparedWithAsked", () => {
  test("finds nothing if the server only filled in ids and counted down", ({ expect }) => {
    const granted = subscription("a", {
      eventFilters: ["/team-messaging/v1/posts", "/restapi/v1.0/account/1/extension/2/presence"],
      expiresIn: 604_740,
    });
    const eventFilters = [presence, "/team-messaging/v1/posts"];
    expect(comparedWithAsked({ eventFilters, expiresIn: 604_800 }, granted, { now, own })).toEqual(
      [],
    );
    expect(comparedWithAsked({ eventFilters }, granted, { now, own })).toEqual([]);
  });

  test("does not take another extension for the user's own", ({ expect }) => {
    const granted = subscription("a", {
      eventFilters: ["/restapi/v1.0/account/1/extension/3/presence"],
    });
    expect(comparedWithAsked({ eventFilters: [presence] }, granted, { now, own })).toMatchObject([
      { kind: "missing", less: true },
      { kind: "extra", less: false },
    ]);
  });

  test("reports a shorter and a longer lifetime", ({ expect }) => {
    const { eventFilters } = subscription("a");
    const compared = (expiresIn: number) =>
      comparedWithAsked({ eventFilters, expiresIn }, subscription("a"), { now });
    expect(compared(315_360_000)).toEqual([
      {
        kind: "lifetime",
        less: true,
        sentence: "RingCentral granted 7 d instead of 10 y.",
      },
    ]);
    expect(compared(604_861)).toEqual([]);
    expect(compared(604_862)).toMatchObject([{ kind: "lifetime", less: true }]);
    expect(compared(604_740)).toEqual([]);
    expect(compared(3600)).toMatchObject([{ kind: "lifetime", less: false }]);
  });

  test("takes an unreadable lifetime for a shorter one", ({ expect }) => {
    const { expiresIn: _, ...silent } = subscription("a", { expirationTime: "soon" });
    const asked = { eventFilters: silent.eventFilters, expiresIn: 60 };
    expect(comparedWithAsked(asked, silent, { now })).toMatchObject([{ less: true }]);
  });

  test("reports filters that were disabled, left out and added", ({ expect }) => {
    const granted = subscription("a", {
      eventFilters: ["/restapi/v1.0/account/1/extension/2/presence", "/restapi/v1.0/new"],
      disabledFilters: [
        {
          filter: "/restapi/v1.0/account/1/extension/2/presence",
          reason: "SUB-412",
          message: "No",
        },
        { filter: "/restapi/v1.0/apart", reason: "SUB-403" },
      ],
    });
    const asked = { eventFilters: [presence, "/restapi/v1.0/apart", "/team-messaging/v1/posts"] };
    expect(comparedWithAsked(asked, granted, { now, own })).toEqual([
      {
        kind: "disabled",
        less: true,
        sentence: "RingCentral disabled account/~/extension/~/presence: No, SUB-412.",
      },
      {
        kind: "disabled",
        less: true,
        sentence: "RingCentral disabled /restapi/v1.0/apart: SUB-403.",
      },
      {
        kind: "missing",
        less: true,
        sentence: "RingCentral dropped /team-messaging/v1/posts without a reason.",
      },
      {
        kind: "extra",
        less: false,
        sentence: "RingCentral added /restapi/v1.0/new, which was not requested.",
      },
    ]);
  });
});
