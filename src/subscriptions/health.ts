import { redactAddressesIn } from "../machine/redact.ts";
import type { Subscription } from "./subscription.ts";

interface Blacklisted {
  readonly blacklistedData?: Subscription["blacklistedData"] | undefined;
}

/** Only an `Active` subscription delivers events. */
export function isHealthy({ status }: Pick<Subscription, "status">): boolean {
  return status === "Active";
}

/** A sentence that says why nothing arrives. `subject` is an id, or `It`. */
export function describeUnhealthy(
  { status, blacklistedData }: Blacklisted & Pick<Subscription, "status">,
  subject: string,
): string {
  const reason = blacklistReason({ blacklistedData });
  return `${subject} is ${status}${reason && ` (${reason})`}: no events are delivered.`;
}

/** Why RingCentral blacklisted it, empty if it does not say; the query of an address in there may be a secret. */
export function blacklistReason({ blacklistedData }: Blacklisted): string {
  return redactAddressesIn(blacklistedData?.reason ?? "");
}

/** A hint that says how to repair an unhealthy subscription. */
export function repairHint({ id }: Pick<Subscription, "id">): string {
  return `Fix the endpoint, then bring the subscription back with \`rcwh recover ${id}\`.`;
}
