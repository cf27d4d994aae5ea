import { type AccountState, createAccountState } from "./account-state.ts";
import type { OwnConfig } from "./config.ts";
import { noContents } from "./contents.ts";
import { emulatorKey } from "./identity.ts";
import { tokenKeyOf, userKeyOf } from "./identity-hashes.ts";
import type { Config } from "./interface.ts";
import { KeptContents } from "./kept-contents.ts";
import { StoredContents, type StoredContentsOptions } from "./stored-contents.ts";
import { createStoredLastRun } from "./stored-texts.ts";

interface StoredAccount {
  readonly contents: StoredContents;
  readonly state: AccountState;
}

/**
 * The configuration of a run with a store: profiles are in the user's own file, and everything else in the store. Only
 * the profile `emulator` stays on this machine, as its emulator does. Reads nothing yet.
 */
export function createStoredConfig(
  own: OwnConfig,
  options: Omit<StoredContentsOptions, "key">,
): Config {
  const accounts = new Map<string, StoredAccount>();

  function accountOf(key: string): StoredAccount {
    const known = accounts.get(key);
    if (known) return known;
    const contents = new StoredContents({ ...options, key });
    const account = { contents, state: createAccountState(new KeptContents(contents, noContents)) };
    accounts.set(key, account);
    return account;
  }
  const ofEmulator = emulatorKey();
  const isLocal = (key: string) => key === ofEmulator;
  const stateOf = (key: string): AccountState => (isLocal(key) ? own : accountOf(key).state);
  const lastRun = (key: string) =>
    isLocal(key) ? own.lastRun(key) : createStoredLastRun(options.store, key);

  /** The keys of a profile that no other profile has. */
  function keysOf(name: string) {
    const { [name]: profile, ...others } = own.profiles();
    if (!profile) return {};
    const keys = { tokenKey: tokenKeyOf(profile), recordsKey: userKeyOf(profile) };
    const all = Object.values(others);
    return {
      user: keys.recordsKey,
      ownToken: all.some((each) => tokenKeyOf(each) === keys.tokenKey) ? undefined : keys.tokenKey,
      ownUser: all.some((each) => userKeyOf(each) === keys.recordsKey)
        ? undefined
        : keys.recordsKey,
    };
  }

  async function forgetToken({ user, ownToken }: ReturnType<typeof keysOf>): Promise<void> {
    if (user === undefined || ownToken === undefined) return;
    const { tokens } = stateOf(user);
    if (await tokens.read(ownToken)) await tokens.update(ownToken, async () => undefined);
  }

  return {
    get path() {
      return own.path;
    },
    get currentProfile() {
      return own.currentProfile;
    },
    profiles: () => own.profiles(),
    checkWritable: () => own.checkWritable(),
    saveProfile: (name, profile) => own.saveProfile(name, profile),
    useProfile: (name) => own.useProfile(name),
    async forgetCredentials(name) {
      await forgetToken(keysOf(name));
      await own.forgetCredentials(name);
    },
    async removeProfile(name) {
      const keys = keysOf(name);
      await forgetToken(keys);
      if (keys.ownUser !== undefined) {
        await accountOf(keys.ownUser).contents.remove();
        await lastRun(keys.ownUser).remove();
      }
      await own.removeProfile(name);
    },
    tokensOf: ({ recordsKey }) => stateOf(recordsKey).tokens,
    records: (key) => stateOf(key).records(key),
    replacements: (key) => stateOf(key).replacements(key),
    lastRun,
    exclusively: (name, ...rest) =>
      stateOf(name.slice(name.indexOf(" ") + 1)).exclusively(name, ...rest),
    checkLocks: (key) => accounts.get(key)?.contents.check(),
  };
}
