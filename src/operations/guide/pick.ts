import type { CommandContext } from "../../context.ts";
import { ExitCode, ProgramFailure, UsageError } from "../../errors.ts";
import type { Choice } from "../../io/prompts.ts";
import { type Inventory, takeInventory } from "../../lifecycle/inventory.ts";
import { findMissing, type MissingCandidate, missingCandidates } from "../../lifecycle/missing.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { isSelective, type Selector, selectSubscriptions } from "../../subscriptions/select.ts";
import { type AccountFlags, forEachAccount, isMany } from "../accounts/accounts.ts";
import { openAccount } from "../open-account.ts";
import { type CommandWords, commandLine, commandWords, showCommandLine } from "./command-line.ts";
import { askAndAct } from "./guide.ts";
import { type Pickable, subscriptionChoices } from "./subscription-choices.ts";

/** What there is to pick from in one account. */
export interface PickList extends Inventory {
  /** What is only on record. */
  readonly recorded: readonly MissingCandidate[];
  /** The server's time. */
  readonly now: number;
}

/** What a command lets the user pick from. */
export interface Offer {
  /** The command, without the ids. */
  readonly command: Pick<CommandWords, "name" | "flags">;
  readonly question: string;
  /** Those that the command can act on. */
  of(list: PickList): readonly Pickable[];
  /** Narrows them further. */
  readonly selector?: Selector;
  /** What to say where there are none: a sentence, and the next command. */
  readonly none: string;
  /** What is true after Ctrl-C, such as "Nothing was deleted." */
  readonly unchanged?: string;
  /** The command's, as in `CommandContext.api`: it goes on with the same client. */
  readonly deadline?: number;
}

type Run<Picked> = (picked: Picked, context: CommandContext) => Promise<void>;

/** Lists what is offered, and resolves to the question for one of it; to undefined, after a note, where there is none. */
export async function openPicker(
  offer: Offer,
  context: CommandContext,
): Promise<(() => Promise<Pickable>) | undefined> {
  const choices = choicesFrom([await listForPicking(context, offer)], offer, context);
  if (choices.length > 0) {
    return async () => (await context.prompter()).search(offer.question, choices);
  }
  context.io.note(offer.none);
  return undefined;
}

/** Lets the user pick one, shows the command line that names it, and runs the command. */
export async function runOnOne(
  offer: Offer,
  context: CommandContext,
  run: Run<string>,
): Promise<void> {
  const pick = await openPicker(offer, context);
  if (!pick) return;
  const act: Run<Pickable> = async ({ id }, back) => {
    showCommandLine(
      commandLine({ ...offer.command, operands: [id] }, context.settings),
      context.io,
    );
    await run(id, back);
  };
  await askAndAct(pick, act, offer.unchanged, context);
}

/** The same for one or more. Of several accounts, each with something that was picked has a run of its own. */
export async function runOnMany(
  offer: Offer,
  context: CommandContext,
  run: Run<readonly string[]>,
  accounts: AccountFlags = {},
): Promise<void> {
  const isOfMany = isMany(context, accounts);
  const lists = isOfMany
    ? await listEach(offer, accounts, context)
    : [await listForPicking(context, offer)];
  const choices = choicesFrom(lists, offer, context, isOfMany);
  if (choices.length === 0) return context.io.note(offer.none);
  const pick = async (before: readonly Pickable[] = []) => {
    const prompter = await context.prompter();
    const picked = await prompter.searchMany(offer.question, choices, {
      chosen: before,
      plural: "subscriptions",
    });
    return choices.flatMap(({ value }) => (picked.includes(value) ? value : []));
  };
  const act: Run<readonly Pickable[]> = async (picked, back) => {
    if (isOfMany) return runForEach(offer, picked, context);
    const ids = picked.map(({ id }) => id);
    showCommandLine(commandLine({ ...offer.command, operands: ids }, context.settings), context.io);
    await run(ids, back);
  };
  await askAndAct(pick, act, offer.unchanged, context);
}

async function listForPicking(context: CommandContext, { deadline }: Offer): Promise<PickList> {
  const account = await openAccount(context, deadline);
  const inventory = await takeInventory(account);
  const recorded = missingCandidates(await findMissing(account, inventory), inventory.profile);
  return { ...inventory, recorded, now: serverNow(account) };
}

/** Lists each account. One that cannot be listed draws a warning, unless there is no other. */
async function listEach(
  offer: Offer,
  accounts: AccountFlags,
  context: CommandContext,
): Promise<readonly PickList[]> {
  if (accounts.profilesFrom !== undefined) {
    throw new UsageError(
      "-i works on profiles, which a command line can name, and not on the accounts of --profiles-from.",
      "Use --all-profiles or --profile 'acme-*'.",
    );
  }
  const lists: PickList[] = [];
  const failures = await forEachAccount(context, accounts, async (account) => {
    lists.push(await listForPicking(account, offer));
  });
  const [first] = failures;
  if (first && lists.length === 0) throw first.error;
  for (const { profile, error } of failures) {
    context.io.warn(`${profile} could not be listed: ${error.message}`);
  }
  return lists.sort((one, other) => (one.profile < other.profile ? -1 : 1));
}

function choicesFrom(
  lists: readonly PickList[],
  { of, selector }: Offer,
  context: CommandContext,
  isGrouped = false,
): readonly Choice<Pickable>[] {
  const listOf = new Map<Pickable, PickList>();
  for (const list of lists) {
    const { own, now } = list;
    const offered = of(list);
    const chosen =
      selector && isSelective(selector)
        ? selectSubscriptions(offered, selector, { now, own })
        : offered;
    for (const each of chosen) listOf.set(each, list);
  }
  const knownOf = (each: Pickable) => listOf.get(each) ?? { own: {}, now: context.clock.now() };
  const choices = subscriptionChoices([...listOf.keys()], knownOf, context);
  return isGrouped ? choices.map((each) => ({ ...each, group: each.value.profile })) : choices;
}

/** Runs the command for each account whose subscriptions were picked, as its own command line would. */
async function runForEach(
  { command: { name, flags } }: Offer,
  picked: readonly Pickable[],
  { rerun, env, io, settings, signal }: CommandContext,
): Promise<void> {
  const { allProfiles: _, shard: __, concurrency: ___, ...own } = flags;
  const codes: ExitCode[] = [];
  for (const profile of new Set(picked.map((each) => each.profile))) {
    const operands = picked.flatMap((each) => (each.profile === profile ? each.id : []));
    const words = { name, operands, flags: own, profile };
    showCommandLine(commandLine(words, settings), io);
    const argv = [
      ...["--output", settings.format, ...(settings.yes ? ["--yes"] : [])],
      ...commandWords(words, settings),
    ];
    const code = await rerun(argv, env);
    signal.throwIfAborted();
    if (code === ExitCode.interrupted) throw new ProgramFailure(code);
    codes.push(code);
  }
  const code = joinedCode(codes);
  if (code !== ExitCode.ok) throw new ProgramFailure(code);
}

function joinedCode(codes: readonly ExitCode[]): ExitCode {
  const failed = codes.filter((code) => code !== ExitCode.ok && code !== ExitCode.attention);
  const [first] = failed;
  if (first === undefined) {
    return codes.includes(ExitCode.attention) ? ExitCode.attention : ExitCode.ok;
  }
  const areAlike = failed.length === codes.length && failed.every((code) => code === first);
  return areAlike ? first : ExitCode.partial;
}
