import type { Subscription } from "../api/types.ts";

/** Only `Active` delivers; whatever else RingCentral says, such as `Blacklisted`, does not. */
export function isHealthy({ status }: Pick<Subscription, "status">): boolean {
  return status === "Active";
}

/** Why nothing arrives, as a sentence with `subject` as its own: an id, or “It”. */
export function describeUnhealthy(
  { status, blacklistedData }: Pick<Subscription, "status" | "blacklistedData">,
  subject: string,
): string {
  const reason = blacklistedData?.reason ? ` (${blacklistedData.reason})` : "";
  return `${subject} is ${status}${reason}: no events are delivered.`;
}

/** What to do about it, as a hint. */
export function repairHint({ id }: Pick<Subscription, "id">): string {
  return `Mend the endpoint, then replace it with \`rcwh create --if-exists new\` and \`rcwh delete ${id}\`.`;
}
