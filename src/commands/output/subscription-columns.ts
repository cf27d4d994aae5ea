import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { shortFilter } from "../../filters/search.ts";
import { statusMarks } from "../../io/marks.ts";
import type { Column } from "../../io/table.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { enabledFilters } from "../../subscriptions/subscription-filters.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";

/** What a row of a table of subscriptions shows. */
export interface SubscriptionRow
  extends Pick<
    OwnedSubscription,
    | "id"
    | "status"
    | "expirationTime"
    | "expiresIn"
    | "deliveryMode"
    | "eventFilters"
    | "disabledFilters"
    | "profile"
    | "api"
  > {
  /** What JSON has of a row that is not a subscription of the server. */
  readonly document?: object;
  /** What people see as its expiry. */
  readonly expires?: string;
  /** People see its expiry marked: it is time to renew it. */
  readonly isDue?: boolean;
  /** People see it dimmed. */
  readonly isDim?: boolean;
}

/**
 * The columns of subscription tables. Programs get id, status, expirationTime, transportType, address,
 * eventFilters, profile, api: new ones only at the end. People see transport, profile and API only where rows
 * differ. With rows of several users, `own` gives each user's ids.
 */
export function subscriptionColumns(
  { io, clock, settings }: Pick<CommandContext, "io" | "clock" | "settings">,
  rows: readonly SubscriptionRow[],
  own: OwnIds | ((row: SubscriptionRow) => OwnIds),
  nowOf: (row: SubscriptionRow) => number = () => clock.now(),
): Column<SubscriptionRow>[] {
  const { dim, green, red, yellow } = io.style;
  const onlyWhere = (condition: boolean) => (condition ? {} : ({ reader: "programs" } as const));
  const differ = (of: (row: SubscriptionRow) => string) => new Set(rows.map(of)).size > 1;
  const transportOf = ({ deliveryMode }: SubscriptionRow) => deliveryMode.transportType;
  const columns: Column<SubscriptionRow>[] = [
    { title: "id", value: ({ id }) => id },
    {
      title: "status",
      value: ({ status }) => status,
      style: (text) => (text === "Active" ? green(text) : red(text)),
    },
    {
      title: "expires",
      key: "expirationTime",
      value: ({ expirationTime }) => expirationTime,
      // The server's own count, where it gives one: the clocks may differ.
      show: (row) => {
        const expires = row.expires ?? relativeExpiry(remainingSeconds(row, nowOf(row)) * 1000);
        return row.isDue ? `${expires} ${statusMarks.warn}` : expires;
      },
      style: (text, row) => (row.isDue ? yellow(text) : text),
    },
    {
      title: "transport",
      key: "transportType",
      value: transportOf,
      ...onlyWhere(rows.some((row) => transportOf(row) !== "WebHook")),
    },
    {
      title: "url",
      key: "address",
      value: ({ deliveryMode }) => redactAddress(deliveryMode.address ?? "", settings.showSecrets),
      shrink: "wrap",
    },
    {
      title: "filters",
      key: "eventFilters",
      value: ({ eventFilters }) => eventFilters.join(","),
      show: (row) => describeFilters(row, typeof own === "function" ? own(row) : own),
      style: (text) => (isDisabled(text) ? yellow(text) : text),
      shrink: "wrap",
    },
    {
      title: "profile",
      value: ({ profile }) => profile,
      ...onlyWhere(differ((row) => row.profile)),
    },
    { title: "api", value: ({ api }) => api, ...onlyWhere(differ((row) => row.api)) },
  ];
  return columns.map(({ style, ...column }) => ({
    ...column,
    style: (text, row) => (row.isDim ? dim(text) : (style?.(text, row) ?? text)),
  }));
}

/**
 * A line for each filter, the disabled ones marked and last. Filters that differ in the extension only share one. `spell`
 * writes a filter.
 */
export function describeFilters(
  subscription: Pick<SubscriptionRow, "eventFilters" | "disabledFilters">,
  own: OwnIds,
  spell = shortFilter,
): readonly string[] {
  const { disabledFilters = [] } = subscription;
  return [
    ...withoutExtensions(enabledFilters(subscription).map((filter) => spell(filter, own))),
    ...disabledFilters.map(({ filter }) => `${spell(filter, own)} (disabled)`),
  ];
}

/** A few of the same kind are named each; more are one line, such as `account/~/extension/(100 extensions)/voicemail`. */
function withoutExtensions(filters: readonly string[]): readonly string[] {
  const kindOf = (filter: string) => filter.replace(/(?<=\/extension\/)[~\d]+(?=\/|$)/, "\0");
  const counts = new Map<string, number>();
  for (const filter of filters) counts.set(kindOf(filter), (counts.get(kindOf(filter)) ?? 0) + 1);
  const lines = filters.map((filter) => {
    const count = counts.get(kindOf(filter)) ?? 1;
    return count > mostNamed ? kindOf(filter).replace("\0", `(${count} extensions)`) : filter;
  });
  return [...new Set(lines)];
}

const mostNamed = 5;

/** Whether the text of a cell names a disabled filter. */
export function isDisabled(text: string): boolean {
  return text.includes("(disabled)");
}
