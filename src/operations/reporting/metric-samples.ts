import type { LastRun } from "../../config/last-run.ts";
import type { ExitCode } from "../../errors.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { subscriptionLimit } from "../../subscriptions/limits.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import type { AccountSummary } from "./run-summary.ts";

/** The lines of one profile, by metric. Metrics without a known value are absent. */
export type Samples = ReadonlyMap<string, readonly string[]>;

/** All are gauges. Their names and labels are public interface. */
const metrics = [
  ["rcwh_subscription_expiration_timestamp_seconds", "When the subscription expires."],
  ["rcwh_subscription_active", "1 if events are delivered, 0 if not (blacklisted)."],
  ["rcwh_subscription_disabled_filters", "Event filters that RingCentral has disabled."],
  ["rcwh_subscription_info", "Always 1; the labels describe the subscription."],
  ["rcwh_subscriptions", "Subscriptions that the user has with this app."],
  ["rcwh_subscriptions_gone", "Subscriptions on record that RingCentral no longer has."],
  ["rcwh_subscription_limit", "Subscriptions that RingCentral allows per user and app."],
  ["rcwh_last_run_timestamp_seconds", "When the last run ended."],
  ["rcwh_last_run_exit_code", "Exit code of the last run; 0 for success."],
  ["rcwh_last_run_results", "Subscriptions in the last run, by outcome."],
  ["rcwh_last_success_timestamp_seconds", "When a renewal of all subscriptions last ended with 0."],
  ["rcwh_backed_off_since_timestamp_seconds", "When RingCentral first refused the account."],
  ["rcwh_backed_off_until_timestamp_seconds", "When runs over many accounts try it again."],
] as const;

type Metric = (typeof metrics)[number][0];

/** The samples of an account that a run worked on. */
export function samplesOf({ subscriptions, lastRun, ...account }: AccountSummary): Samples {
  const { profile, malformed, gone, tally, exitCode, endedAt } = account;
  const samples = new Map<Metric, readonly string[]>([
    ...(subscriptions ? subscriptionSamples(profile, subscriptions, malformed, gone) : []),
    ...runSamples(profile, exitCode, endedAt),
  ]);
  samples.set(
    "rcwh_last_run_results",
    Object.entries(tally.outcomes).map(([outcome, count]) =>
      sample("rcwh_last_run_results", { profile, outcome }, count),
    ),
  );
  return new Map([
    ...samples,
    ...successSamples(profile, lastRun),
    ...backOffSamples(profile, lastRun),
  ]);
}

/** None once it is over, also where an earlier file has some. */
function backOffSamples(profile: string, lastRun: LastRun | undefined): Samples {
  if (!lastRun) return new Map();
  const { backOff } = lastRun;
  const one = (metric: Metric, time: string, labels: Readonly<Record<string, string>> = {}) =>
    sample(metric, { profile, ...labels }, Date.parse(time) / 1000);
  const since: Metric = "rcwh_backed_off_since_timestamp_seconds";
  const until: Metric = "rcwh_backed_off_until_timestamp_seconds";
  return new Map([
    [since, backOff ? [one(since, backOff.since, { code: backOff.code })] : []],
    [until, backOff ? [one(until, backOff.until)] : []],
  ]);
}

/** When a run over all subscriptions last succeeded, if that is known. */
export function successSamples(profile: string, lastRun: LastRun | undefined): Samples {
  const success = Date.parse(lastRun?.lastSuccessAt ?? "");
  const metric: Metric = "rcwh_last_success_timestamp_seconds";
  return new Map(
    Number.isNaN(success) ? [] : [[metric, [sample(metric, { profile }, success / 1000)]]],
  );
}

/** The samples of a run that found out nothing else about a profile. */
export function runSamples(
  profile: string,
  exitCode: ExitCode,
  endedAt: number,
): ReadonlyMap<Metric, readonly string[]> {
  return new Map(
    (
      [
        ["rcwh_last_run_timestamp_seconds", endedAt / 1000],
        ["rcwh_last_run_exit_code", exitCode],
      ] as const
    ).map(([metric, value]) => [metric, [sample(metric, { profile }, value)]]),
  );
}

/** Reads the samples of an earlier file, by profile. Ignores lines that are not rcwh's. */
export function readSamples(text: string): ReadonlyMap<string, Samples> {
  const profiles = new Map<string, Map<string, string[]>>();
  for (const line of text.split("\n")) {
    const [, metric, label] = /^(\w+)\{profile="((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
    if (metric === undefined || label === undefined) continue;
    const profile = label.replace(/\\(.)/g, (_, character) =>
      character === "n" ? "\n" : character,
    );
    const samples = profiles.get(profile) ?? new Map<string, string[]>();
    const lines = samples.get(metric) ?? [];
    lines.push(line);
    profiles.set(profile, samples.set(metric, lines));
  }
  return profiles;
}

/** Renders the file in Prometheus's text format, grouped by metric. */
export function renderMetrics(profiles: Iterable<Samples>): string {
  const all = [...profiles];
  return metrics
    .flatMap(([metric, help]) => {
      const lines = all.flatMap((samples) => samples.get(metric) ?? []);
      const heading = [`# HELP ${metric} ${help}`, `# TYPE ${metric} gauge`];
      return lines.length > 0 ? [...heading, ...lines] : [];
    })
    .map((line) => `${line}\n`)
    .join("");
}

function subscriptionSamples(
  profile: string,
  subscriptions: readonly OwnedSubscription[],
  malformed: number,
  gone: number,
): readonly (readonly [Metric, readonly string[]])[] {
  // A listener keeps its own subscriptions alive; they must not raise an alarm on their expiry.
  const lasting = subscriptions.filter((subscription) => !isOfListener(subscription));
  const each = (
    metric: Metric,
    measure: (subscription: OwnedSubscription) => number,
    more: (subscription: OwnedSubscription) => Readonly<Record<string, string>> = () => ({}),
  ) => {
    const lines = lasting.flatMap((subscription) => {
      const value = measure(subscription);
      const labels = { profile, id: subscription.id, ...more(subscription) };
      return Number.isNaN(value) ? [] : [sample(metric, labels, value)];
    });
    return [metric, lines] as const;
  };
  const one = (metric: Metric, value: number) =>
    [metric, [sample(metric, { profile }, value)]] as const;
  return [
    each(
      "rcwh_subscription_expiration_timestamp_seconds",
      ({ expirationTime }) => Date.parse(expirationTime) / 1000,
    ),
    each("rcwh_subscription_active", (subscription) => (isHealthy(subscription) ? 1 : 0)),
    each(
      "rcwh_subscription_disabled_filters",
      ({ disabledFilters }) => disabledFilters?.length ?? 0,
    ),
    each(
      "rcwh_subscription_info",
      () => 1,
      ({ status, api, deliveryMode: { transportType, address = "" } }) => ({
        api,
        status,
        transport: transportType,
        address: redactAddress(address),
      }),
    ),
    one("rcwh_subscriptions", subscriptions.length + malformed),
    one("rcwh_subscriptions_gone", gone),
    one("rcwh_subscription_limit", subscriptionLimit),
  ];
}

function sample(metric: Metric, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
  return `${metric}{${pairs.join(",")}} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
