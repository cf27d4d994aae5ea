import type { CommandContext } from "../../context.ts";
import { WentBack } from "../../io/went-back.ts";
import { type ChangeTarget, findTarget } from "../../lifecycle/change-subscription.ts";
import { askForChange, type Change } from "../../operations/guide/ask-for-change.ts";
import {
  commandLine,
  type FlagValues,
  showCommandLine,
} from "../../operations/guide/command-line.ts";
import { askAndAct } from "../../operations/guide/guide.ts";
import { type Offer, openPicker, type PickList, runOnOne } from "../../operations/guide/pick.ts";
import { openAccount } from "../../operations/open-account.ts";
import { isReplaceable } from "../../subscriptions/due.ts";

/**
 * Asks for what is missing of a subscription and a change, then runs the update.
 *
 * @param flags as on the command line, and `hasChange` is whether they have a change
 */
export async function guideUpdate(
  selector: string | undefined,
  flags: FlagValues,
  hasChange: boolean,
  context: CommandContext,
  run: (id: string, change: Change, context: CommandContext) => Promise<void>,
): Promise<void> {
  const offer: Offer = {
    command: { name: "update", flags },
    question: "Update which subscription?",
    of: ({ subscriptions }: PickList) => subscriptions.filter(isReplaceable),
    none: "There is no subscription to update. Create one with `rcwh create`.",
    unchanged,
  };
  if (hasChange) {
    return runOnOne(offer, context, (id, back) => run(id, {}, back));
  }
  const account = await openAccount(context);
  const find = (id: string) => findTarget(account, id, { dryRun: true });
  const given = selector === undefined ? undefined : await find(selector);
  const pick = given ? undefined : await openPicker(offer, context);
  if (!given && !pick) return;

  const ask = async (before: Answers | undefined): Promise<Answers | undefined> => {
    const { mark } = await context.prompter();
    let { target, change } = before ?? { target: given, change: {} };
    for (;;) {
      const rewind = mark();
      if (!target && pick) target = await find((await pick()).id);
      if (!target) return undefined;
      try {
        return { target, change: await askForChange(target, change, account, context) };
      } catch (error) {
        if (!(error instanceof WentBack)) throw error;
        rewind();
        if (!given) {
          target = undefined;
          change = {};
        }
      }
    }
  };
  const act = async ({ target, change }: Answers, back: CommandContext) => {
    const { id } = target.subscription;
    const words = { ...offer.command, operands: [id], flags: { ...flags, ...change } };
    showCommandLine(commandLine(words, context.settings), context.io);
    await run(id, change, back);
  };
  await askAndAct(ask, act, unchanged, context);
}

const unchanged = "Nothing was changed.";

interface Answers {
  readonly target: ChangeTarget;
  readonly change: Change;
}
