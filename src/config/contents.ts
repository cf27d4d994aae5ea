import {
  isFlag,
  isListOf,
  isNumber,
  isObject,
  isOptional,
  isShape,
  isText,
  type JsonObject,
  parseJson,
  type Test,
  textMembersOf,
} from "../machine/json.ts";
import { refuseNewer } from "../machine/refuse-newer.ts";
import type { ManagedAs, SubscriptionRecord } from "../subscriptions/record.ts";
import type {
  ReplacementIntent,
  SubscriptionDefinition,
} from "../subscriptions/replacement-intent.ts";
import type { CachedToken, StoredProfile, User } from "./credentials.ts";

/** What is in the file. Maps, because names and keys come from outside and may be `__proto__`. */
export interface Contents {
  readonly currentProfile: string | undefined;
  readonly profiles: ReadonlyMap<string, StoredProfile>;
  readonly tokens: ReadonlyMap<string, CachedToken>;
  readonly records: ReadonlyMap<string, readonly SubscriptionRecord[]>;
  readonly replacements: ReadonlyMap<string, readonly ReplacementIntent[]>;
  /** Entries of another shape, such as those of another version: left out above, and written back as they were. */
  readonly unusable: Unusable;
  /** Unknown top-level members, written back as they were. */
  readonly others: Readonly<Record<string, unknown>>;
}

interface Unusable {
  readonly profiles: JsonObject;
  readonly records: Readonly<Record<string, readonly unknown[]>>;
  readonly replacements: Readonly<Record<string, readonly unknown[]>>;
}

/** A file that is not a configuration of any version. The message finishes the sentence "Cannot use it: ...". */
export class CorruptContents extends Error {
  override readonly name = "CorruptContents";
}

const version = 1;
const day = 24 * 60 * 60 * 1000;

export const noContents: Contents = {
  currentProfile: undefined,
  profiles: new Map(),
  tokens: new Map(),
  records: new Map(),
  replacements: new Map(),
  unusable: { profiles: {}, records: {}, replacements: {} },
  others: {},
};

/** Throws CorruptContents, and UsageError for a file of a newer rcwh, which must not be touched. */
export function parseContents(text: string, path: string): Contents {
  const file = parseObject(text);
  const { version: found = version, currentProfile, ...members } = file;
  const { profiles, tokens, records, replacements, ...others } = members;
  if (typeof found !== "number") throw new CorruptContents("version is not a number");
  refuseNewer(file, path);
  if (currentProfile !== undefined && typeof currentProfile !== "string") {
    throw new CorruptContents("currentProfile is not a string");
  }
  const kept = {
    profiles: entriesOf<StoredProfile>("profiles", profiles, isStoredProfile),
    records: listsOf<SubscriptionRecord>("records", records, isRecord),
    replacements: listsOf<ReplacementIntent>("replacements", replacements, isReplacement),
  };
  return {
    currentProfile,
    profiles: kept.profiles.usable,
    // A token can be had again.
    tokens: entriesOf<CachedToken>("tokens", tokens, isCachedToken).usable,
    records: kept.records.usable,
    replacements: kept.replacements.usable,
    unusable: {
      profiles: kept.profiles.unusable,
      records: kept.records.unusable,
      replacements: kept.replacements.unusable,
    },
    others,
  };
}

/** A warning that names what cannot be used; undefined where everything can. */
export function describeUnusable({ unusable }: Contents, path: string): string | undefined {
  const { profiles, records, replacements } = unusable;
  const named = (lists: Readonly<Record<string, readonly unknown[]>>, name: string) =>
    Object.values(lists)
      .flat()
      .map((entry) => textMembersOf(entry)[name] ?? "without an id");
  const found = [
    ...Object.keys(profiles).map((name) => `the profile ${name}`),
    ...named(records, "id").map((id) => `the record of a subscription, ${id}`),
    ...named(replacements, "oldId").map((id) => `the journal of a replacement, ${id}`),
  ];
  const [first] = found;
  if (first === undefined) return undefined;
  const others = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
  return `${path} has an entry that this version of rcwh cannot use and leaves unchanged: ${first}${others}.`;
}

/** Accepts the byte order mark that Windows editors write. */
export function parseObject(text: string): JsonObject {
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  if (value === undefined) {
    throw new CorruptContents(text.trim() === "" ? "it is empty" : "it is not JSON");
  }
  if (!isObject(value)) throw new CorruptContents("it is not a JSON object");
  return value;
}

export function toJson(contents: Contents): Record<string, unknown> {
  const { currentProfile, profiles, tokens, records, replacements, unusable, others } = contents;
  return {
    version,
    ...(currentProfile !== undefined && { currentProfile }),
    profiles: { ...unusable.profiles, ...Object.fromEntries(profiles) },
    tokens: Object.fromEntries(tokens),
    records: joinLists(records, unusable.records),
    ...(replacements.size + Object.keys(unusable.replacements).length > 0 && {
      replacements: joinLists(replacements, unusable.replacements),
    }),
    ...others,
  };
}

function joinLists(
  usable: ReadonlyMap<string, readonly unknown[]>,
  unusable: Readonly<Record<string, readonly unknown[]>>,
): Record<string, readonly unknown[]> {
  const keys = new Set([...usable.keys(), ...Object.keys(unusable)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, [...(usable.get(key) ?? []), ...(unusable[key] ?? [])]]),
  );
}

/**
 * Without tokens that expired long ago, so that the file does not grow forever. Records stay: this machine's clock may
 * be wrong, and they hold verification tokens, which exist nowhere else.
 */
export function pruned(contents: Contents, now: number): Contents {
  const isUsable = ({ expiresAt, refreshTokenExpiresAt = expiresAt }: CachedToken) =>
    Math.max(expiresAt, refreshTokenExpiresAt) > now - 30 * day;
  return {
    ...contents,
    tokens: new Map([...contents.tokens].filter(([, token]) => isUsable(token))),
    records: new Map([...contents.records].filter(([, list]) => list.length > 0)),
  };
}

/** The entries of an object: those of the right shape, and the others. */
function entriesOf<Value>(member: string, value: unknown, isValue: Test) {
  if (value !== undefined && !isObject(value)) {
    throw new CorruptContents(`${member} is not an object`);
  }
  const entries = Object.entries(value ?? {});
  // Each of them has been tested.
  const usable = entries.filter(([, entry]) => isValue(entry)) as [string, Value][];
  const unusable = Object.fromEntries(entries.filter(([, entry]) => !isValue(entry)));
  return { usable: new Map(usable), unusable };
}

/** The same for the elements of lists. */
function listsOf<Value>(member: string, value: unknown, isValue: Test) {
  const { usable: lists, unusable: others } = entriesOf<readonly unknown[]>(
    member,
    value,
    Array.isArray,
  );
  const usable = new Map<string, readonly Value[]>();
  const unusable: Record<string, readonly unknown[]> = Object.create(null);
  for (const [key, entry] of Object.entries(others)) unusable[key] = [entry];
  for (const [key, list] of lists) {
    // Each of them has been tested.
    usable.set(key, list.filter(isValue) as Value[]);
    const rest = list.filter((entry) => !isValue(entry));
    if (rest.length > 0) unusable[key] = rest;
  }
  return { usable, unusable };
}

const isTexts = isListOf(isText);
/** Half a character breaks the encoding of URLs. */
const isWholeText: Test = (value) => typeof value === "string" && !/\p{Cs}/u.test(value);
const isApi: Test = (value) => value === "platform" || value === "webinar";

const isStoredProfile = isShape<StoredProfile>({
  server: isText,
  clientId: isText,
  clientSecret: isText,
  jwt: isText,
  user: isOptional(
    isShape<User>({
      extensionId: isOptional(isText),
      accountId: isOptional(isText),
      extensionNumber: isOptional(isText),
      name: isOptional(isText),
    }),
  ),
});

const isCachedToken = isShape<CachedToken>({
  accessToken: isText,
  scope: isText,
  expiresAt: isNumber,
  refreshToken: isOptional(isText),
  refreshTokenExpiresAt: isOptional(isNumber),
  ownerId: isOptional(isText),
});

const isManagedAs = isShape<ManagedAs>({
  manifest: isText,
  webhook: isText,
  part: isOptional(isNumber),
  asked: isOptional(
    isShape<NonNullable<ManagedAs["asked"]>>({
      eventFilters: isListOf(isWholeText),
      address: isWholeText,
    }),
  ),
});

const isRecord = isShape<SubscriptionRecord>({
  id: isText,
  api: isApi,
  address: isWholeText,
  expirationTime: isText,
  eventFilters: isListOf(isWholeText),
  droppedFilters: isOptional(isListOf(isWholeText)),
  expiresIn: isOptional(isNumber),
  verificationToken: isOptional(isText),
  foreign: isOptional(isFlag),
  recoveredAt: isOptional(isText),
  replaces: isOptional(isText),
  goneAt: isOptional(isText),
  reported: isOptional(isFlag),
  managedAs: isOptional(isManagedAs),
});

const definition = {
  address: isText,
  eventFilters: isTexts,
  expiresIn: isNumber,
  verificationToken: isOptional(isText),
};

const isReplacement = isShape<ReplacementIntent>({
  ...definition,
  expiresIn: isOptional(isNumber),
  oldId: isText,
  creates: isOptional(isFlag),
  askedAt: isOptional(isText),
  keepUntil: isOptional(isText),
  api: isApi,
  knownIds: isTexts,
  newId: isOptional(isText),
  previous: isOptional(isShape<SubscriptionDefinition>(definition)),
  undoing: isOptional(isFlag),
  recovers: isOptional(isFlag),
  droppedFilters: isOptional(isTexts),
  managedAs: isOptional(isManagedAs),
});
