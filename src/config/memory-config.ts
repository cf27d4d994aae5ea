import type { Config } from "./interface.ts";
import { noDirectory } from "./location.ts";

/**
 * The configuration of a run that has no place for one: credentials from the environment work all the
 * same. What asks for a profile, or to keep one, throws UsageError; tokens and records are not kept,
 * which `warn` hears once, when there is something to keep or to find.
 */
export function createConfigNowhere(warn: (line: string) => void): Config {
  let hasWarned = false;
  const warnOnce = () => {
    if (!hasWarned) {
      warn(
        "HOME is not set, so nothing of this run is kept: a session that it makes is revoked at the end, and there are no records of subscriptions. Set RCWH_CONFIG_DIR to a directory of your own to keep them.",
      );
    }
    hasWarned = true;
  };
  const refuse = async () => {
    throw noDirectory();
  };
  const unkept = {
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
    tokens: {
      read: async () => undefined,
      async update(_key, change) {
        warnOnce();
        return { token: await change(undefined), stored: false };
      },
    },
    records: () => unkept,
    hasRecords: () => false,
    replacements: () => unkept,
    lastRun: () => ({
      read: async () => undefined,
      save: async () => false,
      async remove() {},
    }),
    exclusively: (_name, _milliseconds, work) => work(),
  };
}
