import { UsageError } from "../errors.ts";
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
} from "../machine/json.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
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
  /** Unknown top-level members, written back as they were. */
  readonly others: Readonly<Record<string, unknown>>;
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
  others: {},
};

/** Throws CorruptContents, and UsageError for a file of a newer rcwh, which must not be touched. */
export function parseContents(text: string, path: string): Contents {
  const file = parseObject(text);
  const { version: found = version, currentProfile, ...members } = file;
  const { profiles, tokens, records, replacements, ...others } = members;
  if (typeof found !== "number") throw new CorruptContents("version is not a number");
  if (found > version) {
    throw new UsageError(
      `${path} was written by a newer rcwh: its version is ${found}, and this rcwh reads version ${version}.`,
      "Update rcwh, or set RCWH_CONFIG_DIR to another directory.",
    );
  }
  if (currentProfile !== undefined && typeof currentProfile !== "string") {
    throw new CorruptContents("currentProfile is not a string");
  }
  return {
    currentProfile,
    profiles: mapOf("profiles", profiles, isStoredProfile),
    tokens: mapOf("tokens", tokens, isCachedToken),
    records: mapOf("records", records, isListOf(isRecord)),
    replacements: mapOf("replacements", replacements, isListOf(isReplacement)),
    others,
  };
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
  const { currentProfile, profiles, tokens, records, replacements, others } = contents;
  return {
    version,
    ...(currentProfile !== undefined && { currentProfile }),
    profiles: Object.fromEntries(profiles),
    tokens: Object.fromEntries(tokens),
    records: Object.fromEntries(records),
    ...(replacements.size > 0 && { replacements: Object.fromEntries(replacements) }),
    ...others,
  };
}

/** Without tokens and records that expired long ago, so that the file does not grow forever. */
export function pruned(contents: Contents, now: number): Contents {
  const isUsable = ({ expiresAt, refreshTokenExpiresAt = expiresAt }: CachedToken) =>
    Math.max(expiresAt, refreshTokenExpiresAt) > now - 30 * day;
  const isRecent = ({ expirationTime }: SubscriptionRecord) =>
    !(Date.parse(expirationTime) <= now - 90 * day);

  const records = [...contents.records].map(([key, list]) => [key, list.filter(isRecent)] as const);
  return {
    ...contents,
    tokens: new Map([...contents.tokens].filter(([, token]) => isUsable(token))),
    records: new Map(records.filter(([, list]) => list.length > 0)),
  };
}

function mapOf<Value>(member: string, value: unknown, isValue: Test): ReadonlyMap<string, Value> {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw new CorruptContents(`${member} is not an object`);
  if (!Object.values(value).every(isValue)) {
    throw new CorruptContents(`${member} has a malformed entry`);
  }
  // Each of them has been tested.
  return new Map(Object.entries(value as Record<string, Value>));
}

const isTexts = isListOf(isText);

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

const isRecord = isShape<SubscriptionRecord>({
  id: isText,
  api: isText,
  address: isText,
  expirationTime: isText,
  eventFilters: isTexts,
  droppedFilters: isOptional(isTexts),
  expiresIn: isOptional(isNumber),
  verificationToken: isOptional(isText),
  foreign: isOptional(isFlag),
  recoveredAt: isOptional(isText),
  goneAt: isOptional(isText),
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
  api: isText,
  knownIds: isTexts,
  newId: isOptional(isText),
  previous: isOptional(isShape<SubscriptionDefinition>(definition)),
  undoing: isOptional(isFlag),
  recovers: isOptional(isFlag),
  droppedFilters: isOptional(isTexts),
});
