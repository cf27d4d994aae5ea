import type { Api } from "../filters/api.ts";
import type { Lifetime } from "../subscriptions/lifetime.ts";
import type { Manifest, Place, WantedToken } from "./manifest.ts";

/** One subscription that a manifest asks for: a webhook, or one of the parts that share the filters of one. */
export interface WantedSubscription {
  /** The webhook's name. */
  readonly webhook: string;
  /** Which of several parts, from 1. */
  readonly part?: number;
  readonly api: Api;
  readonly address: string;
  /** As they are sent. */
  readonly eventFilters: readonly string[];
  readonly lifetime: Lifetime | undefined;
  readonly verificationToken: WantedToken | undefined;
  readonly place: Place;
  /** Of a part: whom all the parts are for. */
  readonly members?: Members;
  /** What else somebody should know about it, as sentences. */
  readonly remark?: string;
}

/** Whom the parts of a webhook with `extensions` are for. */
export interface Members {
  /** What people call each extension of the account, by id. */
  readonly names: ReadonlyMap<string, string>;
  /** The ids of all that the webhook is for. */
  readonly ids: ReadonlySet<string>;
  /** The ids of all that its parts were for, as they are now. */
  readonly before: ReadonlySet<string>;
  /** Whether one of the parts is to have a filter. */
  isWanted(filter: string): boolean;
}

/** What people call it: `orders`, and with parts `orders 2`. */
export function wantedName({
  webhook,
  part,
}: Pick<WantedSubscription, "webhook" | "part">): string {
  return part === undefined ? webhook : `${webhook} ${part}`;
}

/** One wanted subscription for each webhook, in the order of the file. Of one with `extensions` it is for one's own alone. */
export function wantedSubscriptions({ webhooks }: Manifest): readonly WantedSubscription[] {
  return webhooks.map(({ name, api, address, eventFilters, lifetime, ...webhook }) => {
    const { verificationToken, place } = webhook;
    return { webhook: name, api, address, eventFilters, lifetime, verificationToken, place };
  });
}
