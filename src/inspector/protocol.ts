/**
 * What the page of `listen --ui` and `emulator --ui` and its server say to each other. Everything is below `/<token>/`:
 *
 * - `GET ./` is the page, with everything inlined. `dist/page.br` has it, compressed with Brotli: its first line is the
 *   Content-Security-Policy to send with it, which names the hashes of its script and style, and the rest is the HTML.
 * - `GET ./stream` is a stream of server-sent events. The data of each is the JSON of one `Update`: first `hello`, then
 *   what is kept, then what is new. A page that reconnects gets everything again.
 * - `POST ./actions` takes the JSON of an `Action`. It answers 200 with an `ActionResult`, or 4xx with a `Refusal`.
 * - `./emulator/v1/…` is the control API of the emulator, where `hello.kind` is `emulator`.
 * - `GET ./filters?search=…`, with an emulator, answers `FoundFilters`: what `rcwh filters` finds, best first.
 * - `GET ./sample?filter=…`, with an emulator, answers a sample of that event's `body`, as JSON, or 4xx with a `Refusal`.
 *
 * `headers` of an event keep the name of a header that carries a secret, such as `verification-token`, with the value `…`.
 */
export type Update =
  | { readonly type: "hello"; readonly hello: Hello }
  /** New events, oldest first, and known ones whose delivery has changed: `number` says which. */
  | { readonly type: "events"; readonly events: readonly InspectedEvent[] }
  /** All of them, soonest to expire first. */
  | { readonly type: "subscriptions"; readonly subscriptions: readonly InspectedSubscription[] }
  /** New messages on the terminal, such as a lost connection, oldest first. */
  | { readonly type: "notes"; readonly notes: readonly Note[] }
  /** Where events are recorded now; without a file, nowhere. */
  | { readonly type: "recording"; readonly file?: string }
  /** Something in the emulator may have changed: its clock, subscriptions, faults or requests. */
  | { readonly type: "emulator" }
  /** The program is ending: nothing will follow. */
  | { readonly type: "end"; readonly message: string };

export interface Hello {
  readonly kind: "listen" | "emulator";
  readonly version: string;
  /** One line, such as `Listening for glip/posts`. */
  readonly title: string;
  /** Where events are forwarded, without secrets; absent if nowhere. */
  readonly target?: string;
  /** False where the program does not ask RingCentral, and so knows no subscriptions. */
  readonly listsSubscriptions?: boolean;
  /** How many events are kept, here and in the page. */
  readonly keeps: { readonly events: number; readonly bytes: number };
  /** Milliseconds since the epoch by RingCentral's clock, or the emulator's, when this was sent. */
  readonly now: number;
}

/** An event that arrived, or that the page sent. */
export interface InspectedEvent {
  /** 1, 2, 3 … in order of arrival; never used again. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly origin: "received" | "replayed" | "edited";
  /** The number of the event that was sent again or edited. */
  readonly of?: number;
  readonly transport: "WebHook" | "WebSocket";
  /** One line of text, such as `Post by John Doe: Hello`. */
  readonly summary: string;
  /** The short form of its filter, such as `glip/posts`; absent if it has none. */
  readonly filter?: string;
  readonly subscriptionId?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The headers that it is sent to the target with, where they are not `headers`; secrets as there. */
  readonly sent?: Readonly<Record<string, string>>;
  /** The body as it came. */
  readonly text: string;
  /** What was sent where, and what came back; absent if it was not forwarded. */
  readonly delivery?: InspectedDelivery;
}

export interface InspectedDelivery {
  /** `waiting` until the answer has come; `dropped` if the target was too slow to be sent it. */
  readonly state: "waiting" | "answered" | "failed" | "dropped";
  /** Without secrets. */
  readonly target: string;
  readonly status?: number;
  readonly milliseconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The beginning of the answer's body. */
  readonly body?: string;
  /** What RingCentral would make of the answer; absent while waiting. */
  readonly verdict?: {
    readonly status: "pass" | "warn" | "fail";
    /** A sentence. */
    readonly text: string;
    /** For `rcwh explain`. */
    readonly code?: string;
  };
}

export interface InspectedSubscription {
  readonly id: string;
  readonly status: string;
  readonly transportType: string;
  /** Without secrets; absent for a WebSocket. */
  readonly address?: string;
  readonly eventFilters: readonly string[];
  /** Milliseconds since the epoch; absent where the server did not say. */
  readonly createdAt?: number;
  readonly expiresAt?: number;
  /** Why it was blacklisted, and when. */
  readonly blacklisted?: { readonly reason?: string; readonly at?: number };
}

export interface Note {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

export type Action =
  /** Sends an event again, as it was. */
  | { readonly action: "replay"; readonly number: number }
  /** Sends another body, with the headers that the event `of` had. */
  | { readonly action: "send"; readonly text: string; readonly of?: number }
  /** Records the events that come from now on. */
  | { readonly action: "record"; readonly file: string }
  | { readonly action: "stop-recording" };

export interface ActionResult {
  /** The number of the event that was sent. */
  readonly number?: number;
  /** A sentence about what was done. */
  readonly message: string;
}

export interface Refusal {
  readonly message: string;
  readonly hint?: string;
}

export interface FoundFilters {
  readonly filters: readonly {
    /** A short form that the control API and `rcwh trigger` take, such as `sms` or `glip/posts`. */
    readonly filter: string;
    /** The whole path, with `~` for the user's own ids: what `POST ./emulator/v1/events` takes. */
    readonly uri: string;
    /** One line about what it tells. */
    readonly summary: string;
  }[];
}
