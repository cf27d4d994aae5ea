/** An event that has come, by whichever way. */
export interface ReceivedEvent {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly transport: "WebHook" | "WebSocket";
  /** As they came, without what is secret (the verification token); of a WebSocket the ones that a webhook would have. */
  readonly headers: Readonly<Record<string, string>>;
  /** The envelope's JSON text. */
  readonly text: string;
  readonly event: unknown;
}
