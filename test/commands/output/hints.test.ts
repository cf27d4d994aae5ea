import { describe, test } from "vitest";
import { hintsByKind } from "../../../src/commands/output/hints.ts";

const seeEach = (...ids: readonly string[]) =>
  ids.map((id) => ({ id, hint: `See it with \`rcwh show ${id}\`.` }));

describe("the hint for problems of one kind", () => {
  test("has every id where a command takes several", ({ expect }) => {
    const problems = ["one", "two"].map((id) => ({
      id,
      hint: `Renew it with \`rcwh renew ${id}\`.`,
    }));
    expect(hintsByKind(problems)).toEqual(["Renew them with `rcwh renew one two`."]);
  });

  test("has a command for the first where it takes one, and says for which others", ({
    expect,
  }) => {
    expect(hintsByKind(seeEach("one"))).toEqual(["See it with `rcwh show one`."]);
    expect(hintsByKind(seeEach("one", "two", "one"))).toEqual([
      "See it with `rcwh show one`. Do the same for two.",
    ]);
    expect(hintsByKind(seeEach("one", "two", "three", "four", "five"))).toEqual([
      "See it with `rcwh show one`. Do the same for the other 4.",
    ]);
  });

  test("is a line of its own beside other kinds, and never has a placeholder", ({ expect }) => {
    const hints = hintsByKind([
      ...seeEach("one", "two"),
      {
        id: "two",
        hint: "Give the role a permission; then run `rcwh update two --add-filter sms`.",
      },
      { id: "none" },
    ]);
    expect(hints).toHaveLength(2);
    expect(hints?.join("\n")).not.toContain("<");
    expect(hintsByKind([{ id: "none" }])).toBeUndefined();
  });
});
