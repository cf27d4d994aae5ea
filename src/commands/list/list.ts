import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { printRecords, type Records } from "../../io/formats.ts";
import { malformedAlarm } from "../../lifecycle/malformed.ts";
import {
  type AlarmConditions,
  findAlarms,
  findRecordedAlarms,
  parseAlarmConditions,
} from "../../lifecycle/renewal/alarms.ts";
import { type AccountFlags, isMany } from "../../operations/accounts/accounts.ts";
import { noSubscriptions } from "../../operations/no-subscriptions.ts";
import { countIs } from "../../phrases.ts";
import { formatDuration, parseDuration } from "../../subscriptions/lifetime.ts";
import { isSelective } from "../../subscriptions/select.ts";
import { addAccountFlags } from "../flags/account-flags.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { authFailure, tryLater } from "../flags/exit-codes.ts";
import { refuseBeside } from "../flags/flag-rules.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "../flags/selector-flags.ts";
import { concludeAccounts, toFailureObjects } from "../output/conclude-accounts.ts";
import { raiseAlarms } from "../output/list-problems.ts";
import { malformedRow } from "../output/malformed-row.ts";
import { recordedRow } from "../output/recorded-row.ts";
import { type SubscriptionRow, subscriptionColumns } from "../output/subscription-columns.ts";
import { type Listed, listAccounts } from "./list-accounts.ts";
import { noteDue, noteRecorded, noteUnhealthy } from "./list-notes.ts";

export interface ListOptions extends SelectorFlags, AccountFlags {
  readonly interactive?: true;
  readonly watch?: string | true;
  readonly failOn?: string;
  readonly recorded?: true;
}

const manual: Manual = {
  commonFlags: ["--interactive", "--watch", "--status", "--expiring-within", "--all-profiles"],
  examples: {
    "rcwh list": "everything this user created with this app",
    "rcwh list --expiring-within 48h": "what needs renewing soon",
    "rcwh list -i": "the whole terminal: search, watch the lifetimes, renew, recover, delete",
    "rcwh list --recorded --json": "include what is only on record: expired or deleted",
    "rcwh list --fail-on expiring=24h,blacklisted,disabled-filters":
      "exit code 8 if any of these is true, for a monitor",
    "rcwh list --profile 'acme-*' --status unhealthy":
      "everything unhealthy, for several accounts in one table",
  },
  json: '{ "schemaVersion": 1, "subscriptions": [ { "id", "status", "expirationTime", "eventFilters",\n  "deliveryMode": { "transportType", "address" }, …, "profile", "api" } ] }\nFor several accounts also "failures": [ { "profile", "error" } ].',
  exitCodes: {
    3: "profile not found",
    4: authFailure,
    5: tryLater,
    7: "some of several accounts could not be listed",
    8: "a condition of --fail-on is met, or a record cannot be read",
  },
};

const defaultInterval = "30s";
/** List is in the Light group: 50 requests a minute for each user and app, other programs included. */
const shortestInterval = 2000;

export function createListCommand(context: CommandContext, run = listSubscriptions) {
  const command = createCommand("list", context, manual)
    .description(
      "List your subscriptions, soonest to expire first. RingCentral shows each app and user only its own subscriptions.",
    )
    .optionsGroup("Display:")
    .option(
      "-i, --interactive",
      "full screen: search, and act with single keys; `reset` repairs it after kill -9",
    )
    .option("--watch [interval]", `refresh the list repeatedly (default: every ${defaultInterval})`)
    .option("--recorded", "in every format, include what is only on record (Expired, Gone)")
    .option(
      "--fail-on <conditions>",
      "exit with 8 on any of expiring=24h, blacklisted, disabled-filters, gone",
    );
  refuseBeside(command, "--fail-on", ["--interactive", "--watch"]);
  return addAccountFlags(addSelectorFlags(command)).action((options) => run(options, context));
}

export async function listSubscriptions(
  options: ListOptions,
  context: CommandContext,
): Promise<void> {
  const conditions = readConditions(options);
  // Mistakes in the flags come before those of the credentials.
  createSelector([], options);
  if (options.interactive) return showScreen(options, context);
  if (options.watch !== undefined) return watchSubscriptions(options, options.watch, context);
  const listed = await listAccounts(options, context);
  await printRecords(context.io, tableOf(listed, options, context));
  for (const note of notesOf(listed, options, context)) context.io.note(note);
  const { subscriptions, malformed, recorded, nowOf, ownOf, failures, accounts } = listed;
  const gone = recorded.flatMap((each) => findRecordedAlarms(each, conditions));
  const alarms = [
    ...subscriptions.flatMap((each) => findAlarms(each, conditions, nowOf(each), ownOf(each))),
    ...malformed.map(malformedAlarm),
    ...gone,
  ];
  // An account that could not be listed ends the run; the alarms of the others are worth a warning.
  if (failures.length > 0) for (const { message } of alarms) context.io.warn(message);
  concludeAccounts(failures, accounts, "listed");
  raiseAlarms(alarms, subscriptions.length + malformed.length + gone.length);
}

function readConditions({ failOn }: ListOptions): AlarmConditions {
  if (failOn === undefined) return {};
  return parseAlarmConditions(failOn);
}

/** The notes below the table, or instead of it. */
function notesOf(
  { subscriptions, malformed, due, recorded, underWay, accounts }: Listed,
  options: ListOptions,
  context: CommandContext,
): readonly string[] {
  const shown = showsRecorded(options, context) ? recorded : [];
  if (subscriptions.length + malformed.length + shown.length === 0)
    return accounts > 0 ? [describeNone(recorded.length, options, context)] : [];
  if (context.io.format !== "table") return [];
  const listed = new Set(subscriptions.map(({ id }) => id));
  const replacements = underWay.filter(({ oldId }) => listed.has(oldId)).map(({ text }) => text);
  return [
    ...noteUnhealthy(subscriptions),
    ...noteDue(due.size),
    ...replacements,
    ...noteRecorded(shown),
  ];
}

/** Whether what is only on record is part of the output. People always see it; programs have to ask. */
function showsRecorded({ recorded, status }: ListOptions, { io }: CommandContext): boolean {
  return io.format === "table" || recorded === true || /^(?:expired|gone)$/i.test(status ?? "");
}

function tableOf(
  { subscriptions, malformed, due, recorded, nowOf, ownOf, failures }: Listed,
  options: ListOptions,
  context: CommandContext,
): Records<SubscriptionRow> {
  // It is unknown whether a malformed one matches the flags.
  const others = isSelective(createSelector([], options)) ? [] : malformed.map(malformedRow);
  const gone = showsRecorded(options, context)
    ? recorded.map((each) => recordedRow(each, nowOf(each)))
    : [];
  const found = subscriptions.map((each) =>
    due.has(each) ? { ...each, isDue: true, document: each } : each,
  );
  const rows: readonly SubscriptionRow[] = [...found, ...others, ...gone];
  return {
    key: "subscriptions",
    records: rows,
    toDocument: (row) => row.document ?? row,
    columns: subscriptionColumns(context, rows, ownOf, nowOf),
    ...(isMany(context, options) && { extra: { failures: toFailureObjects(failures) } }),
  };
}

/** @param hidden the number of those on record that the output leaves out */
function describeNone(
  hidden: number,
  options: ListOptions,
  { settings, io }: Pick<CommandContext, "settings" | "io">,
): string {
  const isNarrowed = isSelective(createSelector([], options));
  if (hidden > 0) {
    const none = isNarrowed ? "No subscription matches" : "No subscriptions";
    const are = countIs(hidden);
    return `${none}, but ${are} only on record: add --recorded to list ${hidden === 1 ? "it" : "them"}.`;
  }
  return isNarrowed
    ? "No subscription matches."
    : noSubscriptions(settings.profile, io.interactive);
}

async function showScreen(options: ListOptions, context: CommandContext): Promise<void> {
  await refuseExternal(options, context);
  const { runListScreen } = await import("./list-screen.ts");
  const plan = {
    list: (account: CommandContext, deadline?: number) => listAccounts(options, account, deadline),
    isMany: isMany(context, options),
    interval: parseInterval(options.watch ?? true),
    isSelective: isSelective(createSelector([], options)),
  };
  return runListScreen(plan, context);
}

/** No command line names such an account: what a key runs could be neither shown nor repeated. */
async function refuseExternal(options: ListOptions, { settings }: CommandContext): Promise<void> {
  const { profilesFrom, watch = true, interactive: _, ...others } = options;
  if (profilesFrom === undefined) return;
  const { commandLine } = await import("../../operations/guide/command-line.ts");
  // Standard input can be read once.
  const isOnce = profilesFrom === "-";
  const flags = { ...(!isOnce && { watch }), ...others, profilesFrom };
  throw new UsageError(
    "`rcwh list -i` cannot be used with --profiles-from: its keys act on saved profiles.",
    `${isOnce ? "List" : "Watch"} these with \`${commandLine({ name: "list", flags }, settings)}\`, or use -i with --all-profiles.`,
  );
}

/** Milliseconds. Throws UsageError. */
function parseInterval(watch: string | true): number {
  const interval = parseDuration(watch === true ? defaultInterval : watch, "--watch", "s");
  if (interval >= shortestInterval) return interval;
  throw new UsageError(
    `Invalid --watch value ${JSON.stringify(watch)}: it would use up RingCentral's quota of 50 lists a minute.`,
    `Use ${formatDuration(shortestInterval / 1000)} or more.`,
  );
}

/** Lists until it is interrupted. Temporary failures (network, 429, 5xx) are reported and tried again. */
async function watchSubscriptions(
  options: ListOptions,
  watch: string | true,
  context: CommandContext,
): Promise<void> {
  const interval = parseInterval(watch);
  if (options.profilesFrom === "-") {
    throw new UsageError(
      "--watch reads the accounts every time, but standard input can only be read once.",
      "Give --profiles-from a file or a command.",
    );
  }
  const { watchListings } = await import("./list-watch.ts");
  const list = async () => {
    // A watch has no end of its own: only `--deadline` sets one.
    const listed = await listAccounts(options, context, Number.POSITIVE_INFINITY);
    const { failures, accounts } = listed;
    const table = tableOf(listed, options, context);
    return { table, notes: notesOf(listed, options, context), failures, accounts };
  };
  return watchListings(list, interval, context);
}
