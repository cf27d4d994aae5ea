import type { Backend } from "../backend.ts";
import type { Session } from "../sign-in/sessions.ts";

/** The tokens of `wstoken`, which open connections. */
export interface GatewayTokens {
  issue(oauthSession: Session): string;
  /**
   * The current OAuth session of a token; undefined if the token is unknown, expired or used up. `wsc` is the token of
   * the gateway session to recover, if any.
   */
  redeem(token: string, wsc: string | undefined): Session | undefined;
  /** Records that a token was used for the gateway session with the token `wsc`. */
  use(token: string, wsc: string): void;
  clear(): void;
}

interface IssuedToken {
  readonly oauthSession: string;
  readonly expiresAt: number;
  /** The token of the gateway session that it opened or recovered. */
  usedFor?: string;
}

export function createGatewayTokens(backend: () => Backend): GatewayTokens {
  const tokens = new Map<string, IssuedToken>();

  const sweep = () => {
    for (const [token, { expiresAt }] of tokens) {
      if (expiresAt <= backend().clock.now()) tokens.delete(token);
    }
  };

  return {
    issue(oauthSession) {
      sweep();
      const { clock, random, settings } = backend();
      const token = `EMUW${random.text(40)}`;
      const expiresAt = clock.now() + settings.webSocketTokenLifetime * 1000;
      tokens.set(token, { oauthSession: oauthSession.id, expiresAt });
      return token;
    },

    redeem(token, wsc) {
      sweep();
      const issued = tokens.get(token);
      if (!issued) return undefined;
      const { sessions, settings } = backend();
      const { usedFor } = issued;
      const isFree =
        usedFor === undefined ||
        settings.webSocketTokenReuse === "always" ||
        (settings.webSocketTokenReuse === "recovery" && usedFor === wsc);
      if (!isFree) return undefined;
      return sessions.all().find(({ id }) => id === issued.oauthSession);
    },

    use(token, wsc) {
      const issued = tokens.get(token);
      if (issued) issued.usedFor = wsc;
    },

    clear: () => tokens.clear(),
  };
}
