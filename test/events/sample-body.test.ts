import { describe, test } from "vitest";
import { sampleBody } from "../../src/events/samples/sample-body.ts";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";

describe("sampleBody", () => {
  test("returns an object for every filter of the catalogue", ({ expect }) => {
    const without = catalogue.filter((entry) => typeof sampleBody(entry) !== "object");
    expect(without.map(({ filter }) => filter)).toEqual([]);
  });

  test("is the same every time", ({ expect }) => {
    expect(catalogue.map(sampleBody)).toEqual(catalogue.map(sampleBody));
  });

  test("survives JSON unchanged", ({ expect }) => {
    for (const entry of catalogue) {
      expect(JSON.parse(JSON.stringify(sampleBody(entry)))).toEqual(sampleBody(entry));
    }
  });

  test("contains a call for filters about calls", ({ expect }) => {
    const detailed = catalogue.filter(({ filter }) => filter.includes("detailedTelephonyState"));
    expect(detailed).toHaveLength(8);
    for (const entry of detailed) {
      expect(sampleBody(entry)).toMatchObject({
        telephonyStatus: "CallConnected",
        activeCalls: [{ telephonyStatus: "CallConnected" }],
      });
    }
  });

  test("contains the domain of each RingSense filter", ({ expect }) => {
    for (const entry of catalogue.filter(({ category }) => category === "ringsense")) {
      expect(sampleBody(entry)).toMatchObject({ domain: entry.filter.split("/").at(-2) });
    }
  });
});
