import type { Api } from "../filters/api.ts";
import type { Lifetime } from "../subscriptions/lifetime.ts";

/** `rcwh.yaml`, checked, and with its variables filled in. */
export interface Manifest {
  /** Tells several files for one account apart: what one of them names is not managed by another. */
  readonly name: string;
  /** The profile that it is for, unless a flag or the environment names another. */
  readonly profile: string | undefined;
  /** In the order of the file. Their names are unique. */
  readonly webhooks: readonly ManifestWebhook[];
}

export interface ManifestWebhook {
  /** Its identity: everything else about it may change. */
  readonly name: string;
  readonly api: Api;
  readonly address: string;
  /** As they are sent, the reminder included. Of several extensions: for one's own, which the others take the place of. */
  readonly eventFilters: readonly string[];
  /** Undefined for the server's default. */
  readonly lifetime: Lifetime | undefined;
  /** Undefined: the one that it has stays. */
  readonly verificationToken: WantedToken | undefined;
  /** Whose events it delivers, where that is not only the signed-in user: as written, such as `all`, `101` or `queue:Support`. */
  readonly extensions: readonly string[] | undefined;
  /** Of several extensions: as many filters as one subscription gets at most. */
  readonly filtersPerSubscription: number;
  /** Where it stands. */
  readonly place: Place;
}

/** A token that is given, or one that rcwh generates when the webhook is created. */
export type WantedToken = { readonly given: string } | { readonly generate: true };

/** A place in a file. Both count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
