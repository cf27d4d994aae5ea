import { ApiError } from "../../api/errors.ts";
import type { Identity } from "../../config/credentials.ts";
import { hash } from "../../config/identity-hashes.ts";
import type { BackOff } from "../../config/last-run.ts";
import type { CommandContext } from "../../context.ts";
import { asSentence, CliError, ExitCode } from "../../errors.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { instant } from "../../subscriptions/time.ts";
import { readLastRun } from "./last-run.ts";
import { describeError } from "./run-summary.ts";

const oneDay = 86_400_000;
/** Milliseconds. Webhooks live for a week by default, so a longer pause would miss every renewal. */
const longest = 7 * oneDay;

/**
 * When runs over many accounts try this one again: a day after a failure for good, then after twice as long each time, up
 * to a week. Other failures leave what was decided, and a run that did its work ends it.
 */
export async function backOffAfter(
  failure: unknown,
  previous: BackOff | undefined,
  context: CommandContext,
): Promise<BackOff | undefined> {
  if (failure === undefined) return undefined;
  if (!isForGood(failure)) return previous;
  const now = context.clock.now();
  const credentials = fingerprint(await context.identity());
  const { code, message } = describeError(failure, context);
  const same = previous?.credentials === credentials ? previous : undefined;
  // A run of this account alone in the meantime is not another reason to wait.
  if (same && now < Date.parse(same.until)) return { ...same, code, message };
  const tries = (same?.tries ?? 0) + 1;
  const pause = Math.min(oneDay * 2 ** (tries - 1), longest);
  const since = same?.since ?? instant(now);
  return { since, tries, until: instant(now + pause), code, message, credentials };
}

/** Throws `BACKED_OFF` (exit 4), before any request, if runs over many accounts skip this one for now. */
export async function refuseBackedOff(context: CommandContext): Promise<void> {
  const { backOff } = (await readLastRun(context)) ?? {};
  if (!backOff || context.clock.now() >= Date.parse(backOff.until)) return;
  const identity = await context.identity();
  if (backOff.credentials !== fingerprint(identity)) return;
  throw new BackedOffError(backOff, identity);
}

/** RingCentral itself has refused the account, and will again. A proxy or a login page gives no code. */
function isForGood(failure: unknown): failure is ApiError {
  return (
    failure instanceof ApiError &&
    failure.exitCode === ExitCode.auth &&
    !failure.code.startsWith("HTTP_")
  );
}

/** Which credentials were refused: others are tried at once. They cannot be derived from it. */
function fingerprint({ tokenKey, credentials }: Identity): string {
  const secret = credentials.kind === "jwt" ? credentials.clientSecret : credentials.accessToken;
  return hash("back-off", tokenKey, secret).slice(0, 32);
}

class BackedOffError extends CliError {
  override readonly name = "BackedOffError";

  constructor({ since, until, message }: BackOff, { profile, external }: Identity) {
    super(`Skipped until ${until}, because it has failed since ${since}: ${asSentence(message)}`, {
      exitCode: ExitCode.auth,
      code: "BACKED_OFF",
      hint: external
        ? "Try it now with `--retry-failed`, or change its credentials."
        : `Try it now with \`rcwh renew --profile ${shellWord(profile)}\`.`,
    });
  }
}
