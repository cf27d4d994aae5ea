import { CliError, ExitCode } from "../../errors.ts";
import { redactAddress } from "../../machine/redact.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { ReplacementIntent } from "../../subscriptions/replacement-intent.ts";
import type { Account } from "../account.ts";
import type { OwnedSubscription } from "../inventory.ts";
import { serverNow } from "../server-clock.ts";

/** A replacement that another run began and did not end. */
export interface UnderWay {
  readonly oldId: string;
  /** Undefined while nothing is known of it. */
  readonly newId: string | undefined;
  /** A sentence for people. */
  readonly text: string;
  /** Whether both are meant to deliver until the end of an `--overlap`; else a crash left them. */
  readonly isKept: boolean;
}

/** Whether the old one is to deliver on, because a replacement with an overlap is not over. */
export function isKept(
  { keepUntil }: ReplacementIntent,
  account: Pick<Account, "client" | "clock">,
): boolean {
  return Date.parse(keepUntil ?? "") > serverNow(account);
}

/** The replacements in the journal. */
export async function findUnderWay(
  account: Pick<Account, "journal" | "client" | "clock">,
): Promise<readonly UnderWay[]> {
  const intents = await account.journal.list();
  return intents
    .filter(({ creates }) => !creates)
    .map((intent) => {
      const { oldId, newId } = intent;
      const kept = newId !== undefined && isKept(intent, account);
      return { oldId, newId, isKept: kept, text: describe(intent, kept) };
    });
}

function describe(intent: ReplacementIntent, kept: boolean): string {
  const { oldId, newId, address, keepUntil } = intent;
  if (newId === undefined) {
    return `A run began to replace ${oldId} with a new one for ${redactAddress(address)}: \`rcwh renew\` finishes or undoes what it left.`;
  }
  const made = nameOf({ id: newId, address });
  return kept
    ? `${made} replaces ${oldId}, and both deliver until ${keepUntil}: the first \`rcwh renew\` after that deletes the old one.`
    : `${made} replaces ${oldId}, which is not deleted yet: finish it with \`rcwh renew\`.`;
}

/**
 * Refuses to change what a replacement under way will delete, because the change would go with it. With `replacing`,
 * also what it has just created: two replacements in a row would leave the first old one behind.
 *
 * @throws `REPLACING` (exit 5)
 */
export async function refuseUnderWay(
  account: Pick<Account, "journal">,
  subscription: OwnedSubscription,
  { replacing = false }: { readonly replacing?: boolean } = {},
): Promise<void> {
  const refusal = refusalUnderWay(await account.journal.list(), subscription, replacing);
  if (refusal) throw refusal;
}

/**
 * The same refusal, for those who go on with others.
 *
 * @param intents of the journal
 */
export function refusalUnderWay(
  intents: readonly ReplacementIntent[],
  subscription: OwnedSubscription,
  replacing: boolean,
): CliError | undefined {
  const { id } = subscription;
  for (const { oldId, newId, keepUntil, creates } of intents) {
    if (creates || newId === undefined) continue;
    const until = keepUntil === undefined ? "" : ` Both deliver until ${keepUntil}.`;
    const about = { exitCode: ExitCode.unavailable, code: "REPLACING" };
    if (id === oldId) {
      return new CliError(
        `${nameOf(subscription)} is being replaced by ${newId}.${until} Nothing was changed.`,
        {
          ...about,
          hint: `End that with \`rcwh delete ${oldId}\`, then change ${newId} instead.`,
        },
      );
    }
    if (replacing && id === newId) {
      return new CliError(
        `${nameOf(subscription)} is replacing ${oldId}.${until} Nothing was changed.`,
        {
          ...about,
          hint: `End that with \`rcwh delete ${oldId}\`, then run the same command again.`,
        },
      );
    }
  }
  return undefined;
}
