import type { CommandContext } from "../context.ts";
import { leasesWithOwner } from "./lease-owners.ts";

/** A `rcwh listen` of this user that runs on this machine. */
export interface RunningListener {
  /** Where it takes deliveries. */
  readonly url: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What it wants deliveries to carry. */
  readonly verificationToken?: string;
}

/** Where the listeners of this user receive, the latest first; for `trigger` and `replay`. */
export async function runningListeners(
  context: CommandContext,
): Promise<readonly RunningListener[]> {
  const leases = await leasesWithOwner(context);
  return leases
    .map(({ url, pid, startedAt, verificationToken }) => ({
      url,
      pid,
      startedAt: Date.parse(startedAt),
      ...(verificationToken !== undefined && { verificationToken }),
    }))
    .sort((one, other) => other.startedAt - one.startedAt);
}
