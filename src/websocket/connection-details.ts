import { membersOf } from "../machine/json.ts";
import { type GatewayFrame, numberOf } from "./frames.ts";

/** What the gateway's greeting says about a connection. */
export interface ConnectionDetails {
  /** The token to recover the session with; undefined if it cannot be recovered. */
  readonly sessionToken: string | undefined;
  /** Whether the gateway resumed the session that was asked for. */
  readonly recovered: boolean;
  /** Why it did not, such as `WSG-1003`. */
  readonly recoveryErrorCode: string | undefined;
  /** When the connection began, by the gateway's clock; milliseconds since the epoch, NaN where it does not say. */
  readonly createdAt: number;
  /** How many events the gateway keeps for a session without a connection. */
  readonly recoveryBufferSize: number;
  /** Milliseconds for which a session outlives its connection. */
  readonly recoveryTimeout: number;
  /** Milliseconds that the client may be silent. */
  readonly idleTimeout: number;
  /** Milliseconds that a connection may last. */
  readonly absoluteTimeout: number;
}

/** The defaults are those of RingCentral's guide. */
export function readDetails({ sessionToken, body }: GatewayFrame): ConnectionDetails {
  const members = membersOf(body);
  const milliseconds = (name: string, otherwise: number) =>
    (numberOf(members[name]) || otherwise) * 1000;
  const { recoveryState, recoveryErrorCode, creationTime } = members;
  return {
    sessionToken,
    recovered: typeof recoveryState === "string" && /^success/i.test(recoveryState),
    recoveryErrorCode: typeof recoveryErrorCode === "string" ? recoveryErrorCode : undefined,
    createdAt: typeof creationTime === "string" ? Date.parse(creationTime) : Number.NaN,
    recoveryBufferSize: numberOf(members["recoveryBufferSize"]) ?? 100,
    recoveryTimeout: milliseconds("recoveryTimeout", 180),
    idleTimeout: milliseconds("idleTimeout", 1800),
    absoluteTimeout: milliseconds("absoluteTimeout", 86_400),
  };
}
