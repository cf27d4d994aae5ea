import { redactAddressesIn } from "../machine/redact.ts";
import type { Subscription } from "./subscription.ts";

interface Blacklisted {
  readonly blacklistedData?: Subscription["blacklistedData"] | undefined;
}

/** Only `Active` delivers; whatever else RingCentral says, such as `Blacklisted`, does not. */
export function isHealthy({ status }: Pick<Subscription, "status">): boolean {
  return status === "Active";
}

/** Why nothing arrives, as a sentence with `subject` as its own: an id, or “It”. */
export function describeUnhealthy(
  { status, blacklistedData }: Blacklisted & Pick<Subscription, "status">,
  subject: string,
): string {
  const reason = blacklistReason({ blacklistedData });
  return `${subject} is ${status}${reason && ` (${reason})`}: no events are delivered.`;
}

/** Why RingCentral blacklisted it, empty where it does not say; the query of an address in there may be a secret. */
export function blacklistReason({ blacklistedData }: Blacklisted): string {
  return redactAddressesIn(blacklistedData?.reason ?? "");
}

/** What to do about it, as a hint. */
export function repairHint({ id }: Pick<Subscription, "id">): string {
  return `Mend the endpoint, then bring it back with \`rcwh recover ${id}\`.`;
}
