import { serverTime } from "../../api/observed-transport.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { checkFilterSet, parseEventFilter } from "../../filters/parse.ts";
import { shortFilter } from "../../filters/search.ts";
import { splitFilterList } from "../../filters/split-list.ts";
import type { Choice } from "../../io/prompts.ts";
import type { Inventory, RecordedSubscription } from "../../lifecycle/inventory.ts";
import { type Pickable, subscriptionChoices } from "../../operations/guide/subscription-choices.ts";
import { parseAddress } from "../../subscriptions/address.ts";
import { parseLifetime } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { deleteSubscriptions } from "../delete.ts";
import { forgetSubscriptions } from "../forget.ts";
import { renewSubscriptions } from "../renew.ts";
import { showSubscription } from "../show.ts";
import { type UpdateOptions, updateSubscription } from "../update/update.ts";

type Action = "show" | "renew" | "recreate" | "update" | "delete" | "forget" | "back" | "quit";

interface Listing extends Inventory {
  readonly recorded: readonly RecordedSubscription[];
}

/** `list -i`: pick a subscription, then an action. Prints `none` if there is nothing to pick. */
export async function pickAndAct(
  list: () => Promise<Listing>,
  none: string,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  if (!io.interactive) {
    throw new UsageError(
      "`rcwh list -i` needs a terminal.",
      "Use `rcwh list`, then `rcwh show`, `renew`, `update` or `delete` with an id.",
    );
  }
  const prompter = await context.prompter();
  for (;;) {
    const { subscriptions, recorded, own, serverNow = context.clock.now() } = await list();
    const all = [...subscriptions, ...recorded];
    if (all.length === 0) return io.note(none);
    const chosen = await prompter.search<Pickable | undefined>("Which subscription?", [
      ...subscriptionChoices<Pickable>(all, () => ({ own, now: serverNow }), context),
      { name: "Quit", value: undefined },
    ]);
    if (!chosen) return;
    const action = await prompter.select<Action>(`What do you want to do with ${nameOf(chosen)}?`, [
      { name: "Show it in full", value: "show" },
      ...actionsOn(chosen),
      { name: "Pick another", value: "back" },
      { name: "Quit", value: "quit" },
    ]);
    if (action === "quit") return;
    if (action === "back") continue;
    return act(action, chosen, own, context);
  }
}

function actionsOn(chosen: Pickable): readonly Choice<Action>[] {
  if ("recorded" in chosen) {
    return [
      { name: "Re-create it", value: "recreate", description: "from its record" },
      { name: "Forget it", value: "forget", description: "drops its record" },
    ];
  }
  return [
    { name: "Renew it", value: "renew" },
    { name: "Update it", value: "update", description: "filters, lifetime or URL" },
    { name: "Delete it", value: "delete" },
  ];
}

async function act(
  action: Exclude<Action, "back" | "quit">,
  chosen: Pickable,
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { id } = chosen;
  switch (action) {
    case "show":
      return showSubscription(id, context);
    case "renew":
      return renewSubscriptions([id], {}, context);
    case "recreate":
      return renewSubscriptions([id], { recreate: true }, context);
    case "forget":
      return forgetSubscriptions([id], {}, context);
    case "delete":
      return deleteSubscriptions([id], {}, context);
    case "update":
      return updateSubscription(id, await askForChange(chosen, own, context), context);
  }
}

async function askForChange(
  { eventFilters }: Pickable,
  own: OwnIds,
  context: CommandContext,
): Promise<UpdateOptions> {
  const prompter = await context.prompter();
  const { server } = await context.identity();
  const kind = await prompter.select<"add" | "remove" | "expires" | "url">(
    "What do you want to change?",
    [
      { name: "Add an event filter", value: "add" },
      // RingCentral accepts no subscription without filters.
      ...(eventFilters.length > 1
        ? [{ name: "Remove an event filter", value: "remove" as const }]
        : []),
      { name: "Lifetime", value: "expires" },
      {
        name: "URL",
        value: "url",
        description: "creates a new subscription, then deletes this one",
      },
    ],
  );
  /** Asks again after a wrong answer. An empty one changes nothing. */
  const ask = async (question: string, check: (answer: string) => unknown) => {
    const validate = (text: string) => text.trim() === "" || verdict(() => check(text.trim()));
    const answer = (await prompter.input(question, { validate })).trim();
    if (answer !== "") return answer;
    throw new CliError("Nothing was changed.", { exitCode: ExitCode.declined, code: "DECLINED" });
  };
  switch (kind) {
    case "add": {
      const addsTo = (text: string) => {
        const added = splitFilterList(text).map(
          (each) => parseEventFilter(each, { allowUnknown: false }).eventFilter,
        );
        checkFilterSet([...eventFilters, ...added]);
      };
      return { addFilter: [await ask("Filter to add", addsTo)] };
    }
    case "remove": {
      const choices = eventFilters.map((value) => ({ name: shortFilter(value, own), value }));
      return { removeFilter: [await prompter.select("Filter to remove", choices)] };
    }
    case "expires": {
      const { lastAnswer } = await context.api();
      const now = serverTime(lastAnswer, context.clock.now()) ?? context.clock.now();
      const check = (text: string) => parseLifetime(text).from(now);
      return { expiresIn: await ask("Lifetime (such as 7d, 10y or max)", check) };
    }
    case "url":
      return { url: await ask("New URL", (text) => parseAddress(text, server)) };
  }
}

/** True, or why the answer is wrong. */
function verdict(check: () => unknown): true | string {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [error.message, error.hint].filter(Boolean).join(" ");
  }
}
