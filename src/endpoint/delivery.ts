/** An event on its way to an endpoint. */
export interface Delivery {
  /** The body as it is sent: an envelope's JSON. */
  readonly text: string;
  /** In place of the platform's own ones, or next to them; those of a recorded delivery, say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came of a delivery. */
export interface DeliveryOutcome {
  /** Absent where no answer came. */
  readonly status?: number;
  readonly statusText?: string;
  readonly milliseconds: number;
  /** Status line, headers and body, as raw bytes; no more are counted than are read. */
  readonly bytes: number;
  /** Why the platform would not accept the answer, in its own words (`blacklistedData.reason`); absent where it would. */
  readonly problem?: string;
}
