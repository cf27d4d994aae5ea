import { membersOf } from "../machine/json.ts";
import { type GatewayFrame, numberOf } from "./frames.ts";

/** What the gateway says of a connection when it begins. */
export interface ConnectionDetails {
  /** The token by which the session is found again; undefined where there is nothing to recover. */
  readonly sessionToken: string | undefined;
  /** Whether the session that was asked for goes on. */
  readonly recovered: boolean;
  /** Why it does not, such as `WSG-1003`. */
  readonly recoveryErrorCode: string | undefined;
  /** When the connection began, by the gateway's clock; milliseconds since the epoch, NaN where it does not say. */
  readonly createdAt: number;
  /** Events that are kept for a session without a connection. */
  readonly recoveryBufferSize: number;
  /** Milliseconds for which a session outlives its connection. */
  readonly recoveryTimeout: number;
  /** Milliseconds that the client may be silent. */
  readonly idleTimeout: number;
  /** Milliseconds that a connection may last. */
  readonly absoluteTimeout: number;
}

/** What is not said is as RingCentral's guide has it. */
export function readDetails({ sessionToken, body }: GatewayFrame): ConnectionDetails {
  const members = membersOf(body);
  const milliseconds = (name: string, otherwise: number) =>
    (numberOf(members[name]) || otherwise) * 1000;
  const { recoveryState, recoveryErrorCode, creationTime } = members;
  return {
    sessionToken,
    recovered: /^success/i.test(String(recoveryState ?? "")),
    recoveryErrorCode: typeof recoveryErrorCode === "string" ? recoveryErrorCode : undefined,
    createdAt: typeof creationTime === "string" ? Date.parse(creationTime) : Number.NaN,
    recoveryBufferSize: numberOf(members["recoveryBufferSize"]) ?? 100,
    recoveryTimeout: milliseconds("recoveryTimeout", 180),
    idleTimeout: milliseconds("idleTimeout", 1800),
    absoluteTimeout: milliseconds("absoluteTimeout", 86_400),
  };
}
