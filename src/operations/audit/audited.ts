import type { Check, Finding } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import type { Account } from "../../lifecycle/account.ts";
import type { Inventory, OwnedSubscription } from "../../lifecycle/inventory.ts";
import type { Missing } from "../../lifecycle/missing.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { allOf } from "../../phrases.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { Everybody } from "./everybody.ts";
import type { FoundSchedule } from "./found-schedule.ts";

/** What the rules of an audit look at. */
export interface Audited {
  readonly context: CommandContext;
  readonly account: Account;
  readonly inventory: Inventory;
  /** The subscriptions that somebody means to keep: no listener's, no WebSocket's. */
  readonly webhooks: readonly OwnedSubscription[];
  /** Those that are asked about. */
  readonly chosen: readonly OwnedSubscription[];
  readonly duplicates: readonly Duplicates[];
  /** The webhooks but for those that only repeat another, for rules about filters: the row of one tells for all. */
  readonly distinct: readonly OwnedSubscription[];
  /** What is asked about, on record and gone, and nobody has re-created. */
  readonly missing: readonly Missing[];
  /** The replacements and creations in progress. */
  readonly begun: readonly Begun[];
  /** Of `--file`. */
  readonly manifest: Manifest | undefined;
  readonly everybody: Everybody;
  readonly schedule: FoundSchedule;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly now: number;
}

/** What a run began to create, in place of another webhook or for itself, and did not end. */
export interface Begun {
  /** What is replaced; of one that replaces nothing, a name of its own. */
  readonly oldId: string;
  /** What was created, as far as the journal or the list shows it. */
  readonly newId: string | undefined;
  readonly creates: boolean;
  /** The end of an `--overlap`, RFC 3339: until then both deliver on purpose. */
  readonly keptUntil: string | undefined;
  readonly address: string;
}

/** Webhooks with the same URL and filters. */
export interface Duplicates {
  readonly kept: OwnedSubscription;
  readonly extras: readonly OwnedSubscription[];
}

/** A row about these subscriptions, none for the account as a whole. */
export function about(
  subscriptions: readonly Pick<OwnedSubscription, "id">[],
  more: Omit<Partial<Finding>, "subscriptions"> = {},
): Partial<Finding> {
  return { ...more, subscriptions: subscriptions.map(({ id }) => id) };
}

/** What was found, or the row of a rule that found nothing. */
export function orPass(found: readonly Check[], pass: Check): readonly Check[] {
  return found.length > 0 ? found : [pass];
}

/** Names of a few, and how many more there are. */
export function namesOf(subscriptions: readonly OwnedSubscription[], most = 3): string {
  const shown = subscriptions.slice(0, most).map((each) => nameOf(each));
  const more = subscriptions.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : allOf(shown);
}
