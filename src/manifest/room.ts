import { countOf, type Inventory } from "../lifecycle/inventory.ts";
import { subscriptionLimit } from "../subscriptions/limits.ts";
import type { Plan } from "./change.ts";

/** What of a plan will not fit into RingCentral's limit of each API, as sentences. */
export function describeLackOfRoom(
  { changes }: Pick<Plan, "changes">,
  inventory: Pick<Inventory, "subscriptions" | "malformed">,
): readonly string[] {
  return (["platform", "webinar"] as const).flatMap((api) => {
    const of = (action: "create" | "replace" | "delete") =>
      changes.filter(
        (change) => change.action === action && (change.wanted ?? change.subscription)?.api === api,
      ).length;
    const count = countOf(inventory, api);
    const created = count + of("create");
    const left = created - of("delete");
    const limit = `RingCentral allows ${subscriptionLimit} for a user and app`;
    if (left > subscriptionLimit) {
      const over = left - subscriptionLimit;
      return `There would be ${left} subscriptions, and ${limit}: ${over} will be refused (SUB-505). Choose some to delete with \`rcwh list\`, then delete them.`;
    }
    if (created > subscriptionLimit) {
      return `There would be ${created} subscriptions at once, and ${limit}: --allow-deletes makes room first.`;
    }
    if (left === subscriptionLimit && of("replace") > 0) {
      return `There are ${left} subscriptions, and ${limit}: a replacement needs --break-before-make, which loses the events in between.`;
    }
    return [];
  });
}
