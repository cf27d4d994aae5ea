import fc from "fast-check";
import { describe, test } from "vitest";
import {
  beginsWith,
  movedAddress,
  parseAddressPrefix,
  samePrefix,
} from "../../src/subscriptions/moved-address.ts";
import { isWhole } from "../support/share.ts";

const prefix = (text: string) => parseAddressPrefix(text, "--from");
const move = (address: string, from: string, to: string) =>
  movedAddress(address, prefix(from), prefix(to));

describe("movedAddress", () => {
  test.for([
    // A whole host.
    ["https://a.example/x/y", "https://a.example", "https://b.example", "https://b.example/x/y"],
    ["https://a.example/x", "https://a.example/", "https://b.example/", "https://b.example/x"],
    ["https://a.example/x", "https://a.example", "https://b.example/in", "https://b.example/in/x"],
    ["https://a.example", "https://a.example", "https://b.example", "https://b.example"],
    ["https://a.example/", "https://a.example", "https://b.example", "https://b.example/"],
    ["https://a.example?k=1", "https://a.example", "https://b.example", "https://b.example?k=1"],
    // Host without regard to case, default ports, user names.
    ["https://A.Example/X", "https://a.EXAMPLE", "https://b.example", "https://b.example/X"],
    ["https://a.example:443/x", "https://a.example", "https://b.example", "https://b.example/x"],
    ["https://a.example/x", "https://a.example:443", "https://b.example", "https://b.example/x"],
    [
      "https://a.example:8443/x",
      "https://a.example:8443",
      "https://b.example:1",
      "https://b.example:1/x",
    ],
    ["https://a.example:8443/x", "https://a.example", "https://b.example", undefined],
    ["https://a.example/x", "https://a.example:8443", "https://b.example", undefined],
    [
      "https://u:p@a.example/x",
      "https://a.example",
      "https://b.example",
      "https://u:p@b.example/x",
    ],
    ["http://127.0.0.1:80/x", "http://127.0.0.1", "http://127.0.0.1:81", "http://127.0.0.1:81/x"],
    ["http://a.example/x", "https://a.example", "https://b.example", undefined],
    ["https://a.example.evil/x", "https://a.example", "https://b.example", undefined],
    ["https://b.a.example/x", "https://a.example", "https://b.example", undefined],
    ["https://a.example@evil.example/x", "https://a.example", "https://b.example", undefined],
    // A path, at its boundary.
    ["https://a.example/x", "https://a.example/x", "https://a.example/y", "https://a.example/y"],
    ["https://a.example/x/1", "https://a.example/x", "https://b.example", "https://b.example/1"],
    ["https://a.example/xy", "https://a.example/x", "https://a.example/y", undefined],
    ["https://a.example/X", "https://a.example/x", "https://a.example/y", undefined],
    [
      "https://a.example/x?y=/z",
      "https://a.example/x",
      "https://a.example/y",
      "https://a.example/y?y=/z",
    ],
    ["https://a.example/?p=/x/", "https://a.example/x", "https://a.example/y", undefined],
    ["https://a.example/x", "https://a.example/x/", "https://a.example/y", undefined],
    ["https://a.example/x/", "https://a.example/x/", "https://a.example/y", "https://a.example/y/"],
    [
      "https://a.example/x/1",
      "https://a.example/x/",
      "https://a.example/y/",
      "https://a.example/y/1",
    ],
    [
      "https://a.example/x//1",
      "https://a.example/x",
      "https://a.example/y",
      "https://a.example/y//1",
    ],
    [
      "https://a.example/w/../x/1",
      "https://a.example/x",
      "https://a.example/y",
      "https://a.example/y/1",
    ],
    // What was moved stays, where --to lies below --from.
    ["https://a.example/new/x", "https://a.example", "https://a.example/new", undefined],
    [
      "https://a.example/x",
      "https://a.example",
      "https://a.example/new",
      "https://a.example/new/x",
    ],
    // No URL that RingCentral would have taken.
    ["", "https://a.example", "https://b.example", undefined],
    ["https://a.example\\x", "https://a.example", "https://b.example", undefined],
    ["https://a.example/\tx", "https://a.example", "https://b.example", undefined],
  ] as const)("makes of %s, from %s to %s, %s", ([address, from, to, expected], { expect }) => {
    expect(move(address, from, to)).toBe(expected);
    expect(beginsWith(address, prefix(from))).toBe(
      expected !== undefined || to === "https://a.example/new",
    );
  });

  const segments = fc.array(fc.constantFrom("x", "y", "new", "%7E", ""), { maxLength: 3 });
  const path = segments.map((parts) => parts.map((part) => `/${part}`).join(""));
  const host = fc.constantFrom(
    "https://a.example",
    "https://b.example:8443",
    "https://a.example:444",
  );
  const query = fc.constantFrom("", "?k=v", "?u=https://a.example/x");
  const cases = fc.record({
    from: fc.tuple(host, path),
    to: fc.tuple(host, path),
    rest: path,
    query,
  });

  test("is undone by the way back, keeps the rest, and moves nothing twice", ({ expect }) => {
    fc.assert(
      fc.property(cases, ({ from, to, rest, query }) => {
        const [source, target] = [from.join(""), to.join("")];
        if (samePrefix(prefix(source), prefix(target))) return;
        const address = source.replace(/\/$/, "") + rest + query;
        const moved = move(address, source, target);
        if (moved === undefined) return;
        expect(beginsWith(moved, prefix(target.replace(/\/$/, "")))).toBe(true);
        expect(moved.endsWith(rest + query)).toBe(true);
        // Where one lies below the other, the way back is another, or the command refuses it.
        const isNested =
          beginsWith(target, prefix(source.replace(/\/+$/, ""))) ||
          beginsWith(source, prefix(target.replace(/\/+$/, "")));
        if (!isNested) {
          expect(move(moved, source, target)).toBeUndefined();
          if (!/\/$/.test(source + target)) expect(move(moved, target, source)).toBe(address);
        }
        const isBelow = beginsWith(target, prefix(source.replace(/\/+$/, "")));
        if (isBelow && !/\/$/.test(source)) expect(move(moved, source, target)).toBeUndefined();
      }),
      { seed: 15, numRuns: isWhole ? 20_000 : 500 },
    );
  });
});

describe("parseAddressPrefix", () => {
  test.for([
    "",
    "a.example",
    "ftp://a.example",
    "https://",
    "https:a.example",
    "https://a.example/x?y",
    "https://a.example/#x",
    "https://user:pass@a.example",
    "https://a.example/x y",
    "https://a.example\\x",
  ])("refuses %j", (text, { expect }) => {
    expect(() => parseAddressPrefix(text, "--to")).toThrow("Invalid --to value");
  });

  test("shows no password", ({ expect }) => {
    expect(() => prefix("https://user:pass@a.example")).toThrow(/^(?!.*pass)/);
  });
});
