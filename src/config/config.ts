import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../machine/clock.ts";
import type { Environment } from "../machine/environment.ts";
import type { Redactor } from "../machine/redact.ts";
import { type AccountState, createAccountState } from "./account-state.ts";
import { AccountStore, type AccountStoreOptions } from "./account-store.ts";
import { type Contents, noContents } from "./contents.ts";
import type { ContentsStore } from "./contents-store.ts";
import type { Identity } from "./credentials.ts";
import {
  currentProfileOf,
  withCurrentProfile,
  withoutCredentials,
  withoutProfile,
  withProfile,
} from "./edits.ts";
import { describeUnsaved } from "./file-error.ts";
import { userKeyOf } from "./identity-hashes.ts";
import type { Config } from "./interface.ts";
import { KeptContents } from "./kept-contents.ts";
import { createLastRunStore } from "./last-run-store.ts";
import { configDirectory } from "./location.ts";
import { createMemoryConfig } from "./memory-config.ts";
import { checkProfileName } from "./profile-name.ts";
import { parseServer } from "./server.ts";
import { Store } from "./store.ts";

/** The configuration without a store. */
export type OwnConfig = Config & AccountState;

export interface ConfigOptions {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  /** Called with what the user must know and the run survives. */
  readonly warn: (line: string) => void;
  /** Ends the waiting for other processes. */
  readonly signal: AbortSignal;
  /** Learns the secrets in the file. */
  readonly redactor?: Pick<Redactor, "add">;
}

/**
 * Reads the file, and creates nothing. Without a directory for it, a run with credentials from elsewhere
 * still works. Throws UsageError for a file or directory that must not be used.
 */
export async function openConfig(options: ConfigOptions): Promise<OwnConfig> {
  const directory = configDirectory(options.env, options.platform);
  if (directory === undefined) return createMemoryConfig(options.warn);
  const store = new Store({ ...options, directory });
  const contents = await store.read();
  options.redactor?.add(...secretsIn(contents));
  const config = createConfig(store, contents);
  const { records, replacements } = config;
  const ofUsers = new Map<string, Pick<Config, "records" | "replacements">>();
  /** The records of a user of an earlier `--profiles-from` are in the file of that account. */
  const ofUser = (key: string) => {
    const known = ofUsers.get(key);
    if (known) return known;
    const warnOnce = (line: string) => store.warnOnce(line);
    const account = new AccountStore({ ...options, directory, key, warnOnce });
    const isElsewhere = !config.hasRecords(key) && existsSync(account.path);
    const found = isElsewhere
      ? createConfig(writtenAtOnce(account), noContents)
      : { records, replacements };
    ofUsers.set(key, found);
    return found;
  };
  return Object.assign(config, {
    records: (key: string) => ofUser(key).records(key),
    replacements: (key: string) => ofUser(key).replacements(key),
  });
}

/** A limit for the redactor's search. Users with more accounts keep them in other files. */
const mostSecrets = 1000;

function secretsIn({ profiles, tokens, records }: Contents): readonly (string | undefined)[] {
  return [
    ...[...profiles.values()].flatMap(({ clientSecret, jwt }) => [clientSecret, jwt]),
    ...[...tokens.values()].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]),
    ...[...records.values()].flat().map(({ verificationToken }) => verificationToken),
  ].slice(0, mostSecrets);
}

export interface AccountConfigOptions
  extends Omit<AccountStoreOptions, "directory" | "key" | "isClosed"> {
  readonly env: Environment;
}

/** An account's configuration, which has to be closed. */
export interface AccountConfig {
  readonly config: OwnConfig;
  /** Writes pending changes. A failure to write them is a warning. */
  close(): Promise<void>;
}

/**
 * The configuration of one account of `--profiles-from`: its token, records and replacements are in a file
 * of its own, unless the user's file has records of the same user. Everything else is the user's. Touches no
 * file yet.
 */
export function openAccountConfig(
  base: OwnConfig,
  { recordsKey }: Pick<Identity, "recordsKey">,
  { env, ...options }: AccountConfigOptions,
): AccountConfig {
  const directory = configDirectory(env, options.platform);
  // Nothing can be saved: `base` warns about it.
  if (directory === undefined) return { config: base, close: async () => {} };
  const store = new AccountStore({ ...options, directory, key: recordsKey, isClosed: true });
  const own = createAccountState(new KeptContents(store, noContents));
  const { tokens } = own;
  // One user may also be a profile of this machine, or have been in its environment.
  const { records, replacements } = base.hasRecords(recordsKey) ? base : own;
  return {
    config: { ...base, tokens, tokensOf: () => tokens, records, replacements },
    async close() {
      try {
        await store.close();
      } catch (error) {
        store.warnOnce(describeUnsaved(store.path, error));
      }
    },
  };
}

/** Without delayed writes, for callers that never flush. */
function writtenAtOnce(store: AccountStore): ContentsStore {
  return {
    path: store.path,
    read: () => store.read(),
    change: (...edit) => store.change(...edit),
    lock: (...work) => store.lock(...work),
    warnOnce: (line) => store.warnOnce(line),
  };
}

/** The configuration in a store: the user's own file, or that of one account of `--profiles-from`. */
function createConfig(store: ContentsStore, initial: Contents): OwnConfig {
  const kept = new KeptContents(store, initial);
  const state = createAccountState(kept);
  const config: OwnConfig = {
    ...state,
    tokensOf: () => state.tokens,
    path: store.path,
    get currentProfile() {
      return currentProfileOf(kept.latest);
    },
    profiles: () => Object.assign(Object.create(null), Object.fromEntries(kept.latest.profiles)),
    checkWritable: () => kept.change((before) => before),
    async saveProfile(name, profile) {
      checkProfileName(name);
      const server = parseServer(profile.server, "the profile");
      await kept.change((before) => withProfile(before, name, { ...profile, server }));
    },
    useProfile: (name) => kept.change((before) => withCurrentProfile(before, name)),
    forgetCredentials: (name) => kept.change((before) => withoutCredentials(before, name)),
    async removeProfile(name) {
      const removed = kept.latest.profiles.get(name);
      await kept.change((before) => withoutProfile(before, name));
      const users = [...kept.latest.profiles.values()].map((profile) => userKeyOf(profile));
      if (!removed || users.includes(userKeyOf(removed))) return;
      await config.lastRun(userKeyOf(removed)).remove();
    },
    lastRun: (key) => createLastRunStore(dirname(store.path), key),
  };
  return config;
}
