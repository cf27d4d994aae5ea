import { isHealthy } from "../../subscriptions/health.ts";
import { type Nameable, nameOf } from "../../subscriptions/name.ts";
import { instant, roundedSpan } from "../../subscriptions/time.ts";
import type { OwnedSubscription } from "../inventory.ts";
import type { Gap, Result } from "../results.ts";

/**
 * What was lost before a subscription was replaced. Undefined if it was not blacklisted.
 *
 * @param made its replacement
 */
export function gapOf(old: OwnedSubscription, made: OwnedSubscription): Gap | undefined {
  if (isHealthy(old)) return undefined;
  const from = old.blacklistedData?.blacklistedAt;
  return { ...(from !== undefined && { from }), to: made.creationTime };
}

/**
 * The gap of a replacement, as a sentence.
 *
 * @param old what was replaced, where it delivered to another URL
 */
export function describeGap(
  { id, newId, subscription, gap }: Result,
  old: Omit<Nameable, "id"> | undefined = subscription,
): string {
  const from = Date.parse(gap?.from ?? "");
  const to = Date.parse(gap?.to ?? "");
  const lost = Number.isNaN(to - from)
    ? `the events since then are lost, and RingCentral does not say when that was`
    : `the events of ${to - from < 1000 ? "less than 1 s" : roundedSpan(to - from)} are lost, from ${instant(from)} to ${instant(to)}`;
  return `${nameOf({ ...old, id })} was blacklisted and is now ${newId}: ${lost}.`;
}
