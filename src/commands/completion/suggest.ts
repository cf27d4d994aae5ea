import type { CommandDescription, FlagDescription, ProgramDescription } from "./description.ts";
import {
  continueList,
  extensionForms,
  kindOf,
  type Suggestion,
  suggestFilters,
  suggestUrls,
  type ValueKind,
} from "./values.ts";

/** What is known only on this machine, asked when it is needed. */
export interface Sources {
  profiles(): Promise<readonly Suggestion[]>;
  /** Their ids as values, their URLs as descriptions. */
  subscriptions(): Promise<readonly Suggestion[]>;
  codes(): Promise<readonly Suggestion[]>;
  /** Names of the emulator's settings. */
  settings(): Promise<readonly Suggestion[]>;
  /** Of `audit`. */
  rules(): Promise<readonly Suggestion[]>;
  topics(): readonly Suggestion[];
}

export interface Suggestions {
  readonly list: readonly Suggestion[];
  /** What the shell completes itself, or `open` for a value that goes on. */
  readonly also: "files" | "commands" | "open" | undefined;
}

/** The command line up to the word that is being typed. */
interface Position {
  readonly command: CommandDescription | undefined;
  /** The flag whose value comes next. */
  readonly flag: FlagDescription | undefined;
  /** The arguments so far. */
  readonly operands: readonly string[];
  /** Flags so far, by their long names. */
  readonly given: ReadonlySet<string>;
  /** Whether `--` ended the flags. */
  readonly isPastFlags: boolean;
}

/** @param words of the command line after `rcwh`; the last one is being typed, and may be empty */
export async function suggest(
  program: ProgramDescription,
  words: readonly string[],
  sources: Sources,
): Promise<Suggestions> {
  const text = words.at(-1) ?? "";
  const position = readWords(program, words.slice(0, -1));
  const { command, flag, isPastFlags } = position;
  const name = command?.name ?? "";
  if (flag?.value !== undefined) {
    return matching(text, await valuesOf(kindOf(name, flag.name, flag.value), text, sources));
  }
  const [, long, value] = /^(--[a-z-]+)=(.*)$/s.exec(text) ?? [];
  const assigned = isPastFlags ? undefined : findFlag(program, command, long);
  if (assigned?.value !== undefined && value !== undefined) {
    const found = await valuesOf(kindOf(name, assigned.name, assigned.value), value, sources);
    const list = found.list.map((each) => ({ ...each, value: `${long}=${each.value}` }));
    return matching(text, { ...found, list });
  }
  if (text.startsWith("-") && !isPastFlags) return matching(text, flagsOf(program, position));
  return matching(text, await operandsOf(program, position, text, sources));
}

function readWords(program: ProgramDescription, words: readonly string[]): Position {
  let command: CommandDescription | undefined;
  let flag: FlagDescription | undefined;
  let isPastFlags = false;
  const operands: string[] = [];
  const given = new Set<string>();
  for (const word of words) {
    if (flag && !(flag.optional && word.startsWith("-"))) {
      flag = undefined;
    } else if (!isPastFlags && word === "--") {
      isPastFlags = true;
    } else if (!isPastFlags && word.startsWith("-")) {
      flag = undefined;
      const [name = ""] = word.split("=");
      const found = findFlag(program, command, name);
      if (found) given.add(found.name);
      if (found?.value !== undefined && !word.includes("=")) flag = found;
    } else {
      const below = operands.length === 0 ? findCommand(program, command, word) : undefined;
      if (below) command = below;
      else operands.push(word);
    }
  }
  return { command, flag, operands, given, isPastFlags };
}

function findCommand(
  { commands }: ProgramDescription,
  command: CommandDescription | undefined,
  word: string,
): CommandDescription | undefined {
  return commandsBelow(commands, command).find(
    ({ name, aliases }) => lastOf(name) === word || aliases.includes(word),
  );
}

function commandsBelow(
  commands: readonly CommandDescription[],
  command: CommandDescription | undefined,
): readonly CommandDescription[] {
  const start = command ? `${command.name} ` : "";
  return commands.filter(
    ({ name }) => name.startsWith(start) && !name.slice(start.length).includes(" "),
  );
}

function findFlag(
  { globalFlags }: ProgramDescription,
  command: CommandDescription | undefined,
  name: string | undefined,
): FlagDescription | undefined {
  return [...(command?.flags ?? []), ...globalFlags].find(
    (flag) => flag.name === name || flag.short === name,
  );
}

function flagsOf({ globalFlags }: ProgramDescription, { command, given }: Position): Suggestions {
  const own = command?.flags ?? [];
  const others = globalFlags.filter(({ name }) => !own.some((flag) => flag.name === name));
  const help = { name: "--help", description: "show the help" };
  const list = [...own, ...others, help]
    .filter((flag) => !given.has(flag.name) || ("repeatable" in flag && flag.repeatable))
    .map(({ name, description }) => ({ value: name, description }));
  return { list, also: undefined };
}

/** Subcommands, topics of the help, and the values of arguments. */
async function operandsOf(
  program: ProgramDescription,
  { command, operands, isPastFlags }: Position,
  text: string,
  sources: Sources,
): Promise<Suggestions> {
  const named = commandsBelow(program.commands, command).flatMap(({ name, aliases, summary }) =>
    [lastOf(name), ...aliases.filter((alias) => alias.startsWith(text) && text !== "")].map(
      (value) => ({ value, description: summary }),
    ),
  );
  if (!command) {
    const [first] = operands;
    if (first === "help" && operands.length === 1) {
      return { list: [...named, ...sources.topics()], also: undefined };
    }
    if (first === "help" && operands[1] === "docs" && operands.length === 2) {
      return { list: program.pages ?? [], also: undefined };
    }
    const help = { value: "help", description: "show the help of a command, or a topic" };
    return { list: first === undefined ? [...named, help] : [], also: undefined };
  }
  if (isPastFlags && takesFlagsOfRenew(command)) {
    const renew = program.commands.find(({ name }) => name === "renew");
    const list = (renew?.flags ?? []).map(({ name, description }) => ({
      value: name,
      description,
    }));
    return { list, also: undefined };
  }
  const subcommands = operands.length === 0 && !isPastFlags ? named : [];
  const last = command.arguments.at(-1);
  const argument =
    command.arguments[operands.length] ?? (last?.repeatable === true ? last : undefined);
  if (!argument) return { list: subcommands, also: undefined };
  const kind = kindOf(command.name, undefined, argument.name);
  if (kind.from === "names") return { list: namesAfter(operands, program, kind), also: undefined };
  const { list, also } = await valuesOf(kind, text, sources);
  const fresh = list.filter(({ value }) => !operands.includes(value));
  return { list: [...subcommands, ...fresh], also };
}

/** What comes next in the name of a command, such as `log` after `emulator`. */
function namesAfter(
  words: readonly string[],
  { commands }: ProgramDescription,
  { which }: ValueKind & { readonly from: "names" },
): readonly Suggestion[] {
  const above = commands.find(({ name }) => name === words.join(" "));
  if (words.length > 0 && !above) return [];
  return commandsBelow(commands, above)
    .filter(({ json }) => which === "all" || json !== undefined)
    .map(({ name, summary }) => ({ value: lastOf(name), description: summary }));
}

/** `rcwh cron print -- --recover`. */
function takesFlagsOfRenew({ name }: CommandDescription): boolean {
  return name === "cron print" || name === "doctor";
}

async function valuesOf(kind: ValueKind, text: string, sources: Sources): Promise<Suggestions> {
  const only = (list: readonly Suggestion[]) => ({ list, also: undefined });
  switch (kind.from) {
    case "choices":
      return only(kind.choices.map((value) => ({ value, description: "" })));
    case "filters":
      return only(suggestFilters(text));
    case "extensions":
      return { list: continueList(text, extensionForms), also: "open" };
    case "rules":
      return only(continueList(text, await sources.rules()));
    case "profiles":
      return only(await sources.profiles());
    case "ids": {
      const all = await sources.subscriptions();
      // Both name a subscription, and nobody types the beginning of an id by chance.
      return only(text.startsWith("http") ? suggestUrls(addressesOf(all), "urls") : all);
    }
    case "urls":
    case "globs":
    case "prefixes":
      return only(suggestUrls(addressesOf(await sources.subscriptions()), kind.from));
    case "codes":
      return only(await sources.codes());
    case "settings":
      return { list: await sources.settings(), also: "open" };
    case "files":
    case "commands":
      return { list: [], also: kind.from };
    case "names":
    case "nothing":
      return only([]);
  }
}

/** As completion knows them: without what may be secret. */
function addressesOf(subscriptions: readonly Suggestion[]): readonly string[] {
  return subscriptions.map(({ description }) => description);
}

/** What continues the word. Case counts, unless nothing fits otherwise. */
function matching(text: string, { list, also }: Suggestions): Suggestions {
  const exact = list.filter(({ value }) => value.startsWith(text));
  if (exact.length > 0) return { list: exact, also };
  const lower = text.toLowerCase();
  return { list: list.filter(({ value }) => value.toLowerCase().startsWith(lower)), also };
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(" ") + 1);
}
