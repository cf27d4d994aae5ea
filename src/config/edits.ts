import { CliError, ExitCode } from "../errors.ts";
import { isSameJson } from "../machine/json.ts";
import { shellWord } from "../machine/shell-word.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import type { ReplacementIntent } from "../subscriptions/replacement-intent.ts";
import type { Contents } from "./contents.ts";
import type { CachedToken, StoredProfile } from "./credentials.ts";
import { tokenKeyOf, userKeyOf } from "./identity-hashes.ts";

/** Each takes the contents of the file and returns new ones, or the same object where nothing changes. */

export function withProfile(contents: Contents, name: string, profile: StoredProfile): Contents {
  return {
    ...contents,
    currentProfile: currentProfileOf(contents) ?? name,
    profiles: new Map(contents.profiles).set(name, profile),
  };
}

export function withCurrentProfile(contents: Contents, name: string): Contents {
  profileOf(contents, name);
  return contents.currentProfile === name ? contents : { ...contents, currentProfile: name };
}

/** Without the profile and its token; the records of its subscriptions stay. */
export function withoutCredentials(contents: Contents, name: string): Contents {
  const tokenKey = tokenKeyOf(profileOf(contents, name));
  const profiles = without(contents.profiles, name);
  const isShared = [...profiles.values()].some((other) => tokenKeyOf(other) === tokenKey);
  const [onlyOne, ...others] = profiles.keys();
  const successor = others.length === 0 ? onlyOne : undefined;
  return {
    ...contents,
    profiles,
    currentProfile: contents.currentProfile === name ? successor : contents.currentProfile,
    tokens: isShared ? contents.tokens : without(contents.tokens, tokenKey),
  };
}

/** Without the profile, its token and its records, which stay if another profile has the same user and app. */
export function withoutProfile(contents: Contents, name: string): Contents {
  const key = userKeyOf(profileOf(contents, name));
  const rest = withoutCredentials(contents, name);
  if ([...rest.profiles.values()].some((other) => userKeyOf(other) === key)) return rest;
  return {
    ...rest,
    records: without(rest.records, key),
    replacements: without(rest.replacements, key),
  };
}

export function withToken(
  contents: Contents,
  key: string,
  token: CachedToken | undefined,
): Contents {
  const tokens = token ? new Map(contents.tokens).set(key, token) : without(contents.tokens, key);
  return { ...contents, tokens };
}

/** Saves what `change` returns for the current record; `undefined` changes nothing. */
export function withEditedRecord(
  contents: Contents,
  key: string,
  id: string,
  change: (current: SubscriptionRecord | undefined) => SubscriptionRecord | undefined,
): Contents {
  const list = contents.records.get(key) ?? [];
  const current = list.find((record) => record.id === id);
  const record = change(current);
  if (record === undefined || isSameJson(record, current)) return contents;
  const next = current
    ? list.map((other) => (other === current ? record : other))
    : [...list, record];
  return { ...contents, records: new Map(contents.records).set(key, next) };
}

export function withoutRecord(contents: Contents, key: string, id: string): Contents {
  const list = contents.records.get(key) ?? [];
  const next = list.filter((record) => record.id !== id);
  return { ...contents, records: new Map(contents.records).set(key, next) };
}

export function withReplacement(
  contents: Contents,
  key: string,
  intent: ReplacementIntent,
): Contents {
  const others = withoutReplacement(contents, key, intent.oldId).replacements;
  const next = [...(others.get(key) ?? []), intent];
  return { ...contents, replacements: new Map(others).set(key, next) };
}

export function withoutReplacement(contents: Contents, key: string, oldId: string): Contents {
  const list = contents.replacements.get(key) ?? [];
  const next = list.filter((intent) => intent.oldId !== oldId);
  const replacements =
    next.length > 0
      ? new Map(contents.replacements).set(key, next)
      : without(contents.replacements, key);
  return { ...contents, replacements };
}

/** The name in the file, if that profile still exists. */
export function currentProfileOf({ currentProfile, profiles }: Contents): string | undefined {
  return currentProfile !== undefined && profiles.has(currentProfile) ? currentProfile : undefined;
}

function profileOf({ profiles }: Contents, name: string): StoredProfile {
  const profile = profiles.get(name);
  if (!profile) throw unknownProfile(name, [...profiles.keys()]);
  return profile;
}

/** Exit 3; the hint lists the existing names. */
export function unknownProfile(name: string, known: readonly string[]): CliError {
  const signIn = `with \`rcwh login --profile ${shellWord(name)}\``;
  return new CliError(`There is no profile "${name}".`, {
    exitCode: ExitCode.notFound,
    code: "NO_SUCH_PROFILE",
    hint:
      known.length > 0 ? `Use ${known.join(", ")}, or sign in ${signIn}.` : `Sign in ${signIn}.`,
  });
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
