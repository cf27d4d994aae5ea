import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { printRecords, sayWarnings } from "../io/formats.ts";
import { instant } from "../io/time.ts";
import { type Inventory, type OwnedSubscription, takeInventory } from "../operations/inventory.ts";
import { createCommand, renderManual } from "../program/command.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "../program/selector-flags.ts";
import { subscriptionColumns } from "../program/subscription-columns.ts";
import { formatDuration, parseDuration } from "../subscriptions/lifetime.ts";
import { isSelective, selectSubscriptions } from "../subscriptions/select.ts";

export interface ListOptions extends SelectorFlags {
  readonly interactive?: true;
  readonly watch?: string | true;
}

const manual = renderManual({
  examples: [
    ["rcwh list", "everything this user made with this app"],
    ["rcwh list --status unhealthy", "what delivers nothing"],
    ["rcwh list --expiring-within 48h", "what needs renewing soon"],
    ["rcwh list | cut -f1", "ids, one per line"],
    ["rcwh list --json | jq -r '.subscriptions[].deliveryMode.address'", "addresses, whole"],
    ["rcwh list -i", "pick one, then show, renew, update or delete it"],
  ],
  json: '{ "schemaVersion": 1, "subscriptions": [ { "id", "status", "expirationTime", "eventFilters",\n  "deliveryMode": { "transportType", "address" }, …, "profile", "api" } ] }',
  exitCodes: [0, 2, 4, 5],
});

const defaultInterval = "30s";
/** List is in the Light group: 50 requests a minute for each user and app, other programs included. */
const shortestInterval = 2000;

export function createListCommand(context: CommandContext, run = listSubscriptions) {
  const command = createCommand("list", context)
    .description(
      "List your subscriptions, soonest to expire first. RingCentral shows each app and user only their own.",
    )
    .optionsGroup("Display:")
    .option("-i, --interactive", "pick a subscription and act on it")
    .option("--watch [interval]", `list again and again (default: every ${defaultInterval})`);
  return addSelectorFlags(command)
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function listSubscriptions(
  options: ListOptions,
  context: CommandContext,
): Promise<void> {
  if (options.interactive) {
    const { pickAndAct } = await import("./list-interactive.ts");
    return pickAndAct(() => takeListed(options, context), describeNone(options), context);
  }
  if (options.watch !== undefined) return watchSubscriptions(options, options.watch, context);
  const { subscriptions, own } = await takeListed(options, context);
  await printSubscriptions(context, subscriptions, own);
  if (subscriptions.length === 0) context.io.note(describeNone(options));
}

/** `deadline` as in `CommandContext.api`. */
async function takeListed(
  options: ListOptions,
  context: CommandContext,
  deadline?: number,
): Promise<Inventory> {
  const selector = createSelector([], options);
  const inventory = await takeInventory(context, deadline);
  if (!isSelective(selector)) return inventory;
  const { subscriptions, own } = inventory;
  const now = context.clock.now();
  return {
    ...inventory,
    subscriptions: selectSubscriptions(subscriptions, selector, { now, own }),
  };
}

async function printSubscriptions(
  context: CommandContext,
  subscriptions: readonly OwnedSubscription[],
  own: OwnIds,
): Promise<void> {
  await printRecords(context.io, {
    key: "subscriptions",
    records: subscriptions,
    columns: subscriptionColumns(context, subscriptions, own),
  });
}

function describeNone(options: ListOptions): string {
  return isSelective(createSelector([], options))
    ? "No subscription matches."
    : "No subscriptions. Make one with `rcwh create --filter posts --url https://…`.";
}

/** Lists until it is interrupted. What passes (network, 429, 5xx) is told and tried again the next time. */
async function watchSubscriptions(
  options: ListOptions,
  watch: string | true,
  context: CommandContext,
): Promise<void> {
  const { io, clock, signal } = context;
  const interval = parseDuration(watch === true ? defaultInterval : watch, "--watch");
  if (interval < shortestInterval) {
    throw new UsageError(
      `--watch ${watch} would use up RingCentral's quota of 50 lists a minute.`,
      `Use ${formatDuration(shortestInterval / 1000)} or more.`,
    );
  }
  const every = formatDuration(interval / 1000);
  const redraw = io.format === "table" && canRedraw(context);
  for (;;) {
    try {
      // It has no end of its own, so only `--deadline` sets one.
      const { subscriptions, own } = await takeListed(options, context, Number.POSITIVE_INFINITY);
      if (redraw) io.stdout.write(homeAndClear);
      if (io.format === "table") {
        io.data(io.style.dim(`${instant(clock.now())}, every ${every}; Ctrl-C ends.`));
        if (subscriptions.length === 0) io.data(describeNone(options));
      }
      await printSubscriptions(context, subscriptions, own);
    } catch (error) {
      const passes = error instanceof CliError && error.exitCode === ExitCode.unavailable;
      if (!passes || error.code === "DEADLINE") throw error;
      io.warn(`${error.message.replace(/\.$/, "")}; trying again in ${every}.`);
      sayWarnings(io);
    }
    await clock.sleep(interval, signal);
  }
}

const homeAndClear = "\u001b[H\u001b[J";

function canRedraw({ io, env }: CommandContext): boolean {
  return io.stdout.isTTY === true && env["TERM"] !== "dumb";
}
