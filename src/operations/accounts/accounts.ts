import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import type { AccountFailure, KnownAccounts } from "./many-accounts.ts";

/** The flags, besides `--profile`, that say which accounts a command works on. */
export interface AccountFlags {
  readonly allProfiles?: true;
  readonly profilesFrom?: string;
  readonly concurrency?: string;
  readonly shard?: string;
}

const defaultConcurrency = 16;
const maximumConcurrency = 256;

/** Whether a run is about several accounts, even if it turns out to be one. */
export function isMany(
  { settings }: Pick<CommandContext, "settings">,
  { allProfiles, profilesFrom }: AccountFlags,
): boolean {
  return allProfiles === true || profilesFrom !== undefined || globOf(settings) !== undefined;
}

/**
 * Runs `work` on each account that the flags name, several at a time, each in a context of its own that is
 * closed afterwards. Without such flags it runs in `context`, and throws what `work` throws.
 *
 * An account that fails does not stop the others: the failures are returned, in no order. Accounts of the
 * same user are worked on one after another. An interruption or a bug ends the run, and is thrown after the
 * work in progress has ended. After the run's deadline each account fails by itself.
 *
 * @param deadline as in `CommandContext.api`
 * @param onKnown called once with the accounts that exist, if the flags name several
 */
export async function forEachAccount(
  context: CommandContext,
  flags: AccountFlags,
  work: (account: CommandContext) => Promise<void>,
  deadline?: number,
  onKnown: (accounts: KnownAccounts) => void = () => {},
): Promise<readonly AccountFailure[]> {
  refuseContradictions(context, flags);
  const concurrency = parseConcurrency(flags.concurrency);
  if (!isMany(context, flags)) {
    await work(context);
    return [];
  }
  const { workOnMany } = await import("./many-accounts.ts");
  const { profilesFrom, shard } = flags;
  const glob = globOf(context.settings) ?? "*";
  return workOnMany(context, { profilesFrom, glob, shard, concurrency, deadline, onKnown }, work);
}

/** The value of `--profile`, if it is a pattern. */
function globOf({ profile, profileByFlag }: CommandContext["settings"]): string | undefined {
  return profileByFlag && profile?.includes("*") ? profile : undefined;
}

/** The refusal of `--shard` for one account. */
export const severalNeeded = {
  message: "--shard needs several accounts.",
  hint: "Add --all-profiles, --profile 'acme-*' or --profiles-from.",
};

/** Throws UsageError for what depends on whether `--profile` is a glob. */
function refuseContradictions({ settings }: CommandContext, flags: AccountFlags): void {
  if (flags.shard !== undefined && !isMany({ settings }, flags)) {
    throw new UsageError(severalNeeded.message, severalNeeded.hint);
  }
  const { credentialsFile, accessTokenFile } = settings;
  if (globOf(settings) === undefined) return;
  if (credentialsFile === undefined && accessTokenFile === undefined) return;
  const other = credentialsFile === undefined ? "--access-token-file" : "--credentials-file";
  throw new UsageError(`--profile and ${other} cannot be used together.`, "Use only one of them.");
}

function parseConcurrency(text: string | undefined): number {
  if (text === undefined) return defaultConcurrency;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maximumConcurrency) return count;
  throw new UsageError(
    `Invalid --concurrency value ${JSON.stringify(text)}: must be a whole number from 1 to ${maximumConcurrency}.`,
  );
}
