import type { SubscriptionRecords } from "../subscriptions/record.ts";
import type { ReplacementJournal } from "../subscriptions/replacement-intent.ts";
import type { LastRunStore } from "./run-store.ts";
import type { StoredProfile, TokenCache } from "./types.ts";

/** What rcwh keeps on disk: one file for each user, shared by all their processes. */
export interface Config {
  readonly path: string;
  /** The profile that is meant where none is named; undefined where there is none to mean. */
  readonly currentProfile: string | undefined;
  /** By name, as last read or written. Has no prototype. */
  profiles(): Readonly<Record<string, StoredProfile>>;
  /** Throws where no profile could be saved, as far as that can be told without writing one. */
  checkWritable(): Promise<void>;
  /**
   * Adds or replaces a profile. The first one becomes the current one. Throws UsageError for a bad name
   * or server.
   */
  saveProfile(name: string, profile: StoredProfile): Promise<void>;
  /** Throws exit 3 for an unknown name. */
  useProfile(name: string): Promise<void>;
  /**
   * Forgets a profile and its token, unless another profile shares that. If it was the current one, the
   * only one that is left becomes current; of several, none does. Throws exit 3.
   */
  forgetCredentials(name: string): Promise<void>;
  /** The same, and forgets what is recorded of the user's subscriptions, unless another profile is the same user. */
  removeProfile(name: string): Promise<void>;
  readonly tokens: TokenCache;
  /** `key` is an identity's `recordsKey`. */
  records(key: string): SubscriptionRecords;
  /** Whether there is any record of this user's, or a replacement under way, as last read or written. */
  hasRecords(key: string): boolean;
  /** The replacements that are under way. `key` is an identity's `recordsKey`. */
  replacements(key: string): ReplacementJournal;
  /** The last unattended run. `key` is an identity's `recordsKey`. */
  lastRun(key: string): LastRunStore;
  /**
   * Runs `work` while no other process runs any under the same name, waiting so many milliseconds.
   * Throws LockedError (exit 5), which says what the holder gave as its `owner`. Where no lock can be
   * kept on disk, `work` runs all the same.
   */
  exclusively<Result>(
    name: string,
    milliseconds: number,
    work: () => Promise<Result>,
    owner?: string,
  ): Promise<Result>;
}
