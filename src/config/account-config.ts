import type { Environment } from "../machine/environment.ts";
import { AccountStore, type AccountStoreOptions } from "./account-store.ts";
import { createConfig } from "./config.ts";
import { noContents } from "./contents.ts";
import type { Identity } from "./credentials.ts";
import { describeUnsaved } from "./file-error.ts";
import type { Config } from "./interface.ts";
import { configDirectory } from "./location.ts";

export interface AccountConfigOptions extends Omit<AccountStoreOptions, "directory" | "key"> {
  readonly env: Environment;
}

/** An account's configuration, which has to be closed. */
export interface AccountConfig {
  readonly config: Config;
  /** Writes pending changes. A failure to write them is a warning. */
  close(): Promise<void>;
}

/**
 * The configuration of one account of `--profiles-from`: its token, records and replacements are in a file
 * of its own, unless the user's file has records of the same user. Everything else is the user's. Touches no
 * file yet.
 */
export function openAccountConfig(
  base: Config,
  { recordsKey }: Pick<Identity, "recordsKey">,
  { env, ...options }: AccountConfigOptions,
): AccountConfig {
  const directory = configDirectory(env, options.platform);
  // Nothing can be saved: `base` warns about it.
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
        store.warnOnce(describeUnsaved(store.path, error));
      }
    },
  };
}
