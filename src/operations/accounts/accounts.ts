import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import type { AccountFailure, KnownAccounts } from "./many-accounts.ts";

/** Which accounts a command is to work on, besides `--profile`. */
export interface AccountFlags {
  readonly allProfiles?: true;
  readonly profilesFrom?: string;
  readonly concurrency?: string;
  readonly shard?: string;
}

const defaultConcurrency = 16;
const mostConcurrency = 256;

/** Whether a run is about several accounts, however many there are in the end. */
export function isMany(
  { settings }: Pick<CommandContext, "settings">,
  { allProfiles, profilesFrom }: AccountFlags,
): boolean {
  return allProfiles === true || profilesFrom !== undefined || globOf(settings) !== undefined;
}

/**
 * Has `work` done for each account that the flags name, so many at a time, each in a context of its own
 * that is closed afterwards. Where they name none it is done in `context`, and what it throws flies.
 *
 * One of many that fails never stops another: the failures are returned, in no order. No two that are
 * the same user are worked on at once. An interruption ends all and is thrown when the work that was
 * under way has ended, and so is a bug. After the run's deadline each account fails by itself.
 *
 * @param deadline as in `CommandContext.api`
 * @param known hears once, where the flags name accounts, which ones there are
 */
export async function forEachAccount(
  context: CommandContext,
  flags: AccountFlags,
  work: (account: CommandContext) => Promise<void>,
  deadline?: number,
  known: (accounts: KnownAccounts) => void = () => {},
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
  return workOnMany(context, { profilesFrom, glob, shard, concurrency, deadline, known }, work);
}

/** The pattern of `--profile`, where it is one. */
function globOf({ profile, profileByFlag }: CommandContext["settings"]): string | undefined {
  return profileByFlag && profile?.includes("*") ? profile : undefined;
}

function refuseContradictions({ settings }: CommandContext, flags: AccountFlags): void {
  const sources = [
    settings.profile !== undefined && settings.profileByFlag && "--profile",
    settings.envFile !== undefined && "--env-file",
    settings.accessTokenFile !== undefined && "--access-token-file",
    flags.allProfiles && "--all-profiles",
    flags.profilesFrom !== undefined && "--profiles-from",
  ].filter((source) => source !== false && source !== undefined);
  const many = isMany({ settings }, flags);
  if (many && sources.length > 1) {
    throw new UsageError(
      `${sources.join(" and ")} each say which accounts are meant.`,
      "Give one of them.",
    );
  }
  if (!many && flags.shard !== undefined) {
    throw new UsageError(
      "--shard takes a share of many accounts, and this is about one.",
      "Add --all-profiles, --profile 'acme-*' or --profiles-from.",
    );
  }
}

function parseConcurrency(text: string | undefined): number {
  if (text === undefined) return defaultConcurrency;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= mostConcurrency) return count;
  throw new UsageError(
    `--concurrency ${text} is no number of accounts.`,
    `Use 1 to ${mostConcurrency}.`,
  );
}
