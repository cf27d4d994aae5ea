import type { SubscriptionRecords } from "../subscriptions/record.ts";
import type { ReplacementJournal } from "../subscriptions/replacement-intent.ts";
import type { Identity, StoredProfile, TokenCache } from "./credentials.ts";
import type { LastRunStore } from "./last-run.ts";

/**
 * What rcwh keeps: one file for each user, shared by all their processes; with `--store`, everything but profiles is in a
 * store that machines share.
 */
export interface Config {
  readonly path: string;
  /** The profile that is used if none is named; undefined if there is no such profile. */
  readonly currentProfile: string | undefined;
  /** By name, as last read or written. Has no prototype. */
  profiles(): Readonly<Record<string, StoredProfile>>;
  /** Throws if no profile could be saved, as far as that is known without writing one. */
  checkWritable(): Promise<void>;
  /**
   * Adds or replaces a profile. The first one becomes the current one. Throws UsageError for a bad name
   * or server.
   */
  saveProfile(name: string, profile: StoredProfile): Promise<void>;
  /** Throws exit 3 for an unknown name. */
  useProfile(name: string): Promise<void>;
  /**
   * Removes a profile and its token, unless another profile shares the token. If it was the current one, the
   * only remaining profile becomes current; of several, none does. Throws exit 3.
   */
  forgetCredentials(name: string): Promise<void>;
  /** Also removes the records of the user's subscriptions, unless another profile has the same user. */
  removeProfile(name: string): Promise<void>;
  /** Where the session of this user and app is kept. */
  tokensOf(user: Pick<Identity, "tokenKey" | "recordsKey">): TokenCache;
  /** `key` is an identity's `recordsKey`. */
  records(key: string): SubscriptionRecords;
  /** The replacements in progress. `key` is an identity's `recordsKey`. */
  replacements(key: string): ReplacementJournal;
  /** The last unattended run. `key` is an identity's `recordsKey`. */
  lastRun(key: string): LastRunStore;
  /**
   * Runs `work` while no other process runs any under the same name, waiting up to `milliseconds`.
   * Throws LockedError (exit 5) with the `owner` that the holder gave. If no lock can be kept on disk,
   * `work` runs without one; where a store keeps it, never.
   *
   * @param name what the work is, a space, and the `recordsKey` of the user that it is about
   */
  exclusively<Result>(
    name: string,
    milliseconds: number,
    work: () => Promise<Result>,
    owner?: string,
  ): Promise<Result>;
  /** Throws `LOCK_LOST` if another machine may hold a lock of this run on the user by now: for a moment before a request. */
  checkLocks?(key: string): void;
}
