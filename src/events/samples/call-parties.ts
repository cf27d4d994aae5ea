import { type Contact, type Member, randomContact } from "./people.ts";
import type { SampleData } from "./sample-data.ts";

/** A call between a member of the account and somebody outside it. */
export interface Call {
  readonly direction: string;
  readonly member: Member;
  readonly contact: Contact;
  readonly from: Party;
  readonly to: Party;
  readonly sessionId: string;
  readonly telephonySessionId: string;
  /** The member's party: ends in 1 for the caller, in 2 for the callee. */
  readonly partyId: string;
  readonly serverId: string;
}

export interface Party {
  readonly phoneNumber: string;
  readonly name: string;
}

export function randomCall(
  { random, queryValue, ...data }: SampleData,
  member: Member = data.member,
  defaultDirection = random.pick(["Inbound", "Outbound"]),
): Call {
  const anybody = randomContact(random);
  const contact = { ...anybody, phoneNumber: queryValue("phoneNumber", anybody.phoneNumber) };
  const direction = queryValue("direction", defaultDirection);
  const inbound = direction === "Inbound";
  const session = random.hex(32);
  return {
    direction,
    member,
    contact,
    from: inbound ? contact : member,
    to: inbound ? member : contact,
    sessionId: random.id(),
    telephonySessionId: `s-${session}`,
    partyId: `p-${session}-${inbound ? 2 : 1}`,
    serverId: `10.13.${random.integer(100, 130)}.${random.integer(2, 250)}.TAM`,
  };
}

export interface SipTags {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
}

export function randomSipTags({ random }: SampleData): SipTags {
  const server = `10.13.${random.integer(20, 40)}.${random.integer(2, 250)}`;
  return {
    callId: random.hex(20),
    toTag: random.hex(10),
    fromTag: `${server}-5070-${random.hex(14)}`,
  };
}
