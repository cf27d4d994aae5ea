/** The WebSocket gateway: who is connected, and what is under way to whom. */
export interface Gateway {
  /** Sends a notification to a session, or keeps it for the reconnection; false where the session is over. */
  notify(session: string, notification: object): boolean;
  clear(): void;
}

export function createGateway(): Gateway {
  return { notify: () => false, clear() {} };
}
