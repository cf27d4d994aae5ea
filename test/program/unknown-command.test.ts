import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { commandNames, commands } from "../../src/program/commands.ts";
import { unknownCommand } from "../../src/program/unknown-command.ts";

describe("the error for an unknown command", () => {
  test("suggests what commander would", () => {
    for (const word of misspelled(commandNames)) {
      const { hint = "" } = unknownCommand(word, commandNames);
      const [, suggested = ""] = /^Try (.*), or see /.exec(hint) ?? [];
      expect(suggested.split(/, | or /).filter(Boolean), word).toEqual(suggestedByCommander(word));
    }
  });

  test("names the help where nothing is similar", () => {
    expect(unknownCommand("frobnicate", commandNames)).toMatchObject({
      message: 'Unknown command "frobnicate".',
      hint: "See `rcwh --help`.",
    });
  });
});

/** Each name with a letter that is missing, doubled, wrong or swapped, and words unlike any. */
function misspelled(names: readonly string[]): readonly string[] {
  const words = names.flatMap((name) =>
    Array.from(name, (letter, at) => {
      const [before, after] = [name.slice(0, at), name.slice(at + 1)];
      return [
        before + after,
        before + letter + letter + after,
        `${before}x${after}`,
        before + after.slice(0, 1) + letter + after.slice(1),
      ];
    }).flat(),
  );
  const others = ["r", "s", "lst", "list-all", "subscriptions", "créate", "", "LIST"];
  return [...words, ...others].filter((word) => !names.includes(word));
}

function suggestedByCommander(word: string): readonly string[] {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const { name, alias } of commands) {
    const command = program.command(name);
    if (alias) command.alias(alias);
  }
  try {
    program.parse([word], { from: "user" });
  } catch (error) {
    const [, names = ""] = /Did you mean (?:one of )?(.*)\?/.exec(String(error)) ?? [];
    return names.split(", ").filter(Boolean);
  }
  throw new Error(`${word} is a command`);
}
