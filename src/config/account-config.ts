import type { Environment } from "../machine/environment.ts";
import { AccountStore, type AccountStoreOptions } from "./account-store.ts";
import { createConfig } from "./config.ts";
import { noContents } from "./contents.ts";
import { describeUnkept } from "./file-error.ts";
import type { Config } from "./interface.ts";
import { configDirectory } from "./location.ts";
import type { Identity } from "./types.ts";

export interface AccountConfigOptions extends Omit<AccountStoreOptions, "directory" | "key"> {
  readonly env: Environment;
}

/** An account's configuration, and its end. */
export interface AccountConfig {
  readonly config: Config;
  /** Writes what still waits. Never throws but for bugs. */
  close(): Promise<void>;
}

/**
 * The configuration as an account from elsewhere sees it: its token, its records and its replacements
 * are in a file of its own, unless the user's file knows the same user already, so that ten thousand accounts cost no more than ten thousand times what one
 * does. All else is the user's. Touches no file yet.
 */
export function openAccountConfig(
  base: Config,
  { recordsKey }: Pick<Identity, "recordsKey">,
  { env, ...options }: AccountConfigOptions,
): AccountConfig {
  const directory = configDirectory(env, options.platform);
  // Then nothing is kept, and `base` knows what to say about it.
  if (directory === undefined) return { config: base, close: async () => {} };
  const store = new AccountStore({ ...options, directory, key: recordsKey });
  const { tokens, ...own } = createConfig(store, noContents);
  // One user may also be a profile of this machine, or have been in its environment.
  const { records, replacements } = base.hasRecords(recordsKey) ? base : own;
  return {
    config: { ...base, tokens, records, replacements },
    async close() {
      try {
        await store.flush();
      } catch (error) {
        store.warnOnce(describeUnkept(store.path, error));
      }
    },
  };
}
