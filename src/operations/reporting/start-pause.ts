import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import { roundedSpan } from "../../subscriptions/time.ts";

/** Milliseconds. The run's own deadline does not count the pause; `--deadline` does. */
export function choosePause(
  { jitter, dryRun }: { readonly jitter?: string; readonly dryRun?: true },
  { settings }: CommandContext,
): number {
  if (jitter === undefined) return 0;
  const longest = parseDuration(jitter, "--jitter");
  if (settings.deadline !== undefined && longest >= settings.deadline) {
    throw new UsageError(
      `--jitter ${jitter} can use up the whole --deadline.`,
      "Raise --deadline, or choose a shorter --jitter.",
    );
  }
  return dryRun ? 0 : Math.floor(Math.random() * longest);
}

export async function sleepFirst(
  pause: number,
  { io, clock, signal }: CommandContext,
): Promise<void> {
  if (pause === 0) return;
  io.progress(`Starting in ${roundedSpan(pause)}`);
  await clock.sleep(pause, signal);
  io.endProgress();
}
