import type { CommandContext } from "../../context.ts";
import { CliError } from "../../errors.ts";
import { LockedError } from "../../machine/locks/locked-error.ts";
import { instant } from "../../subscriptions/time.ts";

/**
 * Runs `work` while no other rcwh renews or recovers for the same user and app, after waiting up to
 * `milliseconds` for one that does. The lock is held until `work` ends; after a crash it expires within seconds.
 * Throws `LOCKED` (exit 5) that names the holder.
 */
export async function oneRunAtATime<Result>(
  context: CommandContext,
  milliseconds: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const [config, { profile, recordsKey }] = [await context.config(), await context.identity()];
  const { settings, installation, pid } = context;
  const machine = settings.store === undefined ? "" : ` on ${installation.host}`;
  const owner = `process ${pid}${machine} since ${instant(context.startedAt)}`;
  const attempt = async (timeout: number) => {
    let hasLock = false;
    const begin = () => {
      hasLock = true;
      return work();
    };
    try {
      return await config.exclusively(`work ${recordsKey}`, timeout, begin, owner);
    } catch (error) {
      // `work` may fail to get a lock of its own.
      if (hasLock || !(error instanceof LockedError)) throw error;
      throw new RunLockedError(profile, error);
    }
  };

  try {
    return await attempt(0);
  } catch (error) {
    if (!(error instanceof RunLockedError) || milliseconds <= 0) throw error;
    context.io.progress(`Waiting. ${error.message}`);
    try {
      return await attempt(milliseconds);
    } finally {
      context.io.endProgress();
    }
  }
}

class RunLockedError extends CliError {
  override readonly name = "RunLockedError";

  constructor(profile: string, cause: LockedError) {
    const holder = cause.owner === undefined ? "" : ` (${cause.owner})`;
    super(`Another rcwh is working on profile ${profile}${holder}.`, {
      exitCode: cause.exitCode,
      code: cause.code,
      hint: "Try again when it has ended, or wait for it with `rcwh renew --wait`.",
      cause,
    });
  }
}
