import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { readGlobalFlags } from "../../src/commands/flags/global-flags.ts";
import { main } from "../../src/main.ts";
import { commands, findCommand } from "../../src/program/commands.ts";
import { createContext } from "../../src/program/create-context.ts";
import { createProgram } from "../../src/program/program.ts";
import { FakeTerminal } from "./fake-terminal.ts";

type NamesOf = (command: CommandUnknownOpts) => readonly string[];

/** What stands before `--help` for each command and subcommand, such as `emulator log`, with their aliases if asked for. */
export async function findCommandPaths({ aliases = false } = {}): Promise<readonly string[]> {
  const namesOf: NamesOf = (command) => [command.name(), ...(aliases ? command.aliases() : [])];
  const paths: string[] = [];
  const subcommands: string[] = [];
  for (const entry of commands) {
    const program = await createProgram(await contextOf([]), entry, readGlobalFlags([]).options);
    const command = program.commands.find((each) => each.name() === entry.name);
    if (!command) continue;
    paths.push(...namesOf(command));
    subcommands.push(...pathsBelow(command, entry.name, namesOf));
  }
  return [...paths, ...subcommands];
}

function pathsBelow(
  command: CommandUnknownOpts,
  path: string,
  namesOf: NamesOf,
): readonly string[] {
  return command.commands.flatMap((each) => [
    ...namesOf(each).map((name) => `${path} ${name}`),
    ...pathsBelow(each, `${path} ${each.name()}`, namesOf),
  ]);
}

/** A context in which nobody is to be asked and nothing is printed. */
export async function contextOf(argv: readonly string[]) {
  const terminal = new FakeTerminal();
  const runtime = {
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: terminal.stderr,
    env: {},
    platform: process.platform,
    pid: process.pid,
    installation: { node: "", nodeVersion: "", script: "", host: "", user: undefined },
    clock: { now: () => 0, sleep: async () => {} },
    signal: new AbortController().signal,
    createPrompter: () => Promise.reject(new Error("Nobody is to be asked.")),
  };
  const { flags, words } = readGlobalFlags(argv);
  return createContext(runtime, flags, main, findCommand(words[0]));
}
