import type { RingCentralClient } from "../api/client.ts";
import { NetworkError } from "../api/errors.ts";
import type { WebSocketToken } from "../subscriptions/subscription.ts";
import { type ConnectionOptions, type GatewayConnection, openConnection } from "./connection.ts";
import { refusesToken } from "./refusals.ts";

/** Where connections begin. It asks for as few tokens as it can: five a minute are all that there are, logins included. */
export interface Entrance {
  /** Connects, and recovers the session of `sessionToken` if there is one. Throws as `openConnection` and the client do. */
  open(sessionToken: string | undefined): Promise<GatewayConnection>;
}

/**
 * RingCentral's guide says that a token is good for one connection; its own client uses one again to
 * recover, until four fifths of its life are over. So do we, until that is refused once.
 */
export function createEntrance(
  client: Pick<RingCentralClient, "webSocketToken">,
  options: ConnectionOptions,
): Entrance {
  const { clock } = options;
  let held: { readonly token: WebSocketToken; readonly goodUntil: number } | undefined;
  let isUnused = false;
  let mayRecoverAgain = true;

  async function connect({ uri, token }: WebSocketToken, sessionToken: string | undefined) {
    isUnused = false;
    try {
      return await openConnection({ uri, token, sessionToken }, options);
    } catch (error) {
      isUnused = error instanceof NetworkError && !error.maybeProcessed;
      throw error;
    }
  }

  return {
    async open(sessionToken) {
      const isFresh = held !== undefined && clock.now() < held.goodUntil;
      const mayServe = isUnused || (sessionToken !== undefined && mayRecoverAgain);
      if (held && isFresh && mayServe) {
        try {
          return await connect(held.token, sessionToken);
        } catch (error) {
          if (!refusesToken(error)) throw error;
          mayRecoverAgain = false;
        }
      }
      const askedAt = clock.now();
      const token = await client.webSocketToken();
      held = { token, goodUntil: askedAt + token.expiresIn * 800 };
      return connect(token, sessionToken);
    },
  };
}
