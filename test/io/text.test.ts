import fc from "fast-check";
import { describe, test } from "vitest";
import { truncateMiddle, wrap, wrapLine } from "../../src/io/text.ts";
import { oneLine, printable, stripControls } from "../../src/one-line.ts";
import { anyCharacter } from "../support/any-text.ts";

describe("oneLine", () => {
  test("keeps ordinary text, other scripts and emoji", ({ expect }) => {
    expect(oneLine("Grüße 世界 🎉 /a?b=c ")).toBe("Grüße 世界 🎉 /a?b=c ");
  });

  test("removes whole escape sequences", ({ expect }) => {
    expect(oneLine("a\u001b[31mred\u001b[0m \u001b]0;title\u0007b\u009b2Jc")).toBe("ared bc");
    expect(oneLine("\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\")).toBe("link");
  });

  test("turns line breaks, bidirectional overrides and zero-width characters into spaces", ({
    expect,
  }) => {
    expect(oneLine("a\r\nb\tc\u202egpj.exe\u200bd\u2028e")).toBe("a b c gpj.exe d e");
  });

  test("never moves the cursor, whatever the input", ({ expect }) => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("stripControls", () => {
  test("keeps line feeds and removes other control characters", ({ expect }) => {
    expect(stripControls("one\r\ntwo\u0007\n\u001b[1mthree")).toBe("one\ntwo \nthree");
  });
});

describe("truncateMiddle", () => {
  test("keeps both ends", ({ expect }) => {
    expect(truncateMiddle("https://example.com/hook", 11)).toBe("https…/hook");
    expect(truncateMiddle("abcdef", 4)).toBe("ab…f");
    expect(truncateMiddle("short", 5)).toBe("short");
    expect(truncateMiddle("abc", 1)).toBe("…");
    expect(truncateMiddle("abc", 0)).toBe("");
  });

  test("is never wider than requested, and exactly as wide if every character has one column", ({
    expect,
  }) => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(truncateMiddle(text, width)).toHaveLength(Math.min(width, text.length));
      }),
    );
  });
});

describe("wrap", () => {
  test("breaks inside a URL or a list at suitable characters", ({ expect }) => {
    expect(wrap("/restapi/v1.0/account/~/extension/~/presence?sipData=true", 25)).toEqual([
      "/restapi/v1.0/account/~/",
      "extension/~/presence",
      "?sipData=true",
    ]);
    expect(wrap("some words in a row", 10)).toEqual(["some words", "in a row"]);
    expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
    expect(wrap("", 3)).toEqual([""]);
  });

  test("keeps an id in one piece where it fits on a line", ({ expect }) => {
    const id = "b936ab66-0972-4505-9d20-cd04d7139978";
    const see = `→ See \`rcwh show ${id}\`.`;
    expect(wrap(see, 39)).toEqual(["→ See `rcwh show", `${id}\`.`]);
    expect(wrap(`Delete \`${id}\` now.`, 40)).toEqual(["Delete", `\`${id}\``, "now."]);
    expect(wrap(id, 20)).toEqual([id.slice(0, 20), id.slice(20)]);
  });

  test("loses nothing but spaces and exceeds no line", ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("wrapLine", () => {
  test("counts a long text in linear time, and flags and families as one character each", ({
    expect,
  }) => {
    const start = process.cpuUsage();
    expect(wrapLine("界".repeat(20_000), 80)).toHaveLength(1);
    for (const character of ["🇩🇪", "👩‍👩‍👧", "é"]) {
      const text = character.repeat(3000);
      expect(truncateMiddle(text, 3000)).toBe(text);
    }
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2500);
  });

  test("breaks between words, and keeps a longer word whole", ({ expect }) => {
    expect(wrapLine("some words in a row", 10)).toEqual(["some words", "in a row"]);
    expect(wrapLine("see https://example.com/long now", 12)).toEqual([
      "see",
      "https://example.com/long",
      "now",
    ]);
    expect(wrapLine("", 3)).toEqual([""]);
    expect(wrapLine("see `rcwh list` now", 12)).toEqual(["see", "`rcwh list`", "now"]);
    expect(wrapLine("see `rcwh list` now", 9)).toEqual(["see `rcwh", "list` now"]);
  });

  test("indents continuation lines like the line's text", ({ expect }) => {
    expect(wrapLine("  - one two three", 12)).toEqual(["  - one two", "    three"]);
    expect(wrapLine("  2. one two three", 13)).toEqual(["  2. one two", "     three"]);
    expect(wrapLine("  5  try again later", 14)).toEqual(["  5  try again", "     later"]);
    expect(wrapLine("    one two three", 11)).toEqual(["    one two", "    three"]);
  });

  test("keeps a command in one piece for pasting", ({ expect }) => {
    expect(
      wrapLine("  jq -r '.a | .b' file.json", 20, { indent: "    ", isCommand: true }),
    ).toEqual(["  jq -r '.a | .b' \\", "    file.json"]);
  });

  test("counts escape sequences as zero and wide characters as two columns", ({ expect }) => {
    expect(wrapLine("\u001b[31mred\u001b[39m ab cd", 6)).toEqual([
      "\u001b[31mred\u001b[39m ab",
      "cd",
    ]);
    expect(wrapLine("世界 ab", 6)).toEqual(["世界", "ab"]);
  });

  test("loses nothing but spaces and is never wider than its longest word", ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const lines = wrapLine(text, width);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        for (const line of lines) {
          if (line.length > width) expect(line.trim()).not.toContain(" ");
        }
      }),
    );
  });
});

describe("printable", () => {
  test("keeps text, line feeds, tabs and the colors of rcwh", ({ expect }) => {
    const text = "one\ttwo\n\u001b[1mbold\u001b[22m \u001b[31mred\u001b[39m Grüße 世界 🎉";
    expect(printable(text)).toBe(text);
  });

  test("shows everything else that a terminal acts on", ({ expect }) => {
    expect(printable("\u001b[8mhidden\u001b[2J\u001b]0;title\u0007\r\u202e\u009bx")).toBe(
      " [8mhidden [2J ]0;title    x",
    );
  });
});
