import { join } from "node:path";

/** The published executable, as it was built. */
export const executable = join(import.meta.dirname, "../../bin/rcwh.js");

/** The number of processes that a test starts at once: enough to interfere, or `RCWH_PROCESSES=50` for a crowd. */
export function processCount(usual: number): number {
  return Number(process.env["RCWH_PROCESSES"] ?? usual);
}
