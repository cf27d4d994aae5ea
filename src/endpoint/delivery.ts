/** An event on its way to an endpoint. */
export interface Delivery {
  /** The body as it is sent: an envelope's JSON. */
  readonly text: string;
  /** Headers to add to the platform's or to replace them, such as those of a recorded delivery. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The outcome of a delivery. */
export interface DeliveryOutcome {
  /** Absent if no answer came. */
  readonly status?: number;
  readonly statusText?: string;
  readonly milliseconds: number;
  /** Bytes of the status line, headers and body, as far as they were read. */
  readonly bytes: number;
  /** Why the platform would reject the answer, in its own words (`blacklistedData.reason`); absent if it would not. */
  readonly problem?: string;
  /** What it answered; only for a sender that keeps it. */
  readonly answer?: KeptAnswer;
}

/** The beginning of what an endpoint answered. */
export interface KeptAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Read as UTF-8. */
  readonly body: string;
}
