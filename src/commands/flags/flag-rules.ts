import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "../../errors.ts";

/** Which flags a command takes only with, or only without, others. All have their long names. */
type FlagRule = Conflict | Requirement;

interface Conflict {
  readonly kind: "conflict";
  readonly flag: string;
  readonly others: readonly string[];
  readonly refusal: Partial<Refusal>;
}

interface Requirement {
  readonly kind: "requirement";
  readonly flag: string;
  /** One of these has to be there, too. */
  readonly others: readonly string[];
  readonly refusal: Refusal;
}

interface Refusal {
  readonly message: string;
  readonly hint: string;
}

const rules = new WeakMap<CommandUnknownOpts, readonly FlagRule[]>();

/** The flags that a flag excludes, and those of which it needs one. */
export function bondsOf(command: CommandUnknownOpts, flag: string) {
  const own = rules.get(command) ?? [];
  const conflicts = own.filter(({ kind }) => kind === "conflict");
  const conflictsWith = [
    ...conflicts.flatMap((each) => (each.flag === flag ? each.others : [])),
    ...conflicts.flatMap((each) => (each.others.includes(flag) ? [each.flag] : [])),
  ];
  const requires = own.flatMap((each) =>
    each.kind === "requirement" && each.flag === flag ? each.others : [],
  );
  return {
    ...(conflictsWith.length > 0 && { conflictsWith }),
    ...(requires.length > 0 && { requires }),
  };
}

/** Refuses more than one of these flags. */
export function allowOneOf<Ruled extends CommandUnknownOpts>(
  command: Ruled,
  flags: readonly string[],
  refusal: Partial<Refusal> = {},
): Ruled {
  for (const [index, flag] of flags.entries()) {
    const others = flags.slice(index + 1);
    if (others.length > 0) refuseBeside(command, flag, others, refusal);
  }
  return command;
}

/** Refuses a flag beside any of the others. */
export function refuseBeside<Ruled extends CommandUnknownOpts>(
  command: Ruled,
  flag: string,
  others: readonly string[],
  refusal: Partial<Refusal> = {},
): Ruled {
  return addRule(command, { kind: "conflict", flag, others, refusal });
}

/** Refuses a flag without any of the others. */
export function requireBeside<Ruled extends CommandUnknownOpts>(
  command: Ruled,
  flag: string,
  others: readonly string[],
  refusal: Refusal,
): Ruled {
  return addRule(command, { kind: "requirement", flag, others, refusal });
}

function addRule<Ruled extends CommandUnknownOpts>(command: Ruled, rule: FlagRule): Ruled {
  rules.set(command, [...(rules.get(command) ?? []), rule]);
  return command;
}

/** Throws UsageError for flags of a command line that break a rule of its command. */
export function checkFlags(command: CommandUnknownOpts): void {
  for (const rule of rules.get(command) ?? []) check(rule, command);
}

function check({ kind, flag, others, refusal }: FlagRule, command: CommandUnknownOpts): void {
  if (!isGiven(flag, command)) return;
  const other = others.find((each) => isGiven(each, command));
  if ((other === undefined) === (kind === "conflict")) return;
  const { message = `${flag} and ${other} cannot be used together.`, hint = "Use one of them." } =
    refusal;
  throw new UsageError(message, hint);
}

/** On the command line, where global flags count too. */
function isGiven(flag: string, command: CommandUnknownOpts): boolean {
  for (let each: CommandUnknownOpts | null = command; each; each = each.parent) {
    const option = each.options.find(({ long }) => long === flag);
    if (option) return each.getOptionValueSource(option.attributeName()) === "cli";
  }
  return false;
}
