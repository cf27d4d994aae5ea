import { join } from "node:path";

/** The published executable, as it was built. */
export const executable = join(import.meta.dirname, "../../bin/rcwh.js");

/** How many processes a test starts at once: enough to get in each other's way, or `RCWH_PROCESSES=50` for a crowd. */
export function crowdOf(usual: number): number {
  return Number(process.env["RCWH_PROCESSES"] ?? usual);
}
