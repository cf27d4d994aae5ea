import type { Api } from "../filters/api.ts";
import type { ManagedAs } from "./record.ts";

/**
 * A replacement that is under way, or a subscription that is being created: written down before the first
 * request, so that the next run can finish or undo what a crash left.
 */
export interface ReplacementIntent {
  /** What is replaced; for one that is created, a name of the intent's own. */
  readonly oldId: string;
  /** It replaces nothing. */
  readonly creates?: boolean;
  /** When the new one was asked for, by the server's clock. RFC 3339. */
  readonly askedAt?: string;
  readonly api: Api;
  /** Once the new one was made. */
  readonly newId?: string;
  /** What was there before: any other one with this address and these filters is the new one. */
  readonly knownIds: readonly string[];
  readonly eventFilters: readonly string[];
  readonly address: string;
  /** Seconds; absent for the server's default, which only a create asks for. */
  readonly expiresIn?: number;
  readonly verificationToken?: string;
  /** If the old one is deleted first: what is needed to re-create it. */
  readonly previous?: SubscriptionDefinition;
  /** Both deliver until then, by the server's clock. RFC 3339. */
  readonly keepUntil?: string;
  /** The new one was refused, so the old one is to be re-created. */
  readonly undoing?: boolean;
  /** The old one is blacklisted: the new one's record says when it was recovered. */
  readonly recovers?: boolean;
  /** As in the old one's record. */
  readonly droppedFilters?: readonly string[];
  /** For the new one's record. */
  readonly managedAs?: ManagedAs;
}

/** What is needed to create a subscription. */
export interface SubscriptionDefinition
  extends Pick<ReplacementIntent, "eventFilters" | "address" | "verificationToken"> {
  readonly expiresIn: number;
}

export interface ReplacementJournal {
  list(): Promise<readonly ReplacementIntent[]>;
  /** Adds the intent, or replaces the one for the same old id. False, after a warning, where it cannot be kept. */
  save(intent: ReplacementIntent): Promise<boolean>;
  remove(oldId: string): Promise<void>;
}
