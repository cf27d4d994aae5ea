import { CliError } from "../errors.ts";
import { type OwnIds, withTildes } from "../filters/compare.ts";
import { shortFilter } from "../filters/search.ts";
import type { Inventory, OwnedSubscription } from "../lifecycle/inventory.ts";
import { redactAddress } from "../machine/redact.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { dueBefore } from "../subscriptions/due.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../subscriptions/health.ts";
import {
  formatDuration,
  type Lifetime,
  lifetimeTolerance,
  remainingSeconds,
} from "../subscriptions/lifetime.ts";
import { defaultLifetime } from "../subscriptions/limits.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { without } from "../subscriptions/subscription-filters.ts";
import { instant } from "../subscriptions/time.ts";
import type { Change, Definition, Plan, Reason } from "./change.ts";
import { knownFilters, type Match, type MatchOptions, matchWebhooks } from "./match-webhooks.ts";
import { compareMembers, reasonForEmptyPart, reasonForPart } from "./members.ts";
import { type WantedSubscription, wantedName } from "./wanted.ts";

export interface PlanOptions extends MatchOptions, Pick<Inventory, "profile"> {
  /** By the server's clock, milliseconds since the epoch. */
  readonly now: number;
  /** Whether lifetimes may be shortened at once. */
  readonly allowShorter: boolean;
  /** Whether texts may show the query strings of URLs. */
  readonly showSecrets: boolean;
}

/**
 * What has to happen for an account to have what a manifest asks for. Takes no request and changes nothing.
 *
 * @throws as `matchWebhooks`, and UsageError for a lifetime that ends in the past
 */
export function planChanges(
  wanted: readonly WantedSubscription[],
  options: PlanOptions,
): Omit<Plan, "held"> {
  const { manifest, records, profile } = options;
  const { matches, orphans, others } = matchWebhooks(wanted, options);
  const kept = new Map(
    matches.map(({ wanted: one, subscription }) => [wantedName(one), subscription]),
  );
  const changes = matches.map((match) =>
    match.subscription
      ? planExisting(match.wanted, match.subscription, options)
      : planNew(match, options),
  );
  const deletions = orphans.map((subscription): Change => {
    const record = records.get(subscription.id);
    const managedAs = record?.managedAs ?? { webhook: "" };
    const { webhook, part } = { part: undefined, ...managedAs };
    const name = part === undefined ? webhook : `${webhook} ${part}`;
    const successor = kept.get(wantedName({ webhook, ...(part !== undefined && { part }) }));
    const members = wanted.find((one) => part !== undefined && one.webhook === webhook)?.members;
    const text = kept.has(name)
      ? `a second one for this name${successor ? `: ${successor.id} is kept` : ""}`
      : "the file no longer names it";
    const reason =
      members && !kept.has(name)
        ? reasonForEmptyPart(knownFilters(subscription, record, options.own), members, options.own)
        : ({ cause: "unnamed", about: "name", text } as const);
    return {
      name: webhook,
      ...(part !== undefined && { part }),
      profile,
      action: "delete",
      reasons: [reason],
      before: definitionOf(subscription, record, options.own),
      remarks: [],
      subscription,
      isBookkeeping: false,
    };
  });
  return { manifest, changes: [...changes, ...deletions], notManaged: others.length };
}

function planNew({ wanted, missing }: Match, { profile, now, own }: PlanOptions): Change {
  const record = missing?.record;
  const known = record && !record.foreign ? record.verificationToken : undefined;
  const lifetime = secondsOf(wanted, wanted.lifetime, now) ?? record?.expiresIn;
  const reason: Reason = !record
    ? wanted.members
      ? reasonForPart(wanted.eventFilters, wanted.members, own)
      : { cause: "new", about: "existence", text: "it does not exist yet" }
    : missing.status === "Expired"
      ? { cause: "expired", about: "existence", text: `it expired on ${record.expirationTime}` }
      : { cause: "gone", about: "existence", text: "somebody deleted it" };
  const token =
    wanted.verificationToken === undefined && known === undefined
      ? "none"
      : wanted.verificationToken !== undefined && "generate" in wanted.verificationToken && !known
        ? "new"
        : "set";
  return {
    ...identityOf(wanted, profile),
    action: "create",
    reasons: [reason],
    ...(record && {
      before: {
        ...{ address: record.address, eventFilters: record.eventFilters },
        ...(record.expiresIn !== undefined && { expiresIn: record.expiresIn }),
        verificationToken: tokenState(record),
      },
    }),
    after: {
      address: wanted.address,
      eventFilters: wanted.eventFilters.map((filter) => withTildes(filter, own)),
      ...(lifetime !== undefined && { expiresIn: lifetime }),
      verificationToken: token,
    },
    remarks: wanted.remark === undefined ? [] : [wanted.remark],
    wanted,
    ...(missing && { missing }),
    isBookkeeping: false,
  };
}

function planExisting(
  wanted: WantedSubscription,
  subscription: OwnedSubscription,
  options: PlanOptions,
): Change {
  const { manifest, records, own, profile } = options;
  const record = records.get(subscription.id);
  const before = definitionOf(subscription, record, own);
  const filters = compareFilters(wanted, subscription, record, own);
  const url = compareAddress(wanted, subscription, record, options);
  const token = compareToken(wanted, record);
  const lifetime = compareLifetime(wanted, subscription, record, options);
  const isRecorded = record?.managedAs?.manifest === manifest;
  const isNamed = isRecorded && record.managedAs?.webhook === wanted.webhook;
  const naming: readonly Reason[] =
    isNamed && record.managedAs?.part === wanted.part
      ? []
      : isRecorded
        ? [
            {
              cause: "renamed",
              about: "name",
              text: `it was "${wantedName(record.managedAs ?? wanted)}" before`,
            },
          ]
        : [{ cause: "found", about: "name", text: "it exists, but this file did not name it yet" }];
  const replaces = url.length > 0 || token.length > 0;
  const updates = filters.length > 0 || lifetime.reasons.length > 0;
  const action = replaces
    ? "replace"
    : updates
      ? "update"
      : naming.length > 0
        ? "adopt"
        : "unchanged";
  const reasons = [...url, ...token, ...filters, ...lifetime.reasons, ...naming];
  const asked = lifetime.now ?? lifetime.later ?? record?.expiresIn;
  return {
    ...identityOf(wanted, profile),
    action,
    reasons,
    before,
    after: {
      address: replaces ? wanted.address : before.address,
      eventFilters:
        filters.length > 0
          ? wanted.eventFilters.map((filter) => withTildes(filter, own))
          : before.eventFilters,
      ...(asked !== undefined && { expiresIn: asked }),
      verificationToken: token.length > 0 ? "new" : tokenAfter(wanted, replaces, before),
    },
    ...renewalOf(subscription, asked ?? record?.expiresIn),
    remarks: remarksOf(wanted, subscription, record, replaces),
    wanted,
    subscription,
    ...(lifetime.now !== undefined && { lifetime: lifetime.now }),
    ...(lifetime.later !== undefined && { laterLifetime: lifetime.later }),
    isBookkeeping: !replaces && filters.length === 0 && lifetime.now === undefined,
  };
}

function identityOf({ webhook, part }: WantedSubscription, profile: string) {
  return { name: webhook, ...(part !== undefined && { part }), profile };
}

/** A replacement gives the token of the file also to one whose token is unknown. */
function tokenAfter(
  { verificationToken: wanted }: WantedSubscription,
  replaces: boolean,
  { verificationToken: now }: Definition,
): Definition["verificationToken"] {
  if (!replaces || now !== "unknown") return now;
  return wanted === undefined ? "none" : "new";
}

function definitionOf(
  subscription: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  own: OwnIds,
): Definition {
  const filters = knownFilters(subscription, record, own);
  return {
    address: subscription.deliveryMode.address ?? "",
    eventFilters: filters.map((filter) => withTildes(filter, own)),
    ...(record?.expiresIn !== undefined && { expiresIn: record.expiresIn }),
    verificationToken: tokenState(record),
  };
}

function tokenState(record: SubscriptionRecord | undefined): "set" | "none" | "unknown" {
  if (!record || record.foreign) return "unknown";
  return record.verificationToken === undefined ? "none" : "set";
}

/** What differs from the last version of the file that was applied was changed elsewhere, or somebody joined or left. */
function compareFilters(
  { eventFilters, members }: WantedSubscription,
  subscription: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  own: OwnIds,
): readonly Reason[] {
  const known = knownFilters(subscription, record, own);
  const asked = record && (record.managedAs?.asked?.eventFilters ?? record.eventFilters);
  const compared = {
    present: known,
    wanted: eventFilters,
    asked: record?.managedAs ? asked : undefined,
  };
  const {
    present,
    wanted,
    reasons: joinedOrLeft,
  } = members ? compareMembers(compared, members, own) : { ...compared, reasons: [] };
  const lacking = without(wanted, present, own);
  const extra = without(present, wanted, own);
  const list = (filters: readonly string[]) => {
    const shown = members && filters.length > mostListed ? filters.slice(0, mostListed) : filters;
    const more = filters.length - shown.length;
    const names = shown.map((filter) => shortFilter(filter, own)).join(", ");
    return more > 0 ? `${names} and ${more} more` : names;
  };
  const reason = (cause: Reason["cause"], words: string, filters: readonly string[]) =>
    filters.length === 0
      ? []
      : [{ cause, about: "filters" as const, text: `${words} ${list(filters)}` }];
  if (!record?.managedAs || !asked) {
    return [
      ...joinedOrLeft,
      ...reason("unrecorded", "lacks", lacking),
      ...reason("unrecorded", "also has", extra),
    ];
  }
  const added = without(lacking, asked, own);
  const strange = without(extra, asked, own);
  return [
    ...joinedOrLeft,
    ...reason("edit", "the file adds", added),
    ...reason("edit", "the file removes", without(extra, strange, own)),
    ...reason("drift", "somebody removed", without(lacking, added, own)),
    ...reason("drift", "somebody added", strange),
  ];
}

/** Of the filters of many extensions: enough to see which. */
const mostListed = 3;

function compareAddress(
  wanted: WantedSubscription,
  { deliveryMode }: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  { showSecrets }: PlanOptions,
): readonly Reason[] {
  if (sameAddress(deliveryMode.address, wanted.address)) return [];
  const asked = record?.managedAs?.asked?.address;
  const isDrift = asked !== undefined && sameAddress(asked, wanted.address);
  const [from, to] = [deliveryMode.address ?? "", wanted.address].map((address) =>
    redactAddress(address, showSecrets),
  );
  const text = isDrift ? `somebody moved it to ${from}` : `the file moves it to ${to}`;
  return [{ cause: isDrift ? "drift" : "edit", about: "url", text }];
}

/** RingCentral never tells a token: only what is on record can differ. */
function compareToken(
  { verificationToken: wanted }: WantedSubscription,
  record: SubscriptionRecord | undefined,
): readonly Reason[] {
  if (wanted === undefined || !record || record.foreign) return [];
  const { verificationToken: known } = record;
  if ("generate" in wanted ? known !== undefined : wanted.given === known) return [];
  const text = known === undefined ? "it has no verification token" : "another verification token";
  return [{ cause: "edit", about: "token", text }];
}

interface LifetimeChange {
  readonly reasons: readonly Reason[];
  /** Seconds to ask for now. */
  readonly now?: number;
  /** Seconds to ask for from the next renewal on. */
  readonly later?: number;
}

/** Lifetimes are compared by what was asked for: what has passed of one is not a change. */
function compareLifetime(
  wanted: WantedSubscription,
  subscription: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  { now, allowShorter }: PlanOptions,
): LifetimeChange {
  const asked = secondsOf(wanted, wanted.lifetime, now);
  if (asked === undefined) return { reasons: [] };
  const remaining = remainingSeconds(subscription, now);
  const isAbout = (one: number, other: number) => Math.abs(one - other) <= lifetimeTolerance;
  // A time at which it ends is compared with the time at which it ends.
  const isUntil = wanted.lifetime?.seconds === undefined;
  const before = isUntil
    ? remaining
    : (record?.expiresIn ?? (record && !record.foreign ? defaultLifetime : undefined));
  // What another program requested is unknown, and may be the same: the next renewal requests this lifetime.
  if (before === undefined) return { reasons: [], later: asked };
  if (isAbout(before, asked)) return { reasons: [] };
  const change = `lifetime ${formatDuration(Math.round(before))} → ${formatDuration(asked)}`;
  if (asked > before) {
    const reasons = [{ cause: "edit", about: "lifetime", text: change }] as const;
    return remaining < asked - lifetimeTolerance
      ? { reasons, now: asked }
      : { reasons, later: asked };
  }
  // One that ends earlier than wanted will not be extended to a later time.
  if (isUntil && !allowShorter) return { reasons: [] };
  if (allowShorter && remaining > asked + lifetimeTolerance) {
    return { reasons: [{ cause: "edit", about: "lifetime", text: change }], now: asked };
  }
  const text = `${change} from the next renewal on`;
  return { reasons: [{ cause: "edit", about: "lifetime", text }], later: asked };
}

function secondsOf(
  { place: { file, line, column } }: WantedSubscription,
  lifetime: Lifetime | undefined,
  now: number,
): number | undefined {
  try {
    return lifetime?.from(now);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const { exitCode, code, hint } = error;
    throw new CliError(`${file}:${line}:${column}: ${error.message}`, { exitCode, code, hint });
  }
}

function remarksOf(
  { verificationToken, remark }: WantedSubscription,
  subscription: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  replaces: boolean,
): readonly string[] {
  const remedy = replaces ? "Replacing it brings it back." : repairHint(subscription);
  const isUnknown = verificationToken !== undefined && (!record || record.foreign === true);
  return [
    ...(remark === undefined ? [] : [remark]),
    ...(isHealthy(subscription)
      ? []
      : [`${describeUnhealthy(subscription, nameOf(subscription))} ${remedy}`]),
    ...(isUnknown
      ? [
          `rcwh did not create ${nameOf(subscription)}, so it cannot know its verification token, and leaves it.`,
        ]
      : []),
  ];
}

function renewalOf(
  { expirationTime }: OwnedSubscription,
  lifetime: number | undefined,
): Pick<Change, "renewAt"> {
  const at = Date.parse(expirationTime) - dueBefore({ lifetime }) * 1000;
  return Number.isNaN(at) ? {} : { renewAt: instant(at) };
}
