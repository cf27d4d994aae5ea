import { CliError, ExitCode, UsageError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { matchesFilter, matchesUrl, sameUrl } from "./globs.ts";
import { isHealthy } from "./health.ts";
import { remainingSeconds } from "./lifetime.ts";
import type { Subscription } from "./subscription.ts";

/** What a command line says about which subscriptions are meant. Flags narrow each other, and the ids. */
export interface Selector {
  /** Ids, unique prefixes of ids, or URLs. */
  readonly ids: readonly string[];
  /** A glob. */
  readonly url?: string | undefined;
  /** A glob over whole URIs or short paths. */
  readonly filter?: string | undefined;
  /** `active`, `unhealthy` (any but `Active`) or one of the server's own, in any case. */
  readonly status?: string | undefined;
  /** `WebHook`, `WebSocket`, …, in any case. */
  readonly transport?: string | undefined;
  /** Milliseconds. */
  readonly expiringWithin?: number | undefined;
  readonly all?: boolean | undefined;
}

export interface SelectOptions {
  /** Milliseconds since the epoch; only counts where the server does not say what remains. */
  readonly now: number;
  readonly own?: OwnIds | undefined;
}

const shortestPrefix = 4;

/** Whether a selector says anything; commands that have a default of their own ask this first. */
export function isSelective({ ids, ...flags }: Selector): boolean {
  return (
    ids.length > 0 || Object.values(flags).some((value) => value !== undefined && value !== false)
  );
}

/**
 * The selected ones of a list, in its order, each once; none where flags match nothing. Throws
 * UsageError for an ambiguous or too short prefix and where nothing is selected at all, and a CliError
 * with code `NOT_FOUND` (exit 3) for an id or URL that does not exist.
 */
export function selectSubscriptions<T extends Subscription>(
  subscriptions: readonly T[],
  selector: Selector,
  options: SelectOptions,
): T[] {
  if (!isSelective(selector)) {
    throw new UsageError(
      "Nothing says which subscriptions are meant.",
      "Name an id, a unique prefix of one, a URL or a flag such as `--status unhealthy`; `--all` selects every one.",
    );
  }
  const named = new Set(selector.ids.flatMap((id) => findNamed(subscriptions, id)));
  return subscriptions.filter(
    (subscription) =>
      (selector.ids.length === 0 || named.has(subscription)) &&
      matchesFlags(subscription, selector, options),
  );
}

/** The one subscription with this id, unique prefix or URL. Throws as above, and UsageError for a URL that fits several. */
export function selectOne<T extends Subscription>(subscriptions: readonly T[], id: string): T {
  const [first, ...others] = findNamed(subscriptions, id);
  if (first && others.length === 0) return first;
  throw ambiguous(`${others.length + 1} subscriptions deliver to ${withoutQuery(id)}`, [
    ...(first ? [first] : []),
    ...others,
  ]);
}

/** One for an id or a prefix, one or more for a URL. */
function findNamed<T extends Subscription>(subscriptions: readonly T[], id: string): readonly T[] {
  const exact = subscriptions.find((subscription) => subscription.id === id);
  if (exact) return [exact];
  if (/^https?:\/\//i.test(id)) return findAddressed(subscriptions, id);

  const prefix = id.toLowerCase();
  const candidates = subscriptions.filter((each) => each.id.toLowerCase().startsWith(prefix));
  if (id.length < shortestPrefix) {
    throw new UsageError(
      `“${id}” is too short for a prefix of an id.`,
      `Give at least ${shortestPrefix} characters; \`rcwh list\` shows the ids.`,
    );
  }
  if (candidates.length > 1) throw ambiguous(`“${id}” fits ${candidates.length} ids`, candidates);
  if (candidates.length === 1) return candidates;
  throw notFound(`There is no subscription ${id}.`);
}

function findAddressed<T extends Subscription>(
  subscriptions: readonly T[],
  url: string,
): readonly T[] {
  const found = subscriptions.filter(({ deliveryMode }) => sameUrl(url, deliveryMode.address));
  if (found.length > 0) return found;
  throw notFound(`No subscription delivers to ${withoutQuery(url)}.`);
}

function notFound(message: string): CliError {
  return new CliError(message, {
    exitCode: ExitCode.notFound,
    code: "NOT_FOUND",
    hint: "See what there is with `rcwh list`: only subscriptions of this user and this app are visible.",
  });
}

function ambiguous(problem: string, candidates: readonly Subscription[]): UsageError {
  return new UsageError(
    `${problem}: ${candidates.map(({ id }) => id).join(", ")}.`,
    "Give one of these ids.",
  );
}

/** Queries and credentials often hold secrets, and messages end up in logs. */
function withoutQuery(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//…@").replace(/([?#]).+$/s, "$1…");
}

function matchesFlags(subscription: Subscription, selector: Selector, options: SelectOptions) {
  const { deliveryMode, eventFilters, disabledFilters = [] } = subscription;
  const { url, filter, status, transport, expiringWithin } = selector;
  const filters = [...eventFilters, ...disabledFilters.map((disabled) => disabled.filter)];
  return (
    (url === undefined || matchesUrl(url, deliveryMode.address)) &&
    (filter === undefined || filters.some((each) => matchesFilter(filter, each, options.own))) &&
    (status === undefined || matchesStatus(status, subscription.status)) &&
    (transport === undefined || equalIgnoringCase(transport, deliveryMode.transportType)) &&
    (expiringWithin === undefined ||
      // An expiry that cannot be read counts as near.
      !(remainingSeconds(subscription, options.now) * 1000 > expiringWithin))
  );
}

function matchesStatus(wanted: string, status: string): boolean {
  if (equalIgnoringCase(wanted, "unhealthy")) return !isHealthy({ status });
  return equalIgnoringCase(wanted, status);
}

function equalIgnoringCase(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
