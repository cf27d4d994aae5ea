import { CliError, ExitCode } from "../errors.ts";
import { canonicalFilter, type OwnIds, sameFilters } from "../filters/compare.ts";
import { FilterSet } from "../filters/filter-set.ts";
import type { Inventory, OwnedSubscription } from "../lifecycle/inventory.ts";
import type { Missing } from "../lifecycle/missing.ts";
import { normalizedAddress } from "../subscriptions/address.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { isOfListener } from "../subscriptions/marker.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/subscription-filters.ts";
import { type WantedSubscription, wantedName } from "./wanted.ts";

/** What there is of a wanted subscription. */
export interface Match {
  readonly wanted: WantedSubscription;
  /** Undefined if it is to be created. */
  readonly subscription: OwnedSubscription | undefined;
  /** The record of the one that it had, if the server no longer has that. */
  readonly missing: Missing | undefined;
}

export interface Matches {
  /** In the order of `wanted`. */
  readonly matches: readonly Match[];
  /** What an earlier version of the file named, and this one does not. */
  readonly orphans: readonly OwnedSubscription[];
  /** What the file has nothing to do with. */
  readonly others: readonly OwnedSubscription[];
}

export interface MatchOptions extends Pick<Inventory, "subscriptions" | "records" | "own"> {
  /** What the file calls itself. */
  readonly manifest: string;
  readonly missing: readonly Missing[];
  /** The ids of what a replacement in progress will delete. */
  readonly replaced: ReadonlySet<string>;
}

/**
 * Finds the subscription of each wanted one: by the name on record, else by URL and filters, else by the URL, where one
 * subscription there has some of the filters. What has exactly the wanted URL and filters wins over the name on record, so
 * that a new name takes no request.
 *
 * @throws `AMBIGUOUS` (exit 2), with the candidates, and `MANAGED_ELSEWHERE` (exit 2) for what another file manages
 */
export function matchWebhooks(
  wanted: readonly WantedSubscription[],
  options: MatchOptions,
): Matches {
  const { manifest, subscriptions, records, own, missing, replaced } = options;
  refuseDuplicates(wanted, own);
  const candidates = subscriptions.filter(
    (each) =>
      each.deliveryMode.transportType === "WebHook" &&
      !isOfListener(each) &&
      !replaced.has(each.id),
  );
  const managed = candidates.filter(({ id }) => records.get(id)?.managedAs?.manifest === manifest);
  const foreign = candidates.filter(({ id }) => !records.get(id)?.managedAs);
  const elsewhere = candidates.filter((each) => !managed.includes(each) && !foreign.includes(each));
  const atAddress = byAddress(candidates);

  const matched = new Map<WantedSubscription, OwnedSubscription>();
  const taken = new Set<OwnedSubscription>();
  const take = (one: WantedSubscription, subscription: OwnedSubscription | undefined) => {
    if (!subscription) return;
    matched.set(one, subscription);
    taken.add(subscription);
  };
  const isNamed = (one: WantedSubscription) => (each: OwnedSubscription) => {
    const managedAs = records.get(each.id)?.managedAs;
    return managedAs?.webhook === one.webhook && managedAs.part === one.part;
  };
  const free = (one: WantedSubscription, among: readonly OwnedSubscription[]) =>
    among.filter((each) => each.api === one.api && !taken.has(each)).sort(byWorth);
  const at = ({ address }: WantedSubscription, among: readonly OwnedSubscription[]) =>
    among.length === 0
      ? []
      : (atAddress.get(normalizedAddress(address)) ?? []).filter((each) => among.includes(each));
  const exact = (one: WantedSubscription, among: readonly OwnedSubscription[]) =>
    free(one, at(one, among)).filter((each) =>
      sameFilters(knownFilters(each, records.get(each.id), own), one.eventFilters, own),
    );
  const overlapping = (one: WantedSubscription, among: readonly OwnedSubscription[]) => {
    const there = free(one, at(one, among));
    if (there.length === 0) return [];
    const filters = new FilterSet(one.eventFilters, own);
    return there.filter((each) =>
      knownFilters(each, records.get(each.id), own).some((filter) => filters.has(filter)),
    );
  };
  const inTurn = (work: (one: WantedSubscription) => void) => {
    for (const one of wanted) if (!matched.has(one)) work(one);
  };

  inTurn((one) => take(one, exact(one, managed).find(isNamed(one))));
  inTurn((one) => take(one, exact(one, managed)[0]));
  inTurn((one) => take(one, free(one, managed).find(isNamed(one))));
  inTurn((one) => {
    const [only, ...rest] = overlapping(one, managed);
    if (rest.length === 0) take(one, only);
  });
  const missingOf = (one: WantedSubscription) =>
    missing.find(({ record }) => {
      const { managedAs } = record;
      const isOurs = managedAs?.manifest === manifest && managedAs.webhook === one.webhook;
      return isOurs && managedAs.part === one.part && record.api === one.api;
    });
  const problems: Ambiguity[] = [];
  inTurn((one) => {
    const found = exact(one, foreign);
    if (found.length > 1) problems.push({ one, found, what: "have this URL and these filters" });
    take(one, found[0]);
  });
  inTurn((one) => {
    // Of one that is gone it is known which it was.
    if (missingOf(one)) return;
    const found = overlapping(one, foreign);
    if (found.length > 1) {
      problems.push({ one, found, what: "deliver some of its events to its URL" });
    }
    take(one, found[0]);
  });
  if (problems.length > 0) throw ambiguous(problems);
  inTurn((one) => {
    const [owned] = exact(one, elsewhere);
    if (owned) throw managedElsewhere(one, owned, records.get(owned.id));
  });

  return {
    matches: wanted.map((one) => {
      const subscription = matched.get(one);
      return { wanted: one, subscription, missing: subscription ? undefined : missingOf(one) };
    }),
    orphans: managed.filter((each) => !taken.has(each)),
    others: subscriptions.filter(
      (each) => !taken.has(each) && !managed.includes(each) && !replaced.has(each.id),
    ),
  };
}

/** Every filter that a subscription has or was refused: the next renewal asks for those again. */
export function knownFilters(
  subscription: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  own: OwnIds,
): readonly string[] {
  const known = allFilters(subscription, own);
  return [...known, ...without(record?.droppedFilters ?? [], known, own)];
}

/** Those that deliver first, then the older ones. */
function byWorth(a: OwnedSubscription, b: OwnedSubscription): number {
  const health = Number(isHealthy(b)) - Number(isHealthy(a));
  return (
    health || Date.parse(a.creationTime) - Date.parse(b.creationTime) || (a.id < b.id ? -1 : 1)
  );
}

function byAddress(
  subscriptions: readonly OwnedSubscription[],
): ReadonlyMap<string, readonly OwnedSubscription[]> {
  const groups = new Map<string, OwnedSubscription[]>();
  for (const each of subscriptions) {
    const address = normalizedAddress(each.deliveryMode.address ?? "");
    groups.set(address, [...(groups.get(address) ?? []), each]);
  }
  return groups;
}

/** Two webhooks with one URL and one set of filters would be one subscription. */
function refuseDuplicates(wanted: readonly WantedSubscription[], own: OwnIds): void {
  const known = new Map<string, WantedSubscription>();
  for (const one of wanted) {
    const filters = one.eventFilters.map((filter) => canonicalFilter(filter, own)).sort();
    const key = JSON.stringify([normalizedAddress(one.address), filters]);
    const earlier = known.get(key);
    if (earlier) {
      const { file, line, column } = one.place;
      throw new CliError(
        `${file}:${line}:${column}: "${wantedName(one)}" delivers the same events to the same URL as "${wantedName(earlier)}": each would arrive twice. Nothing was changed.`,
        {
          exitCode: ExitCode.usage,
          code: "DUPLICATE",
          hint: "Remove one of them, or give each its own URL: a query is enough.",
        },
      );
    }
    known.set(key, one);
  }
}

/** A webhook that can be any of several subscriptions. */
interface Ambiguity {
  readonly one: WantedSubscription;
  readonly found: readonly OwnedSubscription[];
  /** What these have in common. */
  readonly what: string;
}

function describeAmbiguity({ one, found, what }: Ambiguity): string {
  const { file, line, column } = one.place;
  return `${file}:${line}:${column}: "${wantedName(one)}" matches ${found.length} subscriptions, which all ${what}: ${found.map(({ id }) => id).join(", ")}.`;
}

const ambiguities = new WeakMap<CliError, readonly Ambiguity[]>();

/** The webhooks that an `AMBIGUOUS` is about, each with the subscriptions that it can be; undefined for other errors. */
export function ambiguitiesOf(error: unknown): ReadonlyMap<string, readonly string[]> | undefined {
  const found = error instanceof CliError ? ambiguities.get(error) : undefined;
  return found && new Map(found.map((each) => [each.one.webhook, each.found.map(({ id }) => id)]));
}

function ambiguous(problems: readonly Ambiguity[]): CliError {
  const lines = problems.map(describeAmbiguity);
  const heading = `${problems.length} webhooks match several subscriptions each:`;
  const unchanged = "Nothing was changed.";
  const message =
    lines.length === 1
      ? `${lines.join("")} ${unchanged}`
      : [heading, ...lines.map((each) => `  ${each}`), unchanged];
  const error = new CliError(message, {
    exitCode: ExitCode.usage,
    code: "AMBIGUOUS",
    hint: "Delete those that are not needed with `rcwh delete <id>`, or give each its own URL: a query is enough.",
  });
  ambiguities.set(error, problems);
  return error;
}

function managedElsewhere(
  one: WantedSubscription,
  owned: OwnedSubscription,
  record: SubscriptionRecord | undefined,
): CliError {
  const { file, line, column } = one.place;
  const { manifest = "", webhook = "" } = record?.managedAs ?? {};
  return new CliError(
    `${file}:${line}:${column}: "${wantedName(one)}" would deliver the same events as ${nameOf(owned)}, which is "${webhook}" of the file named "${manifest}". Nothing was changed.`,
    {
      exitCode: ExitCode.usage,
      code: "MANAGED_ELSEWHERE",
      hint: "Remove it from one of the two files.",
    },
  );
}
