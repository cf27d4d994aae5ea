import { UsageError } from "../errors.ts";
import { pluralize } from "../phrases.ts";

/** `--max-changes <n>`: how many subscriptions a run may touch, over all of its accounts. */
export interface ChangeLimit {
  /** Takes `count` of them, or throws UsageError and takes none. */
  reserve(count: number): void;
}

/**
 * Unlimited where `maxChanges` is undefined. Throws UsageError for anything but a whole number.
 *
 * @param remedy how to change fewer
 */
export function createChangeLimit(
  maxChanges: string | undefined,
  remedy = "Narrow the selection",
): ChangeLimit {
  if (maxChanges === undefined) return { reserve() {} };
  if (!/^\d{1,6}$/.test(maxChanges)) {
    throw new UsageError(
      `Invalid --max-changes value ${JSON.stringify(maxChanges)}: must be a whole number.`,
    );
  }
  const allowed = Number(maxChanges);
  let left = allowed;
  return {
    reserve(count) {
      if (count <= left) {
        left -= count;
        return;
      }
      const subscriptions = pluralize(count, "subscription");
      const spent = allowed - left;
      const others = spent > 0 ? `, ${spent} of them for other accounts` : "";
      const what = spent > 0 ? "Nothing of this account" : "Nothing";
      throw new UsageError(
        `This would change ${subscriptions}, and --max-changes allows ${maxChanges}${others}. ${what} was changed.`,
        `${remedy}, or raise --max-changes.`,
      );
    },
  };
}
