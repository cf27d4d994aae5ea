import { extensionList, queueMemberList } from "../api/account-lists.ts";
import { UsageError } from "../errors.ts";
import { difference } from "../filters/edit-distance.ts";
import { type JsonObject, membersOf } from "../machine/json.ts";
import { shellWord } from "../machine/shell-word.ts";
import type { Account } from "./account.ts";
import { readWholeList } from "./whole-list.ts";

/** An extension of the account. Its texts come from the server. */
export interface Extension {
  readonly id: string;
  /** Such as `101`; empty where it has none. */
  readonly number: string;
  readonly name: string;
  /** Such as `User`; a call queue is a `Department`. */
  readonly type: string;
  readonly status: string;
  readonly siteId: string;
  readonly siteName: string;
  /** The user's department, as the contact says. */
  readonly department: string;
}

/** Which extensions somebody means. */
export type ExtensionSelector =
  | { readonly kind: "all" }
  /** An extension number, or an id. */
  | { readonly kind: "extension"; readonly name: string }
  | { readonly kind: "queue" | "site" | "department"; readonly name: string };

/** The selectors of a list such as `101,102,queue:Support`. A comma belongs to a name unless another selector follows. */
export function splitSelectors(text: string): readonly string[] {
  return text
    .split(/,(?=\s*(?:all|\d+|(?:queue|site|department):.*)(?:,|$))/)
    .filter((each) => each.trim() !== "");
}

/**
 * `all` (every enabled user), an extension number or id, `queue:<name>`, `site:<name>` or `department:<name>`. Throws
 * UsageError.
 */
export function parseExtensionSelector(text: string): ExtensionSelector {
  const trimmed = text.trim();
  if (trimmed === "all") return { kind: "all" };
  if (/^\d{1,19}$/.test(trimmed)) return { kind: "extension", name: trimmed };
  const [, kind, name] = /^(queue|site|department):\s*(\S.*)$/s.exec(trimmed) ?? [];
  if (name !== undefined) return { kind: kind as "queue" | "site" | "department", name };
  throw new UsageError(
    `Invalid extension "${text}": use all, an extension number or id, queue:<name>, site:<name> or department:<name>.`,
    meantBy(trimmed),
  );
}

/** What somebody may have wanted to write; whether such a call queue exists takes a request. */
function meantBy(text: string): string | undefined {
  if (/^all$/i.test(text)) return "Write all.";
  if (/^(?:queue|site|department):$/.test(text)) return `Add the name to ${text}.`;
  if (!/^\w[\w .-]*$/.test(text)) return undefined;
  const [queue, site] = ["queue", "site"].map((kind) => shellWord(`${kind}:${text}`));
  return `If that is a call queue, write ${queue}; if it is a site, ${site}.`;
}

export function isExtensionSelector(text: string): boolean {
  return selectorForms.test(text.trim());
}

const selectorForms = /^(?:all|\d{1,19}|(?:queue|site|department):\s*\S.*)$/s;

/** Who is in the account, as read once. */
export interface Directory {
  /** Every extension, of every type and status. */
  readonly everybody: readonly Extension[];
  /**
   * The extensions that selectors name, each once, by number. It takes a request for each page of a call queue's members. Of
   * a group only enabled ones count; an extension that is named and not enabled is left out with a warning.
   *
   * @throws UsageError for a name that nobody has, or several; what `readWholeList` throws
   */
  resolve(selectors: readonly ExtensionSelector[]): Promise<readonly Extension[]>;
}

/** Reads the account's extensions: a request for each page. Throws what `readWholeList` throws. */
export async function readDirectory(
  account: Pick<Account, "client" | "notify">,
): Promise<Directory> {
  const everybody = (await readWholeList(account, extensionList)).map(toExtension);
  const membersOf = new Map<string, ReturnType<typeof readWholeList>>();
  const reader = {
    ...account,
    readMembers(queueId: string) {
      const members = membersOf.get(queueId) ?? readWholeList(account, queueMemberList(queueId));
      membersOf.set(queueId, members);
      return members;
    },
  };
  return {
    everybody,
    async resolve(selectors) {
      const found = new Map<string, Extension>();
      for (const selector of selectors) {
        for (const each of await select(selector, everybody, reader)) found.set(each.id, each);
      }
      return [...found.values()].sort(byNumber);
    },
  };
}

/** Such as `101 Ada Lovelace`. */
export function extensionName({ number, name, id }: Extension): string {
  return `${number || id}${name && ` ${name}`}`;
}

interface Reader extends Pick<Account, "notify"> {
  readMembers(queueId: string): ReturnType<typeof readWholeList>;
}

async function select(
  selector: ExtensionSelector,
  everybody: readonly Extension[],
  account: Reader,
): Promise<readonly Extension[]> {
  switch (selector.kind) {
    case "all":
      return everybody.filter(isEnabledUser);
    case "extension":
      return enabledOnly([findOne(selector.name, everybody)], account);
    case "site":
      return usersOfSite(selector.name, everybody);
    case "queue":
      return membersOfQueue(selector.name, everybody, account);
    case "department":
      return usersOfDepartment(selector.name, everybody, account);
  }
}

/** Types of people. The others are call queues, menus, sites, rooms, and mailboxes without a user. */
const userTypes = ["User", "DigitalUser", "FlexibleUser"];

function isEnabledUser({ type, status }: Extension): boolean {
  return userTypes.includes(type) && status === "Enabled";
}

/** Who is named but not enabled gets no events, and RingCentral may refuse the filter. */
function enabledOnly(named: readonly Extension[], { notify }: Reader): readonly Extension[] {
  const others = named.filter(({ status }) => status !== "Enabled");
  for (const each of others) {
    notify({
      kind: "warning",
      text: `Extension ${extensionName(each)} is ${each.status || "not enabled"}: left out.`,
    });
  }
  return named.filter(({ status }) => status === "Enabled");
}

function findOne(name: string, everybody: readonly Extension[]): Extension {
  const found =
    everybody.find(({ number }) => number === name) ?? everybody.find(({ id }) => id === name);
  if (found) return found;
  const near = nearest(
    name,
    everybody
      .filter(isEnabledUser)
      .map((each) => ({ text: each.number, shown: extensionName(each) })),
  );
  throw unknown(`No extension of the account has the number or id ${name}.`, near);
}

function usersOfSite(name: string, everybody: readonly Extension[]): readonly Extension[] {
  const named = everybody.filter(({ siteName }) => siteName !== "");
  const sites = [
    ...named.map(({ siteId, siteName }) => ({ id: siteId, name: siteName })),
    ...everybody.filter(({ type }) => type === "Site"),
  ];
  const { id } = findNamed("site", name, sites);
  return everybody.filter((each) => isEnabledUser(each) && each.siteId === id);
}

async function membersOfQueue(
  name: string,
  everybody: readonly Extension[],
  account: Reader,
): Promise<readonly Extension[]> {
  const queue = findNamed("queue", name, queuesOf(everybody));
  const members = await account.readMembers(queue.id);
  const byId = new Map(everybody.map((each) => [each.id, each]));
  // Who is not in the list joined since it was read: the next run has them.
  const absent = members.filter(({ id }) => !byId.has(id));
  if (absent.length > 0) {
    account.notify({
      kind: "warning",
      text: `${absent.map(({ id }) => id).join(", ")} of the call queue ${queue.name} are not extensions of the account, and were left out.`,
    });
  }
  const found = members.flatMap(({ id }) => byId.get(id) ?? []);
  return enabledOnly(found, account);
}

/**
 * RingCentral's contacts have a department, and its API calls a call queue a department: the first that has the name
 * is meant.
 */
async function usersOfDepartment(
  name: string,
  everybody: readonly Extension[],
  account: Reader,
): Promise<readonly Extension[]> {
  const users = everybody.filter(({ department }) => isSameName(department, name));
  const queues = queuesOf(everybody);
  const hasQueue = queues.some((queue) => isSameName(queue.name, name));
  if (users.length > 0 && hasQueue) {
    throw new UsageError(
      `department:${name} is ambiguous: it is the department of ${users.length === 1 ? "a user" : `${users.length} users`}, and a call queue.`,
      `Name the call queue with ${shellWord(`queue:${name}`)}, or users by their numbers.`,
    );
  }
  if (hasQueue) return membersOfQueue(name, everybody, account);
  if (users.length > 0) return users.filter(isEnabledUser);
  const departments = everybody.map(({ department }) => department).filter(Boolean);
  const names = [...departments, ...queues.map((queue) => queue.name)];
  throw unknown(
    `No user of the account is in a department "${name}", and no call queue has that name.`,
    nearest(
      name,
      names.map((each) => ({ text: each, shown: shellWord(`department:${each}`) })),
    ),
  );
}

function queuesOf(everybody: readonly Extension[]): readonly Extension[] {
  return everybody.filter(({ type }) => type === "Department");
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly number?: string;
}

/** The one with this name, extension number or id. */
function findNamed(kind: "queue" | "site", wanted: string, all: readonly Named[]): Named {
  const distinct = [...new Map(all.map((each) => [each.id, each])).values()];
  const exact = distinct.find(({ id, number }) => id === wanted || number === wanted);
  const [found, ...others] = exact
    ? [exact]
    : distinct.filter(({ name }) => isSameName(name, wanted));
  const what = kind === "queue" ? "call queue" : "site";
  if (others.length > 0 && found) {
    const which = [found, ...others].map(({ id, number }) => `${kind}:${number || id}`);
    throw new UsageError(
      `${kind}:${wanted} is ambiguous: ${which.length} ${what}s have that name.`,
      `Use ${which.join(" or ")}.`,
    );
  }
  if (found) return found;
  throw unknown(
    `The account has no ${what} "${wanted}".`,
    nearest(
      wanted,
      distinct.map(({ name }) => ({ text: name, shown: shellWord(`${kind}:${name}`) })),
    ),
  );
}

function isSameName(one: string, other: string): boolean {
  return one !== "" && one.trim().toLowerCase() === other.trim().toLowerCase();
}

interface Candidate {
  readonly text: string;
  readonly shown: string;
}

const mostCandidates = 3;

/** The most similar first. */
function nearest(wanted: string, candidates: readonly Candidate[]): readonly string[] {
  const distinct = [...new Map(candidates.map((each) => [each.shown, each])).values()];
  return distinct
    .map(({ text, shown }) => ({ shown, distance: difference(wanted, text) }))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, mostCandidates)
    .map(({ shown }) => shown);
}

function unknown(message: string, near: readonly string[]): UsageError {
  return new UsageError(
    message,
    near.length === 0 ? undefined : `Closest matches: ${near.join(", ")}.`,
  );
}

function byNumber(one: Extension, other: Extension): number {
  return compareDigits(one.number, other.number) || compareDigits(one.id, other.id);
}

/** As numbers, without their limits. */
function compareDigits(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : Number(one > other));
}

function toExtension({
  id,
  members,
}: {
  readonly id: string;
  readonly members: JsonObject;
}): Extension {
  const site = membersOf(members["site"]);
  return {
    id,
    number: textOf(members["extensionNumber"]),
    name: textOf(members["name"]),
    type: textOf(members["type"]),
    status: textOf(members["status"]),
    siteId: textOf(site["id"]),
    siteName: textOf(site["name"]),
    department: textOf(membersOf(members["contact"])["department"]),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
