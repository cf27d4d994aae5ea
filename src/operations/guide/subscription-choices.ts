import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { shortFilter } from "../../filters/search.ts";
import type { Choice } from "../../io/prompts.ts";
import { countColumns, truncateEnd, truncateMiddle } from "../../io/text.ts";
import type { OwnedSubscription, RecordedSubscription } from "../../lifecycle/inventory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { oneLine } from "../../one-line.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { describeEnd, relativeExpiry } from "../../subscriptions/time.ts";

/** What can be picked: what exists, and what is only on record. */
export type Pickable = OwnedSubscription | RecordedSubscription;

/** What is known of the account of a subscription. */
export interface Known {
  readonly own: OwnIds;
  /** What time it is for its server, milliseconds since the epoch. */
  readonly now: number;
}

/** What stands before each choice of a list, and one column that stays free. */
const marginWidth = 6;
/** Characters of an id that selectors accept, and that tell most subscriptions apart. */
const shortestId = 8;
/** A narrower column of filters tells nothing. */
const shortestFilters = 20;
const shortestAddress = 12;
const gap = "  ";

/**
 * Subscriptions as choices of one line, as wide as the terminal: a second line would look like another choice. Where the
 * columns do not fit, ids are cut to what tells them apart, and the address to what is left. What is cut stands whole in
 * the descriptions.
 */
export function subscriptionChoices<Subscription extends Pickable>(
  subscriptions: readonly Subscription[],
  knownOf: (subscription: Subscription) => Known,
  { io, settings }: Pick<CommandContext, "io" | "settings">,
): Choice<Subscription>[] {
  const rows = subscriptions.map((each) => {
    const { id, status, deliveryMode, eventFilters } = each;
    const { own, now } = knownOf(each);
    const expires =
      "recorded" in each
        ? describeEnd(each, now)
        : relativeExpiry(remainingSeconds(each, now) * 1000);
    const address = redactAddress(
      deliveryMode.address ?? deliveryMode.transportType,
      settings.showSecrets,
    );
    const filters = eventFilters.map((filter) => shortFilter(filter, own)).join(", ");
    return [id, status, expires, address, filters].map((cell) =>
      oneLine(io.redactor.message(cell)),
    );
  });
  const lines = fitRows(rows, io.width - marginWidth);
  return subscriptions.map((value, index) => {
    const [id = "", , , ...where] = rows[index] ?? [];
    return {
      name: lines[index] ?? "",
      value,
      short: id,
      description: [id, ...where].join(" · "),
    };
  });
}

/** The rows as lines of at most `room` columns. */
function fitRows(rows: readonly (readonly string[])[], room: number): readonly string[] {
  const whole = align(rows);
  if (whole.every((line) => countColumns(line) <= room)) return whole;
  const length = idLength(rows.map(([id = ""]) => id));
  const short = rows.map(([id = "", ...rest]) => [id.slice(0, length), ...rest]);
  const before = align(short.map((row) => row.slice(0, 3)));
  const taken = before.reduce((most, each) => Math.max(most, countColumns(each)), 0) + gap.length;
  const widest = rows.reduce(
    (most, [, , , address = ""]) => Math.max(most, countColumns(address)),
    0,
  );
  const forBoth = room - taken - gap.length - shortestFilters;
  const fits = forBoth >= Math.min(widest, 2 * shortestFilters);
  const hasFilters = fits || !addressesTell(rows);
  const half = Math.floor((room - taken - gap.length) / 2);
  const forAddress = Math.max(
    hasFilters && !fits ? 0 : shortestAddress,
    fits ? forBoth : hasFilters ? Math.min(half, widest) : room - taken,
  );
  const cut = short.map(([id = "", status = "", expires = "", address = ""]) => [
    ...[id, status, expires, truncateMiddle(address, forAddress, countColumns)],
  ]);
  const beside = align(cut).reduce((most, each) => Math.max(most, countColumns(each)), 0);
  const forFilters = room - beside - gap.length;
  const all = cut.map((row, index) => {
    // Filters of one kind begin alike.
    const filters = truncateMiddle(short[index]?.[4] ?? "", forFilters, countColumns);
    return hasFilters ? [...row, filters] : row;
  });
  return align(all).map((line) => truncateEnd(line, room));
}

/** Whether no two rows with one address have different filters. */
function addressesTell(rows: readonly (readonly string[])[]): boolean {
  const filtersOf = new Map<string, string>();
  return rows.every(([, , , address = "", filters = ""]) => {
    const known = filtersOf.get(address) ?? filters;
    filtersOf.set(address, known);
    return known === filters;
  });
}

function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, countColumns(row[column] ?? "")), 0),
  );
  return rows.map((row) =>
    row
      .map(
        (cell, column) =>
          cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - countColumns(cell))),
      )
      .join(gap)
      .trimEnd(),
  );
}

/** The number of characters that tell the ids apart. */
function idLength(ids: readonly string[]): number {
  const longest = ids.reduce((most, { length }) => Math.max(most, length), 0);
  for (let length = shortestId; length < longest; length += 1) {
    if (new Set(ids.map((id) => id.slice(0, length))).size === ids.length) return length;
  }
  return longest;
}
