import { difference } from "../../filters/edit-distance.ts";
import type { Backend, EmulatedEvent } from "../backend.ts";
import { userOf } from "../sign-in/users.ts";
import { fillOwnIds, filterMatches } from "../subscriptions/event-filters.ts";
import type { StoredSubscription } from "../subscriptions/store.ts";

/** Why an event reached nobody, in one or two sentences: for those who expected it to. */
export function explainUnreached(
  { filter, user }: EmulatedEvent,
  { subscriptions, settings }: Pick<Backend, "subscriptions" | "settings">,
): string {
  const all = subscriptions.all();
  if (all.length === 0) return "Nobody has subscribed.";
  const filterIn = ({ eventFilters, user: owner }: StoredSubscription) =>
    eventFilters.find((one) =>
      filterMatches(one, fillOwnIds(filter, userOf(owner, settings.users))),
    );
  const wanted = all.filter((one) => filterIn(one) !== undefined);
  if (wanted.length === 0) return describeOthers(filter, all);
  const reasons = wanted.map((one) => {
    const { id, blacklisted, user: owner } = one;
    if (user !== undefined && owner !== user) {
      return `Subscription ${id} is user ${owner}'s, and the event was user ${user}'s.`;
    }
    if (blacklisted) return `Subscription ${id} is Blacklisted: ${blacklisted.reason}.`;
    const disabled = one.disabledFilters.find(({ filter: each }) => each === filterIn(one));
    if (disabled) return `Subscription ${id} has it disabled: ${disabled.message}.`;
    return `Subscription ${id} is for other events of this kind, or has ended.`;
  });
  return reasons.slice(0, mostReasons).join(" ");
}

function describeOthers(filter: string, all: readonly StoredSubscription[]): string {
  const known = [...new Set(all.flatMap(({ eventFilters }) => eventFilters))];
  const nearest = known
    .map((each) => ({ each, distance: difference(withTildes(each), filter) }))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, mostReasons)
    .map(({ each }) => each);
  const more = known.length > nearest.length ? `, and ${known.length - nearest.length} more` : "";
  return `No subscription has the filter ${filter}. There are subscriptions for ${nearest.join(", ")}${more}.`;
}

const mostReasons = 3;

function withTildes(filter: string): string {
  return filter.replace(/(\/(?:account|extension)s?\/)\d+(?=[/?]|$)/g, "$1~");
}
