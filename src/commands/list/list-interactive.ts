import { serverTime } from "../../api/observed-transport.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { checkFilterSet, parseEventFilter } from "../../filters/parse.ts";
import { shortFilter } from "../../filters/search.ts";
import { splitFilterList } from "../../filters/split-list.ts";
import type { Choice } from "../../io/prompts.ts";
import type {
  Inventory,
  OwnedSubscription,
  RecordedSubscription,
} from "../../lifecycle/inventory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { oneLine } from "../../one-line.ts";
import { parseAddress } from "../../subscriptions/address.ts";
import { parseLifetime, remainingSeconds } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { deleteSubscriptions } from "../delete.ts";
import { forgetSubscriptions } from "../forget.ts";
import { describeEnd } from "../output/recorded-row.ts";
import { renewSubscriptions } from "../renew.ts";
import { showSubscription } from "../show.ts";
import { type UpdateOptions, updateSubscription } from "../update/update.ts";

type Action = "show" | "renew" | "recreate" | "update" | "delete" | "forget" | "back" | "quit";

/** What can be picked: what exists, and below it what is only on record. */
type Pickable = OwnedSubscription | RecordedSubscription;

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
      ...describe(all, own, serverNow, context),
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

/** One line each, cut to the width: inquirer would wrap it, and a second line looks like another choice. */
function describe(
  subscriptions: readonly Pickable[],
  own: OwnIds,
  now: number,
  { io, settings }: CommandContext,
) {
  const rows = subscriptions.map((subscription) => {
    const { id, status, deliveryMode, eventFilters } = subscription;
    return [
      id,
      status,
      "recorded" in subscription
        ? describeEnd(subscription, now)
        : relativeExpiry(remainingSeconds(subscription, now) * 1000),
      redactAddress(deliveryMode.address ?? deliveryMode.transportType, settings.showSecrets),
      eventFilters.map((filter) => shortFilter(filter, own)).join(", "),
    ].map(oneLine);
  });
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return subscriptions.map((value, index) => {
    const cells = rows[index] ?? [];
    const name = cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
    const room = Math.max(io.width - 4, value.id.length);
    return {
      name: name.length > room ? `${name.slice(0, room - 1)}…` : name,
      value,
      short: value.id,
      // Shown whole below the list.
      description: cells.slice(-2).join("  "),
    };
  });
}
