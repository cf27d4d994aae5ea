import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { printRecords } from "../../io/formats.ts";
import { loadMeasure } from "../../io/table.ts";
import { type Listing, takeListing } from "../../lifecycle/listing.ts";
import { type AccountFlags, forEachAccount, isMany } from "../../operations/accounts/accounts.ts";
import { openAccount } from "../../operations/open-account.ts";
import { readLastRun } from "../../operations/reporting/last-run.ts";
import { usualInterval } from "../../subscriptions/forecast.ts";
import { formatDuration, parseDuration } from "../../subscriptions/lifetime.ts";
import { isSelective } from "../../subscriptions/select.ts";
import { instant, relativeTime } from "../../subscriptions/time.ts";
import { addAccountFlags } from "../flags/account-flags.ts";
import { createCommand, type Manual } from "../flags/command.ts";
import { authFailure, tryLater } from "../flags/exit-codes.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "../flags/selector-flags.ts";
import { concludeAccounts, toFailureObjects } from "../output/conclude-accounts.ts";
import { hintsByKind } from "../output/hints.ts";
import { listProblems, needAttention } from "../output/list-problems.ts";
import { localTime } from "./forecast-axis.ts";
import { type ChartLook, drawChart, drawLegend, marksFor } from "./forecast-chart.ts";
import {
  byExpiryToCome,
  type ForecastPlan,
  type ForecastRow,
  forecastRows,
  shortenIds,
  toForecastDocument,
} from "./forecast-rows.ts";

export interface ForecastOptions extends SelectorFlags, AccountFlags {
  readonly horizon?: string;
  readonly every?: string;
  readonly within?: string;
  readonly interactive?: true;
}

const defaultHorizon = "30d";
/** Milliseconds: ten times RingCentral's longest lifetime. */
const longestHorizon = 100 * 31_536_000_000;
/** Runs within the horizon. */
const mostRuns = 100_000;
/** Problems that are listed below a chart. */
const mostProblems = 5;

const manual: Manual = {
  commonFlags: ["--horizon", "--every", "--interactive", "--url", "--all-profiles"],
  examples: {
    "rcwh forecast": "the next 30 days, with the runs of `rcwh cron print`",
    "rcwh forecast --every 12h --horizon 1y": "a year with two runs a day",
    "rcwh forecast -i": "scroll through the time with the arrow keys",
    "rcwh forecast -o svg > forecast.svg": "the same as a picture",
    "rcwh forecast --all-profiles --json | jq '.forecast[] | select(.gapFrom)'":
      "what will stop delivering, for every profile",
  },
  json: '{ "schemaVersion": 1, "forecast": [ { "id", "profile", "api", "status", "address", "expirationTime",\n  "renewals": [ "2026-11-27T12:17:00Z", … ], "gapFrom", "lost", "keptByOthers" } ],\n  "from", "until", "everySeconds", "withinSeconds", "firstGapIfRunsFail" }\ngapFrom is when events stop even if every run works; lost is why none are delivered now.\nFor several accounts also "failures": [ { "profile", "error" } ].',
  exitCodes: {
    0: "every subscription lives until the horizon if every run works",
    3: "profile not found",
    4: authFailure,
    5: tryLater,
    7: "some of several accounts could not be listed",
    8: "some deliver nothing, now or later, even if every run works",
  },
};

export function createForecastCommand(context: CommandContext, run = forecastSubscriptions) {
  const command = createCommand("forecast", context, manual)
    .description(
      "Show the life of each subscription as a timeline: when `rcwh renew` renews it, and when events stop if no run works from now on. The runs follow the last one on record, or begin one interval from now. Changes nothing. -o svg draws a picture.",
    )
    .optionsGroup("Time:")
    .option("--horizon <duration>", `how far to look ahead (default: ${defaultHorizon})`)
    .option(
      "--every <duration>",
      "time between runs of `rcwh renew` (default: from the crontab, else as in `cron print`)",
    )
    .option("--within <duration>", "--within of these runs; does not change their interval")
    .option("-i, --interactive", "scroll through the time with the arrow keys");
  return addAccountFlags(addSelectorFlags(command)).action((options) => run(options, context));
}

export async function forecastSubscriptions(
  options: ForecastOptions,
  context: CommandContext,
): Promise<void> {
  const { io, clock } = context;
  const selector = createSelector([], options);
  const horizon = parseDuration(options.horizon ?? defaultHorizon, "--horizon", "d");
  if (horizon > longestHorizon) {
    throw new UsageError(
      `Invalid --horizon value "${options.horizon}": must be at most ${formatDuration(longestHorizon / 1000)}.`,
    );
  }
  const within = durationOf(options.within, "--within");
  const asked = durationOf(options.every, "--every");
  if (asked !== undefined) refuseTooMany(horizon, asked, "--every");
  const canScroll = io.interactive && io.format === "table" && context.env["TERM"] !== "dumb";
  if (options.interactive && !canScroll) {
    throw new UsageError(
      "`rcwh forecast -i` needs a terminal.",
      "Use `rcwh forecast`, with a shorter --horizon for more detail.",
    );
  }
  const listings: Listed[] = [];
  const failures = await forEachAccount(context, options, async (account) => {
    const listing = await takeListing(await openAccount(account), selector);
    const run = await readLastRun(account);
    // In the server's time, as everything else. An emulator's clock may have been moved since.
    const ahead = run?.serverAhead ?? listing.now - clock.now();
    const lastRun = run && Date.parse(run.startedAt) + ahead;
    listings.push({ listing, lastRun });
  });

  const installed = asked === undefined ? await findInstalled(listings, context) : undefined;
  const every = asked ?? installed?.every ?? usualIntervalOf(listings);
  if (asked === undefined) refuseTooMany(horizon, every, "--horizon");
  const rows = shortenIds(
    listings.flatMap(({ listing, lastRun }) =>
      forecastRows(listing, {
        runs: { first: firstRun(listing.now, every, lastRun), every, within },
        horizon,
        showSecrets: context.settings.showSecrets,
        isAboutAll: !isSelective(selector),
      }),
    ),
  ).toSorted(byExpiryToCome);
  const [first = clock.now(), ...others] = listings.map(({ listing }) => listing.now);
  const from = others.reduce((least, each) => Math.min(least, each), first);
  const plan: ForecastPlan = { rows, from, until: from + horizon, every };

  await print(plan, options, context, {
    extra: {
      from: instant(from),
      until: instant(plan.until),
      everySeconds: every / 1000,
      ...(within !== undefined && { withinSeconds: within / 1000 }),
      ...(firstGap(plan) && { firstGapIfRunsFail: toGapDocument(firstGap(plan)) }),
      ...(isMany(context, options) && { failures: toFailureObjects(failures) }),
    },
  });
  if (rows.length === 0 && listings.length > 0) {
    io.note(isSelective(selector) ? "No subscription matches." : "No subscriptions.");
  }
  if (io.format === "table") {
    const source = asked === undefined ? (installed?.source ?? "as `rcwh cron print` has it") : "";
    for (const note of notesOf(plan, listings, source)) io.note(note);
  }
  const alarms = rows.flatMap(({ alarm }) => alarm ?? []);
  // An account that could not be listed ends the run; the alarms of the others are worth a warning.
  if (failures.length > 0) for (const { message } of alarms) io.warn(message);
  concludeAccounts(failures, listings.length, "listed");
  conclude(plan, io.format === "table" ? mostProblems : rows.length);
}

interface Listed {
  readonly listing: Listing;
  /** When the last run began, by the server's clock. */
  readonly lastRun: number | undefined;
}

function durationOf(text: string | undefined, flag: string): number | undefined {
  return text === undefined ? undefined : parseDuration(text, flag, "h");
}

function refuseTooMany(horizon: number, every: number, flag: string): void {
  if (horizon / every <= mostRuns) return;
  throw new UsageError(
    `A run every ${formatDuration(every / 1000)} for ${formatDuration(horizon / 1000)} is more than ${mostRuns} runs.`,
    flag === "--every"
      ? "Use a longer --every, or a shorter --horizon."
      : "Use a shorter --horizon.",
  );
}

/** How often this user's crontab renews, if it has a line for every account: the longest time between two runs. */
async function findInstalled(
  listings: readonly Listed[],
  context: CommandContext,
): Promise<{ readonly every: number; readonly source: string } | undefined> {
  if (context.platform === "win32" || listings.length === 0) return undefined;
  const { readCrontab } = await import("../../operations/schedule/read-crontab.ts");
  const { longestGapOf } = await import("../../operations/audit/found-schedule.ts");
  const crontab = await readCrontab(context);
  const gaps = listings.map(({ listing }) => longestGapOf(crontab, listing.profile));
  const [rarest] = gaps.toSorted((a, b) => (b?.minutes ?? 0) - (a?.minutes ?? 0));
  if (rarest === undefined || gaps.includes(undefined)) return undefined;
  const source = `by line ${rarest.number} of the crontab`;
  return { every: rarest.minutes * 60_000, source };
}

function usualIntervalOf(listings: readonly Listed[]): number {
  const all = listings.flatMap(({ listing: { subscriptions, records } }) =>
    subscriptions.map((subscription) => ({
      subscription,
      recorded: records.get(subscription.id),
    })),
  );
  return usualInterval(all);
}

/** When the next run begins: after the last one, or where there was none an interval from now. */
function firstRun(now: number, every: number, lastRun: number | undefined): number {
  if (lastRun === undefined || lastRun > now) return now + every;
  return lastRun + (Math.floor((now - lastRun) / every) + 1) * every;
}

async function print(
  plan: ForecastPlan,
  { interactive }: ForecastOptions,
  context: CommandContext,
  { extra }: { readonly extra: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { io } = context;
  const { rows } = plan;
  if (io.format === "svg") {
    const { drawSvg } = await import("./forecast-svg.ts");
    return io.data(drawSvg(plan, await lookOf(context)));
  }
  if (io.format !== "table") {
    return printRecords(io, {
      key: "forecast",
      records: rows,
      toDocument: toForecastDocument,
      columns: [
        { title: "id", value: ({ id }) => id },
        { title: "profile", value: ({ profile }) => profile },
        { title: "expirationTime", value: ({ expirationTime }) => expirationTime },
        { title: "renewals", value: ({ renewals }) => renewals.map(instant).join(",") },
        {
          title: "gapFrom",
          value: ({ gapFrom }) => (gapFrom === undefined ? "" : instant(gapFrom)),
        },
        {
          title: "lost",
          value: ({ lost, isUnknown }) => lost ?? (isUnknown ? "Malformed" : ""),
        },
        { title: "address", value: ({ url }) => url },
      ],
      extra,
    });
  }
  if (rows.length === 0) return;
  const look = await lookOf(context);
  if (interactive) {
    const { scrollForecast } = await import("./forecast-screen.ts");
    return scrollForecast(plan, look, context);
  }
  // The axis, the legend, the notes and the prompt take six lines, and what needs attention more.
  const failing = Math.min(rows.filter(({ alarm }) => alarm).length, mostProblems);
  const below = 6 + (failing === 0 ? 0 : 4 + 2 * failing);
  const height = io.stdout.isTTY ? (io.stdout.rows ?? 24) - below : Number.POSITIVE_INFINITY;
  const chart = { ...look, from: plan.from, until: plan.until, width: io.width, height };
  io.data([...drawChart(rows, chart), ...drawLegend(chart)].join("\n"));
}

async function lookOf({ io, env }: CommandContext): Promise<ChartLook> {
  const measure = await loadMeasure();
  return { marks: marksFor(env), style: io.style, measure, redact: io.redactor.message };
}

/** The subscription that expires first if no run works from now on; undefined if none does within the horizon. */
function firstGap({ rows, until }: ForecastPlan): ForecastRow | undefined {
  return rows
    .filter((row) => row.lost === undefined && !row.keptByOthers && row.expiresAt <= until)
    .toSorted((a, b) => a.expiresAt - b.expiresAt)[0];
}

function toGapDocument(row: ForecastRow | undefined) {
  return row && { id: row.id, profile: row.profile, at: instant(row.expiresAt) };
}

/** What stands below the chart. */
function notesOf(
  plan: ForecastPlan,
  listings: readonly Listed[],
  source: string,
): readonly string[] {
  const { rows, from, every } = plan;
  if (rows.length === 0) return [];
  const gap = firstGap(plan);
  const last = listings.reduce((latest, { lastRun = 0 }) => Math.max(latest, lastRun), 0);
  const begins = last > 0 ? `the last one began ${relativeTime(last - from)}` : "none is on record";
  const isAlive = rows.some((row) => !(row.lost ?? row.keptByOthers ?? row.isUnknown));
  return [
    `Assumes that \`rcwh renew\` runs every ${formatDuration(every / 1000)}${source && `, ${source}`}; ${begins}.`,
    ...(gap
      ? [
          `If no run works from now on, events stop first ${relativeTime(gap.expiresAt - from)}, ${localTime(gap.expiresAt, from)}: ${gap.shortId}.`,
        ]
      : isAlive
        ? ["Even if no run works from now on, nothing expires in this time."]
        : []),
  ];
}

/** Throws exit 8 if anything needs attention. */
function conclude({ rows }: ForecastPlan, most: number): void {
  const alarms = rows.flatMap(({ alarm }) => alarm ?? []);
  const [first] = alarms;
  if (!first) return;
  const codes = new Set(alarms.map(({ code }) => code));
  const messages = alarms.map(({ message }) => message);
  throw new CliError(
    alarms.length === 1
      ? first.message
      : listProblems(needAttention(alarms.length, rows.length), messages, most),
    {
      exitCode: ExitCode.attention,
      code: codes.size === 1 ? first.code : "PARTIAL",
      hint: hintsByKind(alarms),
    },
  );
}
