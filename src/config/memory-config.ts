import type { AccountState } from "./account-state.ts";
import type { TokenCache } from "./credentials.ts";
import type { Config } from "./interface.ts";
import { noDirectory } from "./location.ts";

/**
 * The configuration of a run without a directory for one: credentials from the environment still work.
 * Profiles throw UsageError; tokens and records are not saved, which `warn` is told once.
 */
export function createMemoryConfig(warn: (line: string) => void): Config & AccountState {
  let hasWarned = false;
  const warnOnce = () => {
    if (!hasWarned) {
      warn(
        "HOME is not set, so this run saves nothing: its session is revoked at the end, and there are no records of subscriptions. Set RCWH_CONFIG_DIR to a directory of your own to save them.",
      );
    }
    hasWarned = true;
  };
  const refuse = async () => {
    throw noDirectory();
  };
  const unsaved = {
    async list() {
      warnOnce();
      return [];
    },
    async save() {
      warnOnce();
      return false;
    },
    async edit() {
      warnOnce();
      return false;
    },
    async remove() {},
  };

  const tokens: TokenCache = {
    read: async () => undefined,
    async update(_key, change) {
      warnOnce();
      return { token: await change(undefined), stored: false };
    },
  };
  return {
    get path(): string {
      throw noDirectory();
    },
    get currentProfile(): string | undefined {
      throw noDirectory();
    },
    profiles() {
      throw noDirectory();
    },
    checkWritable: refuse,
    saveProfile: refuse,
    useProfile: refuse,
    forgetCredentials: refuse,
    removeProfile: refuse,
    tokens,
    tokensOf: () => tokens,
    records: () => unsaved,
    hasRecords: () => false,
    replacements: () => unsaved,
    lastRun: () => ({
      read: async () => undefined,
      save: async () => false,
      async remove() {},
    }),
    exclusively: (_name, _milliseconds, work) => work(),
  };
}
