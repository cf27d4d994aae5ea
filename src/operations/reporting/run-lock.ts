import type { CommandContext } from "../../context.ts";
import { CliError } from "../../errors.ts";
import { LockedError } from "../../machine/lock.ts";
import { instant } from "../../subscriptions/time.ts";

/**
 * Runs `work` while no other rcwh renews or recovers for the same user and app, waiting so many
 * milliseconds for one that does. The lock outlives no crash by more than seconds, and is kept for as
 * long as `work` takes. Throws `LOCKED` (exit 5), which says who holds it.
 */
export async function oneRunAtATime<Result>(
  context: CommandContext,
  milliseconds: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const [config, { profile, recordsKey }] = [await context.config(), await context.identity()];
  const owner = `process ${context.pid} since ${instant(context.clock.now())}`;
  const attempt = async (patience: number) => {
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return work();
    };
    try {
      return await config.exclusively(`work ${recordsKey}`, patience, begin, owner);
    } catch (error) {
      // What `work` waits for in vain is another matter.
      if (hasBegun || !(error instanceof LockedError)) throw error;
      throw new TurnedAway(profile, error);
    }
  };

  try {
    return await attempt(0);
  } catch (error) {
    if (!(error instanceof TurnedAway) || milliseconds <= 0) throw error;
    context.io.progress(`Waiting. ${error.message}`);
    try {
      return await attempt(milliseconds);
    } finally {
      context.io.endProgress();
    }
  }
}

class TurnedAway extends CliError {
  override readonly name = "TurnedAway";

  constructor(profile: string, cause: LockedError) {
    const holder = cause.owner === undefined ? "" : ` (${cause.owner})`;
    super(`The profile ${profile} is locked: another rcwh is at work${holder}.`, {
      exitCode: cause.exitCode,
      code: cause.code,
      hint: "Let it end and try again, or wait for it with `rcwh renew --wait`.",
      cause,
    });
  }
}
