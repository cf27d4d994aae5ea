import { UsageError } from "../errors.ts";

/** `--max-changes <n>`: how many subscriptions a run may touch, over all of its accounts. */
export interface ChangeLimit {
  /** Takes `count` of them, or throws UsageError and takes none. */
  reserve(count: number): void;
}

/** Unlimited where `maxChanges` is undefined. Throws UsageError for anything but a whole number. */
export function createChangeLimit(maxChanges: string | undefined): ChangeLimit {
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
      const spent = left < allowed ? `, ${allowed - left} of them for other accounts` : "";
      throw new UsageError(
        `This would change ${count} subscriptions, and --max-changes allows ${maxChanges}${spent}. Nothing was changed.`,
        "Narrow the selection, or raise --max-changes.",
      );
    },
  };
}
