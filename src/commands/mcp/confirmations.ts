import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { CliError, ExitCode } from "../../errors.ts";
import type { Clock } from "../../machine/clock.ts";
import { instant } from "../../subscriptions/time.ts";

/** A preview that waits to be confirmed. */
export interface Pending {
  readonly tool: string;
  readonly values: string;
  /** Of the account and of everything that would be touched. */
  readonly state: string;
  /** Of a token that would be generated. */
  readonly file: string | undefined;
}

/** Milliseconds for somebody to read a preview. */
const lifetime = 10 * 60 * 1000;

/** More than these have been forgotten by whoever asked for them. */
const mostPending = 50;

/** The tokens of previews: in memory only, each for one call. */
export function createConfirmations({ now }: Pick<Clock, "now">) {
  let waiting: readonly (Pending & { readonly key: Buffer; readonly expiresAt: number })[] = [];
  return {
    issue(pending: Pending) {
      const token = randomBytes(24).toString("base64url");
      const expiresAt = now() + lifetime;
      waiting = [...waiting, { ...pending, key: digest(token), expiresAt }].slice(-mostPending);
      return { token, expiresAt: instant(expiresAt) };
    },
    /** The preview of a token, which is used up, whatever comes of it. Throws CliError for another one. */
    take(token: string, tool: string, values: string): Pending {
      const key = digest(token);
      // All of them are compared, and as hashes, so that the time tells nothing.
      const matches = waiting.map((each) => timingSafeEqual(each.key, key));
      const found = waiting.find((_, index) => matches[index]);
      waiting = waiting.filter((each) => each !== found && each.expiresAt > now());
      if (found === undefined) throw refusal("is not known, or was used before");
      if (found.expiresAt <= now()) throw refusal("has expired");
      if (found.tool !== tool) throw refusal(`is for ${found.tool}`);
      if (found.values !== values) throw refusal("is for other arguments");
      return found;
    },
  };
}

export type Confirmations = ReturnType<typeof createConfirmations>;

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function refusal(why: string): CliError {
  return new CliError(`The confirmation ${why}. Nothing was changed.`, {
    exitCode: ExitCode.declined,
    code: "CONFIRMATION",
    hint: 'Call the tool without "confirmation" for a new preview.',
  });
}
