import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { shortFilter } from "../filters/search.ts";
import { oneLine } from "../io/text.ts";
import type { Inventory, OwnedSubscription } from "../lifecycle/inventory.ts";
import { redactAddress } from "../machine/redact.ts";
import { remainingSeconds } from "../subscriptions/lifetime.ts";
import { relativeExpiry } from "../subscriptions/time.ts";
import { deleteSubscriptions } from "./delete.ts";
import { renewSubscriptions } from "./renew.ts";
import { showSubscription } from "./show.ts";
import { updateSubscription } from "./update.ts";

type Action = "show" | "renew" | "update" | "delete" | "back" | "quit";

/** `list -i`: pick a subscription, then an action. Prints `none` if there is nothing to pick. */
export async function pickAndAct(
  list: () => Promise<Inventory>,
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
    const { subscriptions, own } = await list();
    if (subscriptions.length === 0) return io.note(none);
    const chosen = await prompter.select<OwnedSubscription | undefined>("Which subscription?", [
      ...describe(subscriptions, own, context),
      { name: "Quit", value: undefined },
    ]);
    if (!chosen) return;
    const action = await prompter.select<Action>(`What do you want to do with ${chosen.id}?`, [
      { name: "Show it in full", value: "show" },
      { name: "Renew it", value: "renew" },
      { name: "Update it", value: "update", description: "filters, lifetime or URL" },
      { name: "Delete it", value: "delete" },
      { name: "Pick another", value: "back" },
      { name: "Quit", value: "quit" },
    ]);
    if (action === "quit") return;
    if (action === "back") continue;
    return act(action, chosen, context);
  }
}

async function act(
  action: Exclude<Action, "back" | "quit">,
  { id }: OwnedSubscription,
  context: CommandContext,
): Promise<void> {
  switch (action) {
    case "show":
      return showSubscription(id, context);
    case "renew":
      return renewSubscriptions([id], {}, context);
    case "delete":
      return deleteSubscriptions([id], {}, context);
    case "update":
      return updateSubscription(id, await askForChange(context), context);
  }
}

async function askForChange(context: CommandContext) {
  const prompter = await context.prompter();
  const kind = await prompter.select<"add" | "remove" | "expires" | "url">(
    "What do you want to change?",
    [
      { name: "Add an event filter", value: "add" },
      { name: "Remove an event filter", value: "remove" },
      { name: "Lifetime", value: "expires" },
      {
        name: "URL",
        value: "url",
        description: "creates a new subscription, then deletes this one",
      },
    ],
  );
  const questions = {
    add: "Filter to add",
    remove: "Filter to remove",
    expires: "Lifetime (such as 7d, 10y or max)",
    url: "New URL",
  };
  const answer = (await prompter.input(questions[kind])).trim();
  if (answer === "") {
    throw new CliError("Nothing was changed.", { exitCode: ExitCode.declined, code: "DECLINED" });
  }
  switch (kind) {
    case "add":
      return { addFilter: [answer] };
    case "remove":
      return { removeFilter: [answer] };
    case "expires":
      return { expiresIn: answer };
    case "url":
      return { url: answer };
  }
}

/** One line each, cut to the width: inquirer would wrap it, and a second line looks like another choice. */
function describe(
  subscriptions: readonly OwnedSubscription[],
  own: OwnIds,
  { io, clock, settings }: CommandContext,
): { readonly name: string; readonly value: OwnedSubscription; readonly description: string }[] {
  const rows = subscriptions.map((subscription) => {
    const { id, status, deliveryMode, eventFilters } = subscription;
    return [
      id,
      status,
      relativeExpiry(remainingSeconds(subscription, clock.now()) * 1000),
      redactAddress(deliveryMode.address ?? deliveryMode.transportType, settings.showSecrets),
      eventFilters.map((filter) => shortFilter(filter, own)).join(", "),
    ].map(oneLine);
  });
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return subscriptions.map((value, index) => {
    const cells = rows[index] ?? [];
    const name = cells
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join("  ")
      .trimEnd();
    const room = Math.max(io.width - 4, value.id.length);
    return {
      name: name.length > room ? `${name.slice(0, room - 1)}…` : name,
      value,
      // Shown whole below the list.
      description: cells.slice(-2).join("  "),
    };
  });
}
