import { describe } from "vitest";
import { commandNames } from "../../src/program/commands.ts";
import { test } from "../support/rcwh.ts";

interface Described {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly flags: readonly { readonly name: string; readonly value?: string }[];
  readonly exitCodes: readonly { readonly code: number }[];
  readonly examples: readonly unknown[];
}

describe("rcwh commands", () => {
  test("describes every command", async ({ rcwh, expect }) => {
    const { stdout, stderr, exitCode } = await rcwh("commands --json");
    const { commands, globalFlags } = JSON.parse(stdout) as {
      readonly commands: readonly Described[];
      readonly globalFlags: readonly { readonly name: string }[];
    };

    const top = commands.filter(({ name }) => !name.includes(" "));
    expect(top.flatMap(({ name, aliases }) => [name, ...aliases])).toEqual(commandNames);
    expect(commands.map(({ name }) => name)).toContain("emulator fault clear");
    expect(commands.filter(({ examples }) => examples.length < 3)).toEqual([]);
    expect(commands.filter(({ exitCodes }) => exitCodes.length < 2)).toEqual([]);
    expect(globalFlags.map(({ name }) => name)).not.toContain("--env-file");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("describes one with its subcommands", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("commands profile");
    expect(stdout).toBe(
      [
        "profile\tKeep several users, apps or servers side by side.",
        "profile list\tList the profiles with their users; * marks the one in use.",
        "profile use\tChoose the profile that commands use.",
        "profile remove\tRevoke a profile's session, and remove the profile with its records. Its subscriptions stay on the server.",
        "",
      ]
        .join("\n")
        .replace(
          "Keep several users, apps or servers side by side.",
          "list, choose and remove profiles",
        ),
    );
  });

  test("tells of a flag what its help says", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("commands list --json");
    const { commands } = JSON.parse(stdout) as { readonly commands: readonly Described[] };
    const flags = commands[0]?.flags ?? [];

    expect(flags.find(({ name }) => name === "--watch")).toEqual({
      name: "--watch",
      description: expect.any(String),
      value: "interval",
      optional: true,
      group: "Display",
    });
  });

  test("refuses one that does not exist", async ({ rcwh, expect }) => {
    expect(await rcwh("commands emulate")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'error: Unknown command "emulate".\nhint: List all with `rcwh commands`.\n',
    });
  });
});
