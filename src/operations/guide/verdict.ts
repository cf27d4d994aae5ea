import { UsageError } from "../../errors.ts";

/** True, or why an answer is wrong: what `check` throws as a UsageError. */
export function verdict(check: () => unknown): true | string {
  const complaint = complaintOf(check);
  if (!complaint) return true;
  return [complaint.message, complaint.hint].filter(Boolean).join(" ");
}

/** The UsageError that `check` throws, if it does. */
export function complaintOf(check: () => unknown): UsageError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}
