import { execFileSync } from "node:child_process";
import { describe, test } from "vitest";
import { shellWord } from "../../src/machine/shell-word.ts";

describe("shellWord", () => {
  test.for([
    "~/hook",
    "account/~/extension/~/presence",
    "--url=~/x",
    "PATH=a:~",
    "it's",
    "a b",
    "$(date)",
    "https://example.com/hook?key=1&b=2",
    "*",
    "",
  ])("is read as the text that it stands for: %j", (text, { expect }) => {
    const script = `printf %s ${shellWord(text)}`;
    expect(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" })).toBe(text);
  });

  test("adds no quotes where none are needed", ({ expect }) => {
    expect(shellWord("account/~/extension/~/presence")).toBe("account/~/extension/~/presence");
    expect(shellWord("--url=~/x")).toBe("'--url=~/x'");
  });
});
