/** What may be set about the WebSocket gateway. Limits are those of the connection details in RingCentral's guide. */
export interface GatewaySettings {
  /** Seconds that a token of `wstoken` holds. The guide says 30, a comment in RingCentral's client 600. */
  readonly webSocketTokenLifetime: number;
  /**
   * Contradictory: the guide says that a token is good for one connection, RingCentral's own client uses one
   * again to recover. `recovery` allows just that: the token's own session, recovered with its `wsc`.
   */
  readonly webSocketTokenReuse: "never" | "recovery" | "always";
  /** Seconds that a session outlives its connection. The text and one sample say 180, another sample 30. */
  readonly webSocketRecoveryTimeout: number;
  /** Notifications that are kept meanwhile; of more, the latest. */
  readonly webSocketRecoveryBufferSize: number;
  /** Seconds without a frame or ping from the client, until it is cut off with WSG-902. */
  readonly webSocketIdleTimeout: number;
  /** Seconds that a connection may last, until it is cut off with WSG-903. */
  readonly webSocketAbsoluteTimeout: number;
  /** Connections of one OAuth session; open: what a further one is answered (here WSG-429). */
  readonly webSocketConnectionLimit: number;
  /** Requests under way on one connection; open: what a further one is answered (here WSG-429). */
  readonly webSocketRequestLimit: number;
  /** Milliseconds of real time between two pings of the server. Open: "periodically". */
  readonly webSocketPingInterval: number;
  /** Milliseconds of real time that a client has for its pong. */
  readonly webSocketPongDeadline: number;
}

export const defaultGatewaySettings: GatewaySettings = {
  webSocketTokenLifetime: 30,
  webSocketTokenReuse: "recovery",
  webSocketRecoveryTimeout: 180,
  webSocketRecoveryBufferSize: 100,
  webSocketIdleTimeout: 1800,
  webSocketAbsoluteTimeout: 86_400,
  webSocketConnectionLimit: 50,
  webSocketRequestLimit: 10,
  webSocketPingInterval: 30_000,
  webSocketPongDeadline: 10_000,
};
