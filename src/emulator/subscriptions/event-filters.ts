import type { Api } from "../../filters/api.ts";
import { globMatches } from "../../filters/glob.ts";
import { matchPath } from "../../filters/match.ts";
import { queryProblem } from "../../filters/query.ts";
import { reminderPath } from "../../filters/reminder.ts";
import { queryPairs, splitUri } from "../../filters/uri.ts";
import { invalidParameter, missingScope, problemOf } from "../problems.ts";
import type { EmulatorSettings } from "../settings.ts";
import type { User } from "../sign-in/users.ts";
import { refuseTarget } from "./filter-targets.ts";
import type { DisabledFilter } from "./store.ts";

export interface FilterRequest {
  /** As the client wrote them. */
  readonly texts: readonly string[];
  readonly api: Api;
  readonly user: User;
  /** The scopes of the session's app. */
  readonly scopes: readonly string[];
  /** The subscription's new lifetime in seconds, which limits reminders. */
  readonly lifetime: number;
  /** Whether the subscription exists already. */
  readonly update: boolean;
}

export interface AdmittedFilters {
  /** All of them, with ids instead of `~`, in the platform's order. */
  readonly eventFilters: readonly string[];
  /** Those of them that deliver nothing. */
  readonly disabledFilters: readonly DisabledFilter[];
}

/** Checks a set of event filters as the platform does. Throws the Problem for one that is refused. */
export function admitFilters(request: FilterRequest, settings: EmulatorSettings): AdmittedFilters {
  const { texts, user } = request;
  const { filterLimit } = settings;
  if (filterLimit > 0 && texts.length > filterLimit) throw invalidParameter("eventFilters");
  refuseUnknown(request, settings);
  checkReminders(request, settings);
  for (const text of texts) {
    refuseTarget(text, user, settings);
    requireScope(text, request);
  }

  const byFilter = new Map(texts.map((text) => [fillOwnIds(text, user), text]));
  const disabled = [...byFilter].flatMap(([filter, text]) =>
    disabledFilter(filter, text, user, settings),
  );
  const [first] = disabled;
  if (first && request.update && settings.disabledFilterOnUpdate === "reject") {
    throw problemOf("CMN-408", { permissionName: first.permission });
  }
  return {
    // The platform returns them in another order than they were sent in.
    eventFilters: [...byFilter.keys()].toReversed(),
    disabledFilters: disabled.map(({ filter, permission }) => ({
      filter,
      reason: "SUB-412",
      message: problemOf("SUB-412", { permissionName: permission }).message,
    })),
  };
}

/**
 * The filter with the user's ids instead of `~`. Unchanged are team messaging, which has no ids in its paths, and
 * reminders, in which `~` is the subscription itself.
 */
export function fillOwnIds(filter: string, { accountId, extensionId }: User): string {
  const { path, query } = splitUri(filter);
  const filled = path
    .replace(/(\/accounts?\/)~(?=\/|$)/g, `$1${accountId}`)
    .replace(/(\/extensions?\/)~(?=\/|$)/g, `$1${extensionId}`);
  return query === undefined ? filled : `${filled}?${query}`;
}

/**
 * Whether a subscribed filter matches an event: they have the same path, in any spelling, and no query parameter with
 * different values.
 */
export function filterMatches(subscribed: string, event: string): boolean {
  if (subscribed === event && !event.includes("?")) return true;
  const filter = splitUri(subscribed);
  const happened = splitUri(event);
  if (modernPath(filter.path) !== modernPath(happened.path)) return false;
  const facts = new Map(queryPairs(happened.query).map(({ name, value }) => [name, value]));
  return queryPairs(filter.query).every(({ name, value }) => (facts.get(name) ?? value) === value);
}

function refuseUnknown({ texts, api }: FilterRequest, { unknownFilter }: EmulatorSettings): void {
  if (unknownFilter === "accept") return;
  const unknown = texts.filter((text) => !isKnown(text, api));
  if (unknown.length === 0) return;
  if (unknownFilter === "CMN-101") throw invalidParameter("eventFilters");
  throw problemOf("SUB-508", { filters: unknown.join(", ") });
}

function isKnown(text: string, api: Api): boolean {
  const { path, query } = splitUri(text);
  // Invalid numbers have an error code of their own.
  if (path === reminderPath) return api === "platform";
  // The catalogue's placeholders are for people: the platform takes ids and `~`.
  if (path.includes("{")) return false;
  const pairs = queryPairs(query);
  return matchPath(path).some((entry) => entry.api === api && !queryProblem(entry, pairs));
}

function checkReminders({ texts, lifetime }: FilterRequest, settings: EmulatorSettings): void {
  const reminders = texts.filter((text) => splitUri(text).path === reminderPath);
  if (reminders.length === texts.length) throw problemOf("SUB-515");
  for (const text of reminders) {
    const pairs = queryPairs(splitUri(text).query);
    const seconds = (wanted: string) => {
      const value = pairs.find(({ name }) => name === wanted)?.value ?? "";
      return /^\d{1,10}$/.test(value) ? Number(value) : 0;
    };
    const threshold = seconds("threshold");
    const interval = seconds("interval");
    const shortest = Math.max(1, settings.reminderJobInterval);
    if (threshold <= lifetime / 2 && interval <= threshold / 2 && interval >= shortest) continue;
    throw problemOf("SUB-516");
  }
}

function requireScope(text: string, { scopes }: FilterRequest): void {
  const entries = matchPath(splitUri(text).path);
  const [entry] = entries;
  if (!entry) return;
  // If sources disagree about the scope, any of them is enough.
  const sufficient = entries.flatMap(({ permission, permissionDisputed = [] }) => [
    permission,
    ...permissionDisputed,
  ]);
  if (!sufficient.some((scope) => scopes.includes(scope))) throw missingScope(entry.permission);
}

function disabledFilter(
  filter: string,
  text: string,
  user: User,
  { users }: EmulatorSettings,
): readonly { readonly filter: string; readonly permission: string }[] {
  const rule = users[user.number]?.disabledFilters?.find(
    (one) => globMatches(one.filter, text) || globMatches(one.filter, filter),
  );
  const permission = rule?.permission ?? missingPermission(text, user);
  return permission === undefined ? [] : [{ filter, permission }];
}

/** The first permission that a filter needs and the user lacks. Many are named like the app's scope. */
function missingPermission(text: string, { missingPermissions }: User): string | undefined {
  const { path } = splitUri(text);
  const entries = matchPath(path);
  const needed = entries.flatMap(({ permission, userPermission }) =>
    userPermission === undefined ? [permission] : [permission, userPermission],
  );
  if (path.endsWith("/presence/line/presence")) needed.push("HUD");
  return needed.find((permission) => missingPermissions.includes(permission));
}

function modernPath(path: string): string {
  return path
    .replace("/restapi/v1.0/glip/", "/team-messaging/v1/")
    .replace("/team-messaging/v1/chats", "/team-messaging/v1/groups");
}
