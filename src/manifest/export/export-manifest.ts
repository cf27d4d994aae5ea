import { type OwnIds, sameFilters } from "../../filters/compare.ts";
import { checkReminder, reminderOf } from "../../filters/reminder.ts";
import type { Inventory, OwnedSubscription } from "../../lifecycle/inventory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { singleLine } from "../../one-line.ts";
import { normalizedAddress, parseAddress } from "../../subscriptions/address.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { defaultLifetime, maximumLifetime } from "../../subscriptions/limits.ts";
import { isOfListener } from "../../subscriptions/marker.ts";
import type { SubscriptionRecord } from "../../subscriptions/record.ts";
import { knownFilters } from "../match-webhooks.ts";
import { usualFiltersPerSubscription } from "../parts.ts";
import { withoutVariables } from "../reading/variables.ts";
import { type ExportedParts, findParts } from "./export-parts.ts";
import { problemOf, spellDuration, spellFilter, spellReminder } from "./spellings.ts";
import { nameWebhooks } from "./webhook-names.ts";
import { yamlList, yamlText } from "./yaml-text.ts";

export interface ExportOptions extends Pick<Inventory, "records" | "own" | "malformed"> {
  /** What the file is to call itself. */
  readonly manifest: string;
  readonly profile: string | undefined;
  readonly server: string;
  /** The ids of what replaces some of them, by their ids. */
  readonly replaced: ReadonlyMap<string, string>;
  /** Takes one of several with the same URL and filters. By default takes none, because it is unclear which one is meant. */
  readonly takesOneOfDuplicates: boolean;
}

/** A webhook of the file that was made, and what it stands for. */
export interface ExportedWebhook {
  readonly name: string;
  /** Of one with extensions: which of its subscriptions. */
  readonly part?: number;
  readonly subscription: OwnedSubscription;
}

export interface ExportedManifest {
  readonly text: string;
  readonly webhooks: readonly ExportedWebhook[];
  /** Number of subscriptions that the file only mentions. */
  readonly leftOut: number;
}

/** `rcwh.yaml` for subscriptions that exist. It has no secret but what is in their URLs. */
export function exportManifest(
  subscriptions: readonly OwnedSubscription[],
  options: ExportOptions,
): ExportedManifest {
  const { records, manifest, profile, malformed, own, replaced } = options;
  const entries: Entry[] = [];
  const leftOut: string[] = [];
  const sorted = oldestFirst(subscriptions.filter(({ id }) => !replaced.has(id)));
  const found = findParts(sorted, manifest, options);
  for (const subscription of sorted) {
    const shared = found.find(({ parts }) =>
      parts.some((one) => one.subscription === subscription),
    );
    if (shared && shared.parts[0]?.subscription !== subscription) continue;
    const entry = entryOf(subscription, options, shared);
    if (typeof entry === "string") leftOut.push(mention(subscription, entry));
    else entries.push(entry);
  }
  for (const subscription of oldestFirst(subscriptions)) {
    const reason = replaced.get(subscription.id);
    if (reason !== undefined) leftOut.push(mention(subscription, reason));
  }
  const named = entries.filter((entry) => {
    if (entry.name === undefined) return true;
    const [first] = entries.filter(({ name }) => name === entry.name).toSorted(byWorth);
    if (!first || first === entry) return true;
    const reason = `it is called "${entry.name}" on record, as ${first.subscription.id} is`;
    leftOut.push(mention(entry.subscription, reason));
    return false;
  });
  const kept = named.filter((entry) => {
    const duplicates = named.filter((each) => isDuplicate(each, entry, own));
    if (duplicates.length === 1) return true;
    const known = duplicates.find(({ name }) => name !== undefined);
    const chosen =
      known ?? (options.takesOneOfDuplicates ? duplicates.toSorted(byWorth)[0] : undefined);
    if (chosen === entry) return true;
    const others = duplicates
      .filter((each) => each !== entry)
      .map(({ subscription }) => subscription.id);
    leftOut.push(
      mention(
        entry.subscription,
        chosen
          ? `it delivers the same events to the same URL as ${chosen.subscription.id}`
          : `it delivers the same events to the same URL as ${others.join(", ")}, and it is unclear which one is meant: \`rcwh export --adopt\` chooses one`,
      ),
    );
    return false;
  });
  for (const { id, problem } of malformed) leftOut.push(`${id || "one without an id"}: ${problem}`);

  const names = nameWebhooks(
    kept.map(({ address, filters, name }) => ({ address, filters, name })),
  );
  const lines = [
    "# yaml-language-server: $schema=./rcwh.schema.json",
    "# (`rcwh schema > rcwh.schema.json` writes that file, for editors)",
    "version: 1",
    ...(manifest === "default" ? [] : [`name: ${yamlText(manifest)}`]),
    ...(profile === undefined ? [] : [`profile: ${yamlText(withoutVariables(profile))}`]),
    kept.length === 0 ? "webhooks: {}" : "webhooks:",
    ...kept.flatMap((entry, index) => {
      const name = names[index] ?? "";
      return linesOf(name, entry, records.get(entry.subscription.id));
    }),
    ...(leftOut.length === 0 ? [] : ["", "# Left out:"]),
    ...leftOut.map((text) => `# - ${singleLine(text)}`),
  ];
  return {
    text: `${lines.join("\n")}\n`,
    webhooks: kept.flatMap(({ subscription, shared }, index) =>
      (shared?.parts ?? [{ subscription }]).map((one) => ({ name: names[index] ?? "", ...one })),
    ),
    leftOut: leftOut.length,
  };
}

interface Entry {
  readonly subscription: OwnedSubscription;
  /** The name that it has in this file already. */
  readonly name: string | undefined;
  readonly address: string;
  /** As they are written. */
  readonly filters: readonly string[];
  /** The same as they are sent, with the reminder. */
  readonly eventFilters: readonly string[];
  readonly remind: string | undefined;
  readonly expiresIn: string | undefined;
  readonly allowsUnknown: boolean;
  /** The subscriptions of one with extensions. */
  readonly shared?: ExportedParts;
}

/** Why a subscription cannot be in a file, or what is in the file for it. */
function entryOf(
  subscription: OwnedSubscription,
  { records, own, server, manifest }: ExportOptions,
  shared: ExportedParts | undefined,
): Entry | string {
  const { transportType, address } = subscription.deliveryMode;
  const record = records.get(subscription.id);
  const managedAs = record?.managedAs;
  if (transportType !== "WebHook" || address === undefined) {
    return `${transportType} subscriptions belong to the program that opens them`;
  }
  if (isOfListener(subscription)) return "`rcwh listen` made it, and deletes it when it ends";
  if (managedAs && managedAs.manifest !== manifest) {
    return `it is "${managedAs.webhook}" of the file named "${managedAs.manifest}"`;
  }
  if (managedAs?.part !== undefined && !shared) {
    return `it is part ${managedAs.part} of "${managedAs.webhook}", and they do not have the same filters for each extension: copy that webhook from its own file`;
  }
  const problem = problemOf(() => parseAddress(address, server));
  // The line begins with the URL.
  if (problem !== undefined) return problem.replace(`${redactAddress(address)} has`, "it has");
  const eventFilters = shared?.templates ?? knownFilters(subscription, record, own);
  const reminders = eventFilters.filter((filter) => reminderOf([filter]) !== undefined);
  const remind = reminders.length === 1 ? spellReminder(reminders[0] ?? "") : undefined;
  const others = eventFilters.filter(
    (filter) => remind === undefined || !reminders.includes(filter),
  );
  const spelled = others.map((filter) => spellFilter(filter, own));
  const unwritable = spelled.indexOf(undefined);
  if (unwritable >= 0) return `its filter ${others[unwritable]} cannot be written`;
  const filters = spelled.filter((each) => each !== undefined);
  if (filters.length === 0) return "it has no filter that delivers events";
  const seconds = lifetimeOf(subscription, record, eventFilters);
  const reminder = reminderOf(eventFilters);
  const objection = reminder && checkReminder(reminder, seconds ?? defaultLifetime);
  if (objection !== undefined) return objection;
  return {
    subscription,
    name: managedAs?.webhook,
    address,
    filters: filters.map(({ text }) => text),
    eventFilters: shared?.eventFilters ?? eventFilters,
    remind,
    ...(shared && { shared }),
    expiresIn: seconds === undefined ? undefined : spellDuration(seconds),
    allowsUnknown: filters.some(({ isUnknown }) => isUnknown),
  };
}

/** The lifetime that was asked for, in seconds; undefined for the server's default, and for an unknown one. */
function lifetimeOf(
  { creationTime, expirationTime }: OwnedSubscription,
  record: SubscriptionRecord | undefined,
  eventFilters: readonly string[],
): number | undefined {
  if (record?.expiresIn !== undefined || (record && !record.foreign)) return record.expiresIn;
  const reminder = reminderOf(eventFilters);
  if (!reminder || reminder.threshold * 2 <= defaultLifetime) return undefined;
  // RingCentral has granted one that is long enough for the reminder.
  const granted = Math.round((Date.parse(expirationTime) - Date.parse(creationTime)) / 1000) || 0;
  return Math.min(Math.max(granted, reminder.threshold * 2), maximumLifetime);
}

function isDuplicate(one: Entry, other: Entry, own: OwnIds): boolean {
  return (
    normalizedAddress(one.address) === normalizedAddress(other.address) &&
    sameFilters(one.eventFilters, other.eventFilters, own)
  );
}

function linesOf(
  name: string,
  { subscription, address, filters, remind, expiresIn, allowsUnknown, shared }: Entry,
  record: SubscriptionRecord | undefined,
): readonly string[] {
  const all = shared?.parts.map((one) => one.subscription) ?? [subscription];
  const list = yamlList(filters.map(withoutVariables), "      ");
  const isUnknown = !record || record.foreign === true;
  return [
    ...all.map(
      ({ id, status, expirationTime }) =>
        `  # ${singleLine(`${id}, ${status}, expires ${expirationTime}`)}`,
    ),
    `  ${yamlText(name)}:`,
    `    url: ${yamlText(withoutVariables(address))}`,
    `    filters:${list.startsWith("\n") ? "" : " "}${list}`,
    ...(allowsUnknown ? ["    allowUnknownFilter: true"] : []),
    ...(expiresIn === undefined ? [] : [`    expiresIn: ${expiresIn}`]),
    ...(expiresIn === undefined && record?.expiresIn === undefined && isUnknown
      ? ["    # expiresIn: 10y  (unknown: stays unchanged)"]
      : []),
    ...(remind === undefined ? [] : [`    remind: ${remind}`]),
    ...(shared ? extensionLines(shared) : []),
    ...tokenLines(name, record, isUnknown),
  ];
}

function extensionLines({ extensionIds, most }: ExportedParts): readonly string[] {
  const ids = extensionIds.map((id, index) => (index % 8 === 0 ? `\n      ${id}` : ` ${id}`));
  return [
    "    # Today's extensions. To follow who joins or leaves, write all, queue:<name> or site:<name>.",
    `    extensions: [${ids.join(",")}\n    ]`,
    ...(most > usualFiltersPerSubscription ? [`    filtersPerSubscription: ${most}`] : []),
  ];
}

/** Tokens are never written to a file. What the file does not mention stays unchanged. */
function tokenLines(
  name: string,
  record: SubscriptionRecord | undefined,
  isUnknown: boolean,
): readonly string[] {
  const variable = `${name
    .normalize("NFKD")
    .toUpperCase()
    .replace(/[^A-Z\d]+/g, "_")
    .replace(/^(?=\d)/, "_")}_TOKEN`;
  if (record?.verificationToken !== undefined) {
    return [
      "    # It has a verification token, which is on record. To set it from a variable:",
      `    # verificationToken: { env: ${variable} }`,
    ];
  }
  if (!isUnknown) return [];
  return [
    "    # RingCentral does not say whether it has a verification token. If it does, set it from a variable:",
    `    # verificationToken: { env: ${variable} }`,
  ];
}

function mention({ id, deliveryMode }: OwnedSubscription, reason: string): string {
  const { address } = deliveryMode;
  return `${id}${address === undefined ? "" : ` (${address})`}: ${reason}`;
}

function oldestFirst(subscriptions: readonly OwnedSubscription[]): readonly OwnedSubscription[] {
  return subscriptions.toSorted(
    (a, b) => Date.parse(a.creationTime) - Date.parse(b.creationTime) || (a.id < b.id ? -1 : 1),
  );
}

function byWorth(a: Entry, b: Entry): number {
  return Number(isHealthy(b.subscription)) - Number(isHealthy(a.subscription));
}
