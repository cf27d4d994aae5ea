import { UsageError } from "../errors.ts";

/** `--max-changes <n>`: throws UsageError where a run would touch more subscriptions than that. */
export function limitChanges(count: number, maxChanges: string | undefined): void {
  if (maxChanges === undefined) return;
  if (!/^\d{1,6}$/.test(maxChanges)) {
    throw new UsageError(`--max-changes ${maxChanges} is not a number.`, "Use a whole number.");
  }
  if (count <= Number(maxChanges)) return;
  throw new UsageError(
    `${count} subscriptions would be touched, and --max-changes allows ${maxChanges}. Nothing was changed.`,
    "Narrow the selection, or raise --max-changes.",
  );
}
