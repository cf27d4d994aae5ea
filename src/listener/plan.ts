import type { Api } from "../filters/api.ts";
import type { ForwardTarget } from "./event-pipeline.ts";

/** What a listener has to do, checked before anything is opened. */
export interface ListenPlan {
  /** Undefined with `--receive-only`. */
  readonly subscription: ListenSubscription | undefined;
  readonly server: ServerPlan;
  readonly forward: ForwardTarget | undefined;
  /** The file to record events in. */
  readonly record: string | undefined;
  readonly exitAfter: { readonly events: number } | { readonly milliseconds: number } | undefined;
}

export interface ListenSubscription {
  readonly eventFilters: readonly string[];
  readonly api: Api;
  /** The public address of this listener; without one, events arrive over a WebSocket. */
  readonly url: string | undefined;
}

export interface ServerPlan {
  readonly host: string;
  readonly port: number;
  /** Whether another port will do when this one is in use. */
  readonly portMayChange: boolean;
  readonly path: string;
  /** The host of the public address, if one is given. */
  readonly publicHost: string | undefined;
  /** The token that deliveries must carry: the one given, or a generated one for a webhook. */
  readonly verificationToken: string | undefined;
  /** The status for deliveries without it. */
  readonly rejectStatus: number;
}
