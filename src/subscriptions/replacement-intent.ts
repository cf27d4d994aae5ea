import type { Api } from "../filters/api.ts";

/**
 * A replacement that is under way: written down before the first request, so that the next run can
 * finish or undo what a crash left.
 */
export interface ReplacementIntent {
  readonly oldId: string;
  readonly api: Api;
  /** Once the new one was made. */
  readonly newId?: string;
  /** What was there before: any other one with this address and these filters is the new one. */
  readonly knownIds: readonly string[];
  readonly eventFilters: readonly string[];
  readonly address: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly verificationToken?: string;
  /** If the old one is deleted first: what is needed to re-create it. */
  readonly previous?: SubscriptionDefinition;
  /** The new one was refused, so the old one is to be re-created. */
  readonly undoing?: boolean;
  /** The old one is blacklisted: the new one's record says when it was recovered. */
  readonly recovers?: boolean;
  /** As in the old one's record. */
  readonly droppedFilters?: readonly string[];
}

/** What is needed to create a subscription. */
export type SubscriptionDefinition = Pick<
  ReplacementIntent,
  "eventFilters" | "address" | "expiresIn" | "verificationToken"
>;

export interface ReplacementJournal {
  list(): Promise<readonly ReplacementIntent[]>;
  /** Adds the intent, or replaces the one for the same old id. False, after a warning, where it cannot be kept. */
  save(intent: ReplacementIntent): Promise<boolean>;
  remove(oldId: string): Promise<void>;
}
