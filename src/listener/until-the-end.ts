import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { EventPipeline } from "./event-pipeline.ts";
import type { Intake } from "./intake.ts";
import { linkSignal } from "./linked-signal.ts";
import type { ListenPlan } from "./plan.ts";

/**
 * Resolves after the number of events or the time of `--exit-after`. Rejects with the signal's reason, with what the
 * pipeline or the intake fails with, and with exit 5 at `--deadline`.
 */
export async function untilTheEnd(
  { exitAfter }: ListenPlan,
  pipeline: EventPipeline,
  intake: Intake,
  { clock, signal, deadlineAt }: CommandContext,
): Promise<void> {
  const link = linkSignal(signal);
  const time = exitAfter && "milliseconds" in exitAfter ? exitAfter.milliseconds : undefined;
  const deadline = deadlineAt(Number.POSITIVE_INFINITY);
  try {
    await Promise.race([
      aborted(link.signal),
      pipeline.full,
      pipeline.failed,
      intake.lost,
      ...(time === undefined ? [] : [clock.sleep(time, link.signal)]),
      ...(Number.isFinite(deadline) ? [failAt(deadline, clock, link.signal)] : []),
    ]);
  } finally {
    link.abort();
  }
}

/** Rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  ended.catch(() => {});
  return ended;
}

async function failAt(
  instant: number,
  { now, sleep }: CommandContext["clock"],
  signal: AbortSignal,
): Promise<never> {
  await sleep(Math.max(0, instant - now()), signal);
  throw new CliError("The --deadline has passed.", {
    exitCode: ExitCode.unavailable,
    code: "DEADLINE",
    hint: "Leave out --deadline, or stop without an error with `rcwh listen --exit-after <duration>`.",
  });
}
