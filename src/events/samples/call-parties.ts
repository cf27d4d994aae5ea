import { drawStranger, type Member, type Stranger } from "./people.ts";
import type { Scene } from "./sample-data.ts";

/** A call between a member of the account and somebody outside of it. */
export interface Call {
  readonly direction: string;
  readonly member: Member;
  readonly stranger: Stranger;
  /** Numbers and names, by the direction of the call. */
  readonly from: Party;
  readonly to: Party;
  readonly sessionId: string;
  readonly telephonySessionId: string;
  /** The member's party: the caller is the first, whoever is called the second. */
  readonly partyId: string;
  readonly serverId: string;
}

export interface Party {
  readonly phoneNumber: string;
  readonly name: string;
}

export function drawCall(
  { draws, member, given }: Scene,
  whose: Member = member,
  likelyDirection = draws.pick(["Inbound", "Outbound"]),
): Call {
  const drawn = drawStranger(draws);
  const direction = given("direction", likelyDirection);
  const inbound = direction === "Inbound";
  const stranger = { ...drawn, phoneNumber: given("phoneNumber", drawn.phoneNumber) };
  const session = draws.hex(32);
  return {
    direction,
    member: whose,
    stranger,
    from: inbound ? stranger : whose,
    to: inbound ? whose : stranger,
    sessionId: draws.id(),
    telephonySessionId: `s-${session}`,
    partyId: `p-${session}-${inbound ? 2 : 1}`,
    serverId: `10.13.${draws.integer(100, 130)}.${draws.integer(2, 250)}.TAM`,
  };
}

export interface SipTags {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
}

export function drawSipTags({ draws }: Scene): SipTags {
  const server = `10.13.${draws.integer(20, 40)}.${draws.integer(2, 250)}`;
  return {
    callId: draws.hex(20),
    toTag: draws.hex(10),
    fromTag: `${server}-5070-${draws.hex(14)}`,
  };
}
