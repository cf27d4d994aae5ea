import { CliError, ExitCode, UsageError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { redactAddress } from "../machine/redact.ts";
import { filterMatcher, matchesUrl, sameUrl } from "./globs.ts";
import { isHealthy } from "./health.ts";
import { remainingSeconds } from "./lifetime.ts";
import { nameByFilters, nameOf } from "./name.ts";
import type { ReplacementIntent } from "./replacement-intent.ts";
import type { Subscription } from "./subscription.ts";

/** The selectors of a command line. Each flag narrows the selection further. */
export interface Selector {
  /** Ids, unique prefixes of ids, or URLs. */
  readonly ids: readonly string[];
  /** A glob. */
  readonly url?: string | undefined;
  /** A glob over whole URIs or short paths. */
  readonly filter?: string | undefined;
  /** What to say where no subscription has the filter at all: the catalogue does not know it either. */
  readonly unknownFilter?: UsageError | undefined;
  /** `active`, `unhealthy` (any but `Active`) or one of the server's own, in any case. */
  readonly status?: string | undefined;
  /** `WebHook`, `WebSocket`, …, in any case. */
  readonly transport?: string | undefined;
  /** Milliseconds. */
  readonly expiringWithin?: number | undefined;
  readonly all?: boolean | undefined;
}

/** What has a name, but cannot be selected. */
export interface Outsider {
  readonly id: string;
  readonly deliveryMode: { readonly address?: string };
  readonly eventFilters?: readonly string[];
  /** The answer to a selector that names it. */
  readonly refusal: CliError;
}

export interface SelectOptions {
  /** Milliseconds since the epoch. Used if the server does not report the remaining seconds. */
  readonly now: number;
  readonly own?: OwnIds | undefined;
  readonly outsiders?: readonly Outsider[];
  /** Whether what only rcwh's records have is selected, for messages. */
  readonly areRecords?: boolean;
}

/** What selectors look at. */
export type Selectable = Pick<
  Subscription,
  | "id"
  | "status"
  | "eventFilters"
  | "disabledFilters"
  | "deliveryMode"
  | "expirationTime"
  | "expiresIn"
>;

/** What a selector can name. */
type Named = Pick<Outsider, "id" | "deliveryMode" | "eventFilters">;

const shortestPrefix = 4;

/** Whether anything is selected. Commands that have a default selection ask this first. */
export function isSelective({ ids, ...flags }: Selector): boolean {
  return (
    ids.length > 0 || Object.values(flags).some((value) => value !== undefined && value !== false)
  );
}

/**
 * The selected subscriptions of a list, in its order; none if the flags match nothing. Throws UsageError for an
 * ambiguous or too short prefix and for an empty selector, CliError `NOT_FOUND` (exit 3) for an unknown id or URL, and
 * the refusal of an outsider that is named.
 */
export function selectSubscriptions<T extends Selectable>(
  subscriptions: readonly T[],
  selector: Selector,
  options: SelectOptions,
): T[] {
  if (!isSelective(selector)) {
    throw new UsageError(
      "No subscriptions selected.",
      "Give an id, a unique prefix, a URL or a flag such as --status unhealthy; --all selects every subscription.",
    );
  }
  const { outsiders = [], areRecords } = options;
  const named = new Set<Named>(
    selector.ids.flatMap((id) => findNamed([...subscriptions, ...outsiders], id, areRecords)),
  );
  const outsider = outsiders.find((each) => named.has(each));
  if (outsider) throw outsider.refusal;
  const { filter, unknownFilter } = selector;
  const matchesFilter = filter === undefined ? undefined : filterMatcher(filter, options.own);
  const isSought = (each: T) => matchesFlags(each, { ids: [] }, matchesFilter, options);
  if (unknownFilter && !subscriptions.some(isSought)) throw unknownFilter;
  return subscriptions.filter(
    (subscription) =>
      (selector.ids.length === 0 || named.has(subscription)) &&
      matchesFlags(subscription, selector, matchesFilter, options),
  );
}

/**
 * The subscription with this id, unique prefix or URL. Throws as above, and UsageError for a URL that matches several, which
 * says by `intents` of the journal which of them is being replaced.
 */
export function selectOne<T extends Named>(
  subscriptions: readonly T[],
  id: string,
  intents: readonly Pick<ReplacementIntent, "oldId" | "newId">[] = [],
): T {
  const [first, ...others] = findNamed(subscriptions, id);
  if (first && others.length === 0) return first;
  throw ambiguous(
    `${others.length + 1} subscriptions deliver to ${redactAddress(id)}`,
    [...(first ? [first] : []), ...others],
    (each) => {
      const { newId } = intents.find(({ oldId }) => oldId === each.id) ?? {};
      return newId === undefined ? nameByFilters(each) : `${each.id} (being replaced by ${newId})`;
    },
  );
}

/** One subscription for an id or a prefix, one or more for a URL. */
function findNamed<T extends Named>(
  subscriptions: readonly T[],
  id: string,
  areRecords = false,
): readonly T[] {
  const exact = subscriptions.find((subscription) => subscription.id === id);
  if (exact) return [exact];
  if (/^https?:\/\//i.test(id)) return findAddressed(subscriptions, id, areRecords);

  const prefix = id.toLowerCase();
  const candidates = subscriptions.filter((each) => each.id.toLowerCase().startsWith(prefix));
  if (id.length < shortestPrefix) {
    throw new UsageError(
      `The id prefix "${id}" is too short.`,
      `Use at least ${shortestPrefix} characters; \`${areRecords ? listRecords : "rcwh list"}\` shows the ids.`,
    );
  }
  if (candidates.length > 1)
    throw ambiguous(`"${id}" matches ${candidates.length} subscriptions`, candidates);
  if (candidates.length === 1) return candidates;
  throw areRecords ? noRecord(`the id ${id}`) : notFound(`There is no subscription ${id}.`);
}

/** Of several with one URL, outsiders only where there is nothing else. */
function findAddressed<T extends Named>(
  subscriptions: readonly T[],
  url: string,
  areRecords: boolean,
): readonly T[] {
  const found = subscriptions.filter(({ deliveryMode }) => sameUrl(url, deliveryMode.address));
  const insiders = found.filter((each) => !("refusal" in each));
  if (found.length > 0) return insiders.length > 0 ? insiders : found;
  const address = redactAddress(url);
  throw areRecords
    ? noRecord(`the URL ${address}`)
    : notFound(`No subscription delivers to ${address}.`);
}

/** Shows what is only on record in every format, not just to people. */
const listRecords = "rcwh list --recorded";

function noRecord(name: string): CliError {
  return notFound(`No record has ${name}.`, `See what is only on record with \`${listRecords}\`.`);
}

function notFound(
  message: string,
  hint = "See your subscriptions with `rcwh list`; only those of this user and app are visible.",
): CliError {
  return new CliError(message, { exitCode: ExitCode.notFound, code: "NOT_FOUND", hint });
}

function ambiguous(
  problem: string,
  candidates: readonly Named[],
  describe: (candidate: Named) => string = nameOf,
): UsageError {
  return new UsageError(
    `${problem}: ${candidates.map((each) => describe(each)).join(", ")}.`,
    "Use one of these ids.",
  );
}

function matchesFlags(
  subscription: Selectable,
  selector: Selector,
  matchesFilter: ((filter: string) => boolean) | undefined,
  options: SelectOptions,
) {
  const { deliveryMode, eventFilters, disabledFilters = [] } = subscription;
  const { url, status, transport, expiringWithin } = selector;
  const filters = [...eventFilters, ...disabledFilters.map((disabled) => disabled.filter)];
  return (
    (url === undefined || matchesUrl(url, deliveryMode.address)) &&
    (matchesFilter === undefined || filters.some(matchesFilter)) &&
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
