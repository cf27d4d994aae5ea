import fc from "fast-check";
import { describe, test } from "vitest";
import { parseEnvFile } from "../../src/config/env-file.ts";
import { anyCharacter } from "../support/any-text.ts";
import { isWhole } from "../support/share.ts";

describe("a .env file", () => {
  test.for([
    ["KEY = 'value'", "value"],
    ['KEY="a \\"b\\" \\\\ \\$c \\n d"', 'a "b" \\ $c \n d'],
    ["KEY='a \\n b'", "a \\n b"],
    ["export KEY=value", "value"],
    ["  KEY  =  two words  ", "two words"],
    ["KEY=value # comment", "value"],
    ["KEY='value' # comment", "value"],
    ["KEY=a#b", "a#b"],
    ["KEY=#b", "#b"],
    ["KEY= # nothing", ""],
    ["KEY=", ""],
    ["KEY=''", ""],
    ["KEY=a=b==", "a=b=="],
    ["KEY=$OTHER", "$OTHER"],
    ["KEY='first\nsecond'", "first\nsecond"],
    ["KEY=one\nKEY=two", "two"],
    ["\uFEFFKEY=value\r\n", "value"],
    ["# comment\r\n\r\nKEY='value'\r\nOTHER=1", "value"],
    ["OTHER\nKEY=value", "value"],
    ["#KEY=value", undefined],
  ] as const)("reads %j as %j", ([text, value], { expect }) => {
    expect(parseEnvFile(text, ".env").get("KEY")).toBe(value);
  });

  test.for([
    "secret!",
    "KEY: secret",
    "='secret'",
    "KEY='secret",
    'KEY="secret',
    "KEY='secret' more",
    "KEY='it's secret'",
  ])("with %j on its second line is refused without repeating the secret", (line, { expect }) => {
    expect(() => parseEnvFile(`A=1\n${line}\n`, "prod.env")).toThrow(
      expect.objectContaining({
        message: "Line 2 of prod.env is not an assignment.",
        hint: "Write it as KEY='value', or put a # before it.",
        exitCode: 2,
      }),
    );
  });

  test("returns every value that was written in double quotes", ({ expect }) => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/);
    const variables = fc.array(fc.tuple(name, fc.string({ unit: anyCharacter })));
    const escapes = new Map([
      ["\n", "\\n"],
      ["\r", "\\r"],
    ]);
    const quoted = (value: string) =>
      `"${value.replaceAll(/["\\\n\r]/g, (character) => escapes.get(character) ?? `\\${character}`)}"`;

    fc.assert(
      fc.property(variables, fc.constantFrom("=", " = ", "\t="), (list, equals) => {
        const text = list.map(([key, value]) => `${key}${equals}${quoted(value)}`).join("\n");
        expect(parseEnvFile(text, ".env")).toEqual(new Map(list));
      }),
      { numRuns: isWhole ? 1000 : 25 },
    );
  });

  test("is either read or refused, whatever it contains", ({ expect }) => {
    const piece = fc.constantFrom("KEY", "=", " ", "'", '"', "#", "\\", "\n", "export ", "é", "1");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          parseEnvFile(pieces.join(""), ".env");
        } catch (error) {
          expect(error).toMatchObject({ exitCode: 2 });
        }
      }),
    );
  });
});
