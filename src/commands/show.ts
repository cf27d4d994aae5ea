import type { CommandContext } from "../context.ts";
import { CliError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { shortFilter } from "../filters/search.ts";
import { printRecords } from "../io/formats.ts";
import type { Column } from "../io/table.ts";
import {
  type OwnedMalformed,
  type OwnedSubscription,
  type RecordedSubscription,
  takeInventory,
} from "../lifecycle/inventory.ts";
import { malformedAlarm, malformedOutsiders } from "../lifecycle/malformed.ts";
import { findMissing, missingOutsiders } from "../lifecycle/missing.ts";
import { findUnderWay } from "../lifecycle/replacement/under-way.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { redactAddress } from "../machine/redact.ts";
import { oneLine } from "../one-line.ts";
import type { PickList } from "../operations/guide/pick.ts";
import { noSubscriptions } from "../operations/no-subscriptions.ts";
import { openAccount } from "../operations/open-account.ts";
import { describeDisabled, disabledFiltersHint } from "../subscriptions/disabled-filters.ts";
import { blacklistReason, isHealthy, repairHint } from "../subscriptions/health.ts";
import { formatDuration, remainingSeconds } from "../subscriptions/lifetime.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { selectOne } from "../subscriptions/select.ts";
import { relativeExpiry, relativeTime } from "../subscriptions/time.ts";
import { asksForArgument, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLater } from "./flags/exit-codes.ts";
import { raiseAlarms } from "./output/list-problems.ts";
import { malformedMembers, malformedRow, textOf } from "./output/malformed-row.ts";
import { recordedRow } from "./output/recorded-row.ts";
import { type SubscriptionRow, subscriptionColumns } from "./output/subscription-columns.ts";

const manual: Manual = {
  examples: {
    "rcwh show 3f2a": "the first characters of the id are enough",
    "rcwh show https://example.com/hook": "by its URL",
    "rcwh show 3f2a --json | jq '.subscriptions[0].eventFilters'": "one value, for a script",
  },
  json: '{ "schemaVersion": 1, "subscriptions": [ { …as RingCentral has it, "profile", "api" } ] }',
  exitCodes: {
    0: "shown, whatever its status",
    3: "no such subscription, only its record is left, or no such profile",
    4: authFailure,
    5: tryLater,
    8: "a record in the list cannot be read",
  },
};

export function createShowCommand(context: CommandContext, run = showSubscription) {
  const command = createCommand("show", context, manual)
    .description(
      "Show one subscription in full, with what rcwh recorded about it. On a terminal, it asks for what is missing.",
    )
    .argument("<selector>", "an id, a unique prefix of one, or a URL")
    .action((selector: string | undefined) =>
      selector === undefined ? pickAndShow(context) : run(selector, context),
    );
  return asksForArgument(command, context);
}

async function pickAndShow(context: CommandContext): Promise<void> {
  const { runOnOne } = await import("../operations/guide/pick.ts");
  const offer = {
    command: { name: "show", flags: {} },
    question: "Show which subscription?",
    of: ({ subscriptions, recorded }: PickList) => [...subscriptions, ...recorded],
    none: noSubscriptions(context.settings.profile, context.io.interactive),
  };
  await runOnOne(offer, context, showSubscription);
}

export async function showSubscription(selector: string, context: CommandContext): Promise<void> {
  const { io } = context;
  const account = await openAccount(context);
  const inventory = await takeInventory(account);
  const { profile, subscriptions, malformed, own, records } = inventory;
  const alarms = malformed.map(malformedAlarm);
  const gone = missingOutsiders(await findMissing(account, inventory), profile);
  const outsiders = [...malformedOutsiders(inventory), ...gone];
  const subscription = selectOne(
    [...subscriptions, ...outsiders],
    selector,
    await account.journal.list(),
  );
  if ("missing" in subscription) {
    const { missing, refusal, ...recorded } = subscription;
    await printRecorded(recorded, missing.record, serverNow(account), own, context);
    throw refusal;
  }
  if ("malformed" in subscription) {
    await printMalformed(subscription.malformed, context);
    const { message, code, exitCode } = subscription.refusal;
    throw new CliError(message, { code, exitCode });
  }
  const record = records.get(subscription.id);
  await printRecords(io, {
    key: "subscriptions",
    records: [subscription],
    columns:
      io.format === "table"
        ? cardColumns(context, own, record)
        : subscriptionColumns(context, [subscription], own),
    cards: true,
  });
  for (const { oldId, newId, text } of await findUnderWay(account)) {
    if (subscription.id === oldId || subscription.id === newId) io.note(["", text]);
  }
  if (!isHealthy(subscription)) {
    io.note([
      "",
      `No events are delivered while it is ${subscription.status}. ${repairHint(subscription)}`,
    ]);
  }
  const disabled = describeDisabled(subscription, own);
  if (disabled !== undefined) {
    io.note(["", `${disabled}. ${disabledFiltersHint(subscription, own)}`]);
  }
  raiseAlarms(alarms, subscriptions.length + malformed.length);
}

/** What is left of one that the server no longer has. */
async function printRecorded(
  recorded: RecordedSubscription,
  record: SubscriptionRecord,
  now: number,
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  const row = recordedRow(recorded, now);
  const { status, expirationTime, deliveryMode, eventFilters, goneAt } = recorded;
  const text = (title: string, ...lines: readonly string[]): Column<SubscriptionRow> => ({
    title,
    value: () => lines.join(","),
    show: () => lines,
    shrink: "wrap",
  });
  const end = relativeTime(Date.parse(expirationTime) - now);
  const card = [
    text("id", row.id),
    { ...text("status", status), style: io.style.red },
    status === "Expired"
      ? text("expired", `${end} (${expirationTime})`)
      : text("would expire", `${end} (${expirationTime})`),
    ...(goneAt === undefined
      ? []
      : [text("noticed", `${relativeTime(Date.parse(goneAt) - now)} (${goneAt})`)]),
    text("url", redactAddress(deliveryMode.address ?? "", settings.showSecrets)),
    text("filters", ...eventFilters.map((filter) => shortFilter(filter, own))),
    text("api", row.api),
    text("profile", row.profile),
    text("recorded", describeRecord(record)),
  ];
  await printRecords(io, {
    key: "subscriptions",
    records: [row],
    toDocument: () => row.document,
    columns: io.format === "table" ? card : subscriptionColumns(context, [row], own),
    cards: true,
  });
}

async function printMalformed(malformed: OwnedMalformed, context: CommandContext): Promise<void> {
  const { io } = context;
  const row = malformedRow(malformed);
  await printRecords(io, {
    key: "subscriptions",
    records: [row],
    toDocument: () => row.document,
    columns:
      io.format === "table"
        ? malformedMembers(malformed).map(([title, value]) => ({
            title: oneLine(title),
            value: () => textOf(value),
            shrink: "wrap",
          }))
        : subscriptionColumns(context, [row], {}),
    cards: true,
  });
}

function cardColumns(
  { io, clock, settings }: CommandContext,
  own: OwnIds,
  record: SubscriptionRecord | undefined,
): Column<OwnedSubscription>[] {
  const now = clock.now();
  const { green, red, yellow } = io.style;
  return [
    { title: "id", value: ({ id }) => id },
    {
      title: "status",
      value: ({ status }) => status,
      style: (text) => (text === "Active" ? green(text) : red(text)),
    },
    {
      title: "blacklisted",
      value: (row) =>
        [row.blacklistedData?.blacklistedAt, blacklistReason(row)].filter(Boolean).join(", "),
      shrink: "wrap",
    },
    {
      title: "expires",
      value: (row) =>
        `${relativeExpiry(remainingSeconds(row, now) * 1000)} (${row.expirationTime})`,
    },
    {
      title: "created",
      value: (row) => {
        // By the server's clock, like the expiry.
        const serverNow = Date.parse(row.expirationTime) - remainingSeconds(row, now) * 1000;
        const age = relativeTime(Date.parse(row.creationTime) - serverNow);
        return `${age} (${row.creationTime})`;
      },
    },
    {
      title: "url",
      value: ({ deliveryMode }) => redactAddress(deliveryMode.address ?? "", settings.showSecrets),
      shrink: "wrap",
    },
    {
      title: "filters",
      value: ({ eventFilters }) => eventFilters.join(","),
      show: ({ eventFilters }) => eventFilters.map((filter) => shortFilter(filter, own)),
      shrink: "wrap",
    },
    {
      title: "disabled",
      value: ({ disabledFilters = [] }) => disabledFilters.map(({ filter }) => filter).join(","),
      show: ({ disabledFilters = [] }) =>
        disabledFilters.map(
          ({ filter, reason, message }) =>
            `${shortFilter(filter, own)} (${reason}${message ? `: ${message}` : ""})`,
        ),
      style: yellow,
      shrink: "wrap",
    },
    { title: "transport", value: ({ deliveryMode }) => deliveryMode.transportType },
    { title: "api", value: ({ api }) => api },
    { title: "profile", value: ({ profile }) => profile },
    { title: "recorded", value: () => describeRecord(record), shrink: "wrap" },
  ];
}

function describeRecord(record: SubscriptionRecord | undefined): string {
  if (!record) return "nothing: created elsewhere, or before rcwh kept records here";
  const lifetime =
    record.expiresIn === undefined
      ? "the default lifetime"
      : `a lifetime of ${formatDuration(record.expiresIn)}`;
  const token = record.verificationToken === undefined ? "no" : "a";
  return `${lifetime}, ${token} verification token`;
}
