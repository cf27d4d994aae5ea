import type { RingCentralClient } from "../api/client.ts";
import type { Api } from "../filters/api.ts";
import type { Clock } from "../machine/clock.ts";
import type { SubscriptionRecords } from "../subscriptions/record.ts";
import type { ReplacementJournal } from "../subscriptions/replacement-intent.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";

/**
 * One user of one app, and everything that work on their subscriptions needs. Nothing in this folder
 * reads a flag, a file or a terminal: the caller that creates the account decides where these come from.
 */
export interface Account {
  /** The name that results carry: the profile's name in the CLI. */
  readonly profile: string;
  readonly client: RingCentralClient;
  /** What rcwh recorded about the subscriptions that it made or changed. */
  readonly records: SubscriptionRecords;
  /** The replacements in progress, to recover from a crash. */
  readonly journal: ReplacementJournal;
  /** The APIs to list. Undefined: the platform API, and the webinar API where a record names it. */
  readonly apis: readonly Api[] | undefined;
  readonly clock: Clock;
  /** Ends waits; the work in progress is left in a state that the next run can finish. */
  readonly signal: AbortSignal;
  readonly endpoints: EndpointProbe;
  /** Sends a message to the waiting user while the work continues. */
  notify(notice: Notice): void;
  /**
   * Runs `work` while no other process replaces subscriptions of the same user and app.
   *
   * @param wait milliseconds to wait for another process
   * @throws `LOCKED` (exit 5) when that time is over
   */
  exclusively<Result>(wait: number, work: () => Promise<Result>): Promise<Result>;
}

export interface Notice {
  /** `progress` is replaced by the next one; `note` and `warning` stay. */
  readonly kind: "progress" | "note" | "warning";
  /** One line of text. May hold text from the server. */
  readonly text: string;
}

/** What can be found out about an endpoint from where this runs. */
interface EndpointProbe {
  /**
   * Shakes hands with an endpoint as RingCentral would.
   *
   * @throws exit 6 with the code that RingCentral would answer (SUB-520 to SUB-525) if the endpoint
   * breaks a rule, or exit 5 where it cannot be tried from here
   */
  prove(address: string, verificationToken: string | undefined): Promise<void>;
  /**
   * Where `error` is RingCentral's refusal of an endpoint, tries the endpoint from here and adds to the
   * error what was found. Does nothing about other errors.
   */
  explainRefusal(error: unknown, request: CreateSubscriptionRequest): Promise<void>;
}
