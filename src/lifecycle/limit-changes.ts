import { UsageError } from "../errors.ts";

/** `--max-changes <n>`: how many subscriptions a run may still touch, over all of its accounts. */
export interface ChangeLimit {
  /** Takes so many of them, or throws UsageError and takes none. */
  reserve(count: number): void;
}

/** Without a limit where `maxChanges` is undefined. Throws UsageError for what is no number. */
export function createChangeLimit(maxChanges: string | undefined): ChangeLimit {
  if (maxChanges === undefined) return { reserve() {} };
  if (!/^\d{1,6}$/.test(maxChanges)) {
    throw new UsageError(`--max-changes ${maxChanges} is not a number.`, "Use a whole number.");
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
        `${count} subscriptions would be touched, and --max-changes allows ${maxChanges}${spent}. Nothing was changed.`,
        "Narrow the selection, or raise --max-changes.",
      );
    },
  };
}
