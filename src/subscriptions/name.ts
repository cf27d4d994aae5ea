import { shortFilter } from "../filters/search.ts";
import { redactAddress } from "../machine/redact.ts";

/** A subscription, or what is on record or known of one. */
export interface Nameable {
  readonly id: string;
  readonly address?: string | undefined;
  readonly deliveryMode?: { readonly address?: string | undefined };
  readonly eventFilters?: readonly string[];
}

/** Filters that a name contains at most. */
const mostFilters = 2;

/** What messages call a subscription: its id with its URL, or with its filters where it has none. */
export function nameOf(subscription: Nameable, showSecrets = false): string {
  const { address, deliveryMode } = subscription;
  const url = address || deliveryMode?.address;
  return url
    ? `${subscription.id} (${redactAddress(url, showSecrets)})`
    : nameByFilters(subscription);
}

/** The same where the URL is known already: its id with its filters. */
export function nameByFilters({ id, eventFilters = [] }: Nameable): string {
  if (eventFilters.length === 0) return id;
  const shown = eventFilters.slice(0, mostFilters).map((filter) => shortFilter(filter));
  const more = eventFilters.length - shown.length;
  return `${id} (${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
}

/** A message about a subscription that names it: where it has only the id, `It`, or nothing, the name takes that place. */
export function naming(message: string, subscription: Nameable): string {
  const { id } = subscription;
  if (id === "" || message.includes(`${id} (`)) return message;
  const name = nameOf(subscription);
  if (message.includes(id)) return message.replace(id, () => name);
  return message.startsWith("It ") ? message.replace("It", () => name) : `${name}: ${message}`;
}
