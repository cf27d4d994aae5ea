import type { OwnedSubscription } from "../lifecycle/inventory.ts";
import type { Missing } from "../lifecycle/missing.ts";
import type { HeldWebhook } from "./held.ts";
import type { WantedSubscription } from "./wanted.ts";

/** What a webhook needs to be as the file says. `adopt` and `unchanged` take no request. */
export type Action = "create" | "update" | "replace" | "delete" | "adopt" | "unchanged";

/**
 * Why. `edit`: the file says something new. `drift`: somebody changed the subscription elsewhere. `unrecorded`: it differs,
 * and rcwh has no record that tells which of both.
 */
type Cause =
  | "edit"
  | "drift"
  | "unrecorded"
  | "new"
  | "expired"
  | "gone"
  | "renamed"
  | "found"
  | "unnamed";

export interface Reason {
  readonly cause: Cause;
  readonly about: "existence" | "name" | "url" | "filters" | "token" | "lifetime";
  /** A few words. */
  readonly text: string;
  /** Who joined those whose events a webhook with `extensions` delivers, as people call them. */
  readonly joined?: readonly string[];
  readonly left?: readonly string[];
}

/** A subscription as a plan shows it, without secrets. */
export interface Definition {
  readonly address: string;
  readonly eventFilters: readonly string[];
  /** The lifetime asked for, in seconds; absent for the server's default or an unknown one. */
  readonly expiresIn?: number;
  /** Whether its deliveries carry a verification token. `new`: another one than now. */
  readonly verificationToken: "set" | "none" | "unknown" | "new";
}

export interface Change {
  /** The webhook's name. */
  readonly name: string;
  readonly part?: number;
  readonly profile: string;
  readonly action: Action;
  readonly reasons: readonly Reason[];
  readonly before?: Definition;
  readonly after?: Definition;
  /** When `renew` extends it. RFC 3339. */
  readonly renewAt?: string;
  /** What else is worth knowing, as sentences. */
  readonly remarks: readonly string[];
  /** Undefined for one that the file does not name. */
  readonly wanted?: WantedSubscription;
  /** As it is; undefined for one to create. */
  readonly subscription?: OwnedSubscription;
  /** What is on record of one that is to be re-created. */
  readonly missing?: Missing;
  /** The lifetime to ask for now, in seconds. */
  readonly lifetime?: number;
  /** The lifetime to ask for from the next renewal on, in seconds. */
  readonly laterLifetime?: number;
  /** Nothing but what rcwh has on record changes. */
  readonly isBookkeeping: boolean;
}

export interface Plan {
  /** What the file calls itself. */
  readonly manifest: string;
  readonly changes: readonly Change[];
  /** Number of subscriptions that the file has nothing to do with. */
  readonly notManaged: number;
  /** The webhooks whose extensions are not known, and whose filters therefore stay. */
  readonly held: readonly HeldWebhook[];
}

/** Whether somebody has to apply it: what was only found to be as the file says is not a change. */
export function isPending({ action, reasons }: Change): boolean {
  if (action === "adopt") return reasons.some(({ cause }) => cause === "renamed");
  return action !== "unchanged";
}
