import { describe } from "vitest";
import type {
  CommandDescription,
  FlagDescription,
  ProgramDescription,
} from "../../src/commands/completion/description.ts";
import type { Schema } from "../../src/commands/schemas/schema.ts";
import { commandNames } from "../../src/program/commands.ts";
import { test } from "../support/rcwh.ts";

interface Described extends CommandDescription {
  readonly outputSchema?: Schema;
}

interface Whole extends Pick<ProgramDescription, "globalFlags"> {
  readonly commands: readonly Described[];
  readonly exitCodes: CommandDescription["exitCodes"];
  readonly errorSchema: Schema;
  readonly $defs: Readonly<Record<string, Schema>>;
}

/** As the help has it. */
function termOf({ name, short, value, optional }: FlagDescription): string {
  const shown = value === undefined ? "" : optional ? ` [${value}]` : ` <${value}>`;
  return `${short === undefined ? "" : `${short}, `}${name}${shown}`;
}

/** On one line. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ");
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

  test("has defaults of the flag's type, and words apart from them", async ({ rcwh, expect }) => {
    const { commands, globalFlags } = JSON.parse((await rcwh("commands --json")).stdout) as Whole;
    const flags = [...globalFlags, ...commands.flatMap((each) => each.flags)];
    const withDefault = flags.filter((each) => each.default !== undefined);

    expect(withDefault.length).toBeGreaterThan(20);
    for (const { name, type, default: value } of withDefault) {
      const isNumeric = type === "integer" || type === "number";
      expect(typeof value, name).toBe(isNumeric ? "number" : "string");
      expect(String(value), name).not.toMatch(/\s/);
    }
    const port = flags.find(({ name }) => name === "--ui-port");
    expect(port).toMatchObject({ defaultText: "4012, or a free one" });
    expect(flags.find(({ name }) => name === "--concurrency")).toMatchObject({ default: 16 });
  });

  test("says which flags exclude and need each other, as they are refused", async ({
    rcwh,
    expect,
  }) => {
    const { commands, globalFlags } = JSON.parse((await rcwh("commands --json")).stdout) as Whole;
    const told: string[] = [];
    for (const command of commands) {
      const all = [...command.flags, ...globalFlags];
      const words = (name: string) => {
        const flag = all.find((each) => each.name === name);
        return flag?.value === undefined ? [name] : [`${name}=1`];
      };
      const given = command.arguments.filter(({ required }) => required).map(() => "posts");
      const attempt = async (names: readonly string[]) => {
        const line = [...command.name.split(" "), ...given, ...names.flatMap(words)];
        const { stdout, stderr, exitCode } = await rcwh(line);
        const context = line.join(" ");
        expect({ stdout, exitCode }, context).toEqual({ stdout: "", exitCode: 2 });
        // About the flags, not their values.
        expect(stderr, context).toMatch(/^error: (?!Invalid|Unknown)/);
        told.push(context);
      };
      for (const { name, conflictsWith = [], requires } of command.flags) {
        for (const other of conflictsWith) {
          const back = command.flags.find((each) => each.name === other)?.conflictsWith;
          expect(back ?? [name], `${command.name} ${other}`).toContain(name);
          if (back === undefined || name < other) await attempt([name, other]);
        }
        if (requires !== undefined) await attempt([name]);
      }
    }
    expect(told).toContain("update posts --add-filter=1 --filter=1");
    expect(told).toContain("create --filters-per-subscription=1");
    expect(told).toContain("list --all-profiles --profile=1");
    expect(told).toContain("emulator fault --body-file=1 --drop=1");
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

  test("says of each what its help says, and no more", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("commands --json");
    const { commands, globalFlags } = JSON.parse(stdout) as Whole;

    for (const { name, ...command } of commands) {
      const help = await rcwh(`${name} --help`);
      const page = plain(help.stdout);
      const told = [
        `Usage: ${command.usage}`,
        command.description,
        ...command.arguments.map((each) => `${each.name} ${each.description}`),
        ...command.flags.map((each) => `${termOf(each)} ${each.description}`),
        ...command.flags.flatMap(({ group }) => (group === undefined ? [] : `${group}:`)),
        ...command.examples.map(({ command, purpose }) => `# ${purpose} ${command}`),
        ...(command.json === undefined ? [] : [`JSON: ${command.json}`]),
        ...command.exitCodes.map(({ code, meaning }) => `${code} ${meaning}`),
      ];
      expect(told.filter((each) => !page.includes(plain(each)))).toEqual([]);
      const own = help.stdout.slice(0, help.stdout.indexOf("\nGlobal flags"));
      const flags = own.match(/^ {2}(?:-\w, )?--[a-z-]+/gm) ?? [];
      expect(flags.length, name).toBe(command.flags.length);
      const codes = help.stdout.slice(help.stdout.indexOf("\nExit codes:")).match(/^ {2}\d+ /gm);
      expect(codes?.length, name).toBe(command.exitCodes.length);
      expect(help.stdout.match(/^ {2}# /gm)?.length, name).toBe(command.examples.length);
    }
    const root = plain((await rcwh("--help")).stdout);
    const told = globalFlags.map((each) => `${termOf(each)} ${each.description}`);
    expect(told.filter((each) => !root.includes(plain(each)))).toEqual([]);
  });

  test("says what a value can be", async ({ rcwh, expect }) => {
    const { stdout } = await rcwh("commands --json");
    const { commands, globalFlags } = JSON.parse(stdout) as Whole;
    const flag = (command: string, name: string) =>
      commands.find((each) => each.name === command)?.flags.find((each) => each.name === name);

    expect(flag("list", "--watch")).toEqual({
      name: "--watch",
      description: "refresh the list repeatedly (default: every 30s)",
      conflictsWith: ["--fail-on"],
      value: "interval",
      type: "duration",
      optional: true,
      group: "Display",
      defaultText: "every 30s",
    });
    expect(flag("create", "--if-exists")).toMatchObject({
      type: "string",
      choices: ["error", "reuse", "new"],
      default: "error",
    });
    expect(flag("create", "--dry-run")).toMatchObject({ type: "boolean" });
    expect(flag("create", "--filter")).toMatchObject({ type: "filter", repeatable: true });
    expect(globalFlags.find(({ name }) => name === "--profile")).toMatchObject({
      short: "-p",
      env: "RCWH_PROFILE",
    });
    // The words of the help and those of the code are the same.
    const every = [...globalFlags, ...commands.flatMap(({ flags }) => flags)];
    const untold = every.flatMap(({ name, description, choices = [] }) =>
      choices
        .filter((word) => word !== "svg" && !description.includes(word))
        .map((word) => `${name} ${word}`),
    );
    expect(untold).toEqual([]);
    const once = every.filter(
      ({ description, repeatable }) =>
        /; repeatable$|\brepeat (?:or|for)|be repeated/.test(description) && !repeatable,
    );
    expect(once.map(({ name }) => name)).toEqual([]);
  });

  test("has a schema for each command with JSON, and what they share once", async ({
    rcwh,
    expect,
  }) => {
    const { stdout } = await rcwh("commands show --json");
    const one = JSON.parse(stdout) as Whole;

    expect(one.commands[0]?.outputSchema?.required).toEqual(["schemaVersion", "subscriptions"]);
    expect(Object.keys(one.$defs)).toEqual([
      "api",
      "check",
      "deliveryMode",
      "exitCode",
      "malformed",
      "recorded",
      "subscription",
    ]);
    expect(one.errorSchema).toMatchObject({ properties: { error: { type: "object" } } });
    expect(one.exitCodes.map(({ code }) => code)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]);
  });

  test("refuses one that does not exist", async ({ rcwh, expect }) => {
    expect(await rcwh("commands emulate")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'error: Unknown command "emulate".\nhint: List all with `rcwh commands`.\n',
    });
  });
});
