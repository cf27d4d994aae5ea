import type { SubscriptionRecord } from "../config/types.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { inBulk } from "../operations/bulk.ts";
import {
  type Inventory,
  type OwnedSubscription,
  openRecords,
  takeInventory,
} from "../operations/inventory.ts";
import { limitChanges } from "../operations/limit-changes.ts";
import { type Renewal, renewSubscription } from "../operations/renewal.ts";
import type { Result, ResultError } from "../operations/results.ts";
import { finishReplacements } from "../operations/unfinished-replacements.ts";
import { collect, createCommand, renderManual } from "../program/command.ts";
import { concludeResults } from "../program/conclude-results.ts";
import { printResults } from "../program/print-results.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "../program/selector-flags.ts";
import { isDue } from "../subscriptions/due.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../subscriptions/health.ts";
import { parseDuration, parseLifetime } from "../subscriptions/lifetime.ts";
import { allFilters } from "../subscriptions/renewal.ts";
import { isSelective, selectSubscriptions } from "../subscriptions/select.ts";

export interface RenewOptions extends SelectorFlags {
  readonly all?: true;
  readonly within?: string;
  readonly expiresIn?: string;
  readonly ignore?: readonly string[];
  readonly maxChanges?: string;
  readonly dryRun?: true;
}

const manual = renderManual({
  examples: [
    ["rcwh renew", "what is due"],
    ["rcwh renew -q", "the same from cron: silent while all is well"],
    ["rcwh renew --within 3d", "what expires within three days"],
    ["rcwh renew 3f2a", "this one, due or not"],
    ["rcwh renew --all --expires-in max", "every one, for as long as RingCentral allows"],
    ["rcwh renew --dry-run", "what would be renewed"],
  ],
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "renewed|not-due|unchanged|degraded|disabled-filters|blacklisted|skipped|\n    shortened|refused|gone|try-later|not-tried|would-renew",\n  "subscription", "error" } ] }',
  exitCodes: [0, 1, 2, 3, 4, 5, 7, 8],
});

/** Unattended, it may well wait for a rate limit to pass. */
const renewDeadline = 15 * 60_000;

export function createRenewCommand(context: CommandContext, run = renewSubscriptions) {
  const command = createCommand("renew", context)
    .description(
      "Extend the subscriptions that are due, or the selected ones. Due is what has less left than a third of its recorded lifetime, or than 48 hours where none is recorded. A life is never shortened, and disabled filters are kept.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs")
    .optionsGroup("Renewal:")
    .option("--within <duration>", "due is what expires within this time")
    .option("--expires-in <duration>", "for how long from now (default: as recorded, else 7d)")
    .option("--ignore <selector>", "say nothing of this one's troubles; may be repeated", collect)
    .option("--max-changes <n>", "do nothing if there are more to renew than this")
    .option("--dry-run", "print what would be renewed, and renew nothing");
  return addSelectorFlags(command)
    .option("--all", "every subscription, due or not")
    .addHelpText("after", manual)
    .action((selectors, options) => run(selectors, options, context));
}

export async function renewSubscriptions(
  selectors: readonly string[],
  options: RenewOptions,
  context: CommandContext,
): Promise<void> {
  const { io, clock } = context;
  const now = clock.now();
  const selector = createSelector(selectors, options);
  const asked = options.expiresIn === undefined ? undefined : parseLifetime(options.expiresIn, now);
  const within =
    options.within === undefined ? undefined : parseDuration(options.within, "--within");

  const present = await takeInventory(context, renewDeadline);
  const inventory = await finishReplacements(context, present, options);
  const { subscriptions, own, records } = inventory;
  const chosen = isSelective(selector)
    ? selectSubscriptions(subscriptions, selector, { now, own })
    : subscriptions;
  const isSelected = isSelective(selector) && within === undefined;
  const isToRenew = (each: OwnedSubscription) =>
    !renewsItself(each) &&
    (isSelected || isDue(each, { within, recorded: records.get(each.id), now }));
  limitChanges(chosen.filter((each) => isToRenew(each)).length, options.maxChanges);

  const ignored = findIgnored(options.ignore, inventory, now);
  const renew = async (subscription: OwnedSubscription): Promise<Result> => {
    const result = await renewOne(
      subscription,
      isToRenew(subscription),
      asked,
      inventory,
      options,
      context,
    );
    const { error, ...quiet } = result;
    const isSilenced = ignored.has(subscription.id) && error?.exitCode === ExitCode.attention;
    return isSilenced ? quiet : result;
  };
  const { results: renewals, stoppedBy } = await inBulk(chosen, renew, {
    io,
    doing: "Renewing",
    takesTime: (each) => isToRenew(each) && !options.dryRun,
  });
  const results = [...inventory.unfinished, ...renewals];
  await report(results, own, context);
  if (results.length > 0) io.note(summarize(results));
  else io.note(isSelective(selector) ? "No subscription matches." : "No subscriptions.");
  if (stoppedBy) throw stoppedBy;
  concludeResults(results, "renewed");
}

/** RingCentral does that for a WebSocket while it is open, and refuses it over HTTP. */
function renewsItself({ deliveryMode }: OwnedSubscription): boolean {
  return deliveryMode.transportType === "WebSocket";
}

/** A crontab may go on ignoring what is no longer there. */
function findIgnored(
  ignore: readonly string[] = [],
  { subscriptions, own }: Inventory,
  now: number,
): ReadonlySet<string> {
  const ids = ignore.flatMap((each) => {
    try {
      return selectSubscriptions(subscriptions, { ids: [each] }, { now, own }).map(({ id }) => id);
    } catch (error) {
      if (error instanceof CliError && error.exitCode === ExitCode.notFound) return [];
      throw error;
    }
  });
  return new Set(ids);
}

async function renewOne(
  subscription: OwnedSubscription,
  isToRenew: boolean,
  asked: number | undefined,
  { client, own, records }: Inventory,
  { dryRun }: RenewOptions,
  context: CommandContext,
): Promise<Result> {
  const { id, profile } = subscription;
  if (renewsItself(subscription)) return { id, profile, outcome: "skipped", subscription };
  if (!isToRenew || dryRun) {
    const error = isHealthy(subscription)
      ? undefined
      : attentionTo(subscription, [describeUnhealthy(subscription, "It")], "blacklisted");
    const outcome = error ? "blacklisted" : isToRenew ? "would-renew" : "not-due";
    return { id, profile, outcome, subscription, ...(error && { error }) };
  }
  const record = records.get(id);
  const now = context.clock.now();
  const renewal = await renewSubscription(client, subscription, { record, asked, now, own });
  await keepRecord(renewal, record, asked, context);
  const { outcome } = renewal;
  const error = attentionTo(renewal.subscription, renewal.remarks, outcome);
  return { id, profile, outcome, subscription: renewal.subscription, ...(error && { error }) };
}

async function keepRecord(
  { subscription, droppedFilters }: Renewal,
  record: SubscriptionRecord | undefined,
  asked: number | undefined,
  context: CommandContext,
): Promise<void> {
  const { id, api, deliveryMode, expirationTime } = subscription;
  const { droppedFilters: _, ...known } = record ?? { foreign: true };
  await (await openRecords(context)).save({
    ...known,
    id,
    api,
    eventFilters: [...allFilters(subscription), ...droppedFilters],
    ...(droppedFilters.length > 0 && { droppedFilters }),
    address: deliveryMode.address ?? "",
    expirationTime,
    ...(asked !== undefined && { expiresIn: asked }),
  });
}

/** What the user should know, as the error that it comes to; undefined where all is well. */
function attentionTo(
  subscription: OwnedSubscription,
  remarks: readonly string[],
  outcome: Renewal["outcome"],
): ResultError | undefined {
  if (remarks.length === 0) return undefined;
  const { id } = subscription;
  const error = { message: remarks.join(" "), exitCode: ExitCode.attention };
  switch (outcome) {
    case "shortened":
      return {
        ...error,
        code: "SHORTENED",
        hint: `Ask for the lifetime again with \`rcwh renew ${id} --expires-in <duration>\`.`,
        exitCode: ExitCode.failure,
      };
    case "blacklisted":
      return {
        ...error,
        code: "UNHEALTHY",
        hint: repairHint(subscription).replace(/\.$/, `; \`--ignore ${id}\` silences this.`),
      };
    default:
      return {
        ...error,
        code: outcome.toUpperCase().replaceAll("-", "_"),
        hint: `See \`rcwh show ${id}\`.`,
      };
  }
}

/** People read what was done and what is wrong; programs get everything. */
async function report(
  results: readonly Result[],
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  const complete = io.format !== "table" && io.format !== "tsv";
  const isNews = ({ outcome, error }: Result) =>
    error !== undefined || (outcome !== "not-due" && outcome !== "skipped" && !settings.quiet);
  const shown = complete || settings.verbose ? results : results.filter(isNews);
  await printResults(context, shown, own);
}

function summarize(results: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const parts = [...counts].map(
    ([outcome, count]) => `${count} ${phrases.get(outcome) ?? outcome.replaceAll("-", " ")}`,
  );
  return `${parts.join(", ")}.`;
}

const phrases: ReadonlyMap<string, string> = new Map([
  ["would-renew", "would be renewed"],
  ["disabled-filters", "renewed with disabled filters"],
  ["try-later", "to try later"],
]);
