import type { RingCentralClient } from "../api/client.ts";
import { NetworkError } from "../api/errors.ts";
import { isLoopback } from "../machine/loopback.ts";
import type { WebSocketToken } from "../subscriptions/subscription.ts";
import { type ConnectionOptions, type GatewayConnection, openConnection } from "./connection.ts";
import { refusesToken } from "./gateway-errors.ts";

/** Opens connections with as few tokens as possible: RingCentral gives five a minute, logins included. */
export interface Connector {
  /** Connects, and asks to recover the session of `sessionToken`, if any. Throws what `openConnection` and the client throw. */
  connect(sessionToken: string | undefined): Promise<GatewayConnection>;
}

/**
 * RingCentral's guide says that a token is good for one connection; its own client uses one again to
 * recover, until four fifths of its life are over. So does this one, until that is refused once.
 */
export function createConnector(
  client: Pick<RingCentralClient, "webSocketToken">,
  options: ConnectionOptions,
): Connector {
  const { clock } = options;
  let held: { readonly token: WebSocketToken; readonly goodUntil: number } | undefined;
  let isUnused = false;
  let mayReuse = true;

  async function connectWith({ uri, token }: WebSocketToken, sessionToken: string | undefined) {
    isUnused = false;
    try {
      return await openConnection({ uri, token, sessionToken }, options);
    } catch (error) {
      isUnused = error instanceof NetworkError && !error.maybeProcessed;
      // An emulator that ended: the next one on this machine has another port, and does not know the token.
      if (isUnused && isLoopback(new URL(uri).hostname)) held = undefined;
      throw error;
    }
  }

  return {
    async connect(sessionToken) {
      const isFresh = held !== undefined && clock.now() < held.goodUntil;
      if (held && isFresh && (isUnused || (sessionToken !== undefined && mayReuse))) {
        try {
          return await connectWith(held.token, sessionToken);
        } catch (error) {
          if (!refusesToken(error)) throw error;
          mayReuse = false;
        }
      }
      const askedAt = clock.now();
      const token = await client.webSocketToken();
      held = { token, goodUntil: askedAt + token.expiresIn * 800 };
      return connectWith(token, sessionToken);
    },
  };
}
