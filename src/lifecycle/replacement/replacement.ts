import { CliError, ExitCode, Interruption, reworded } from "../../errors.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { ManagedAs, SubscriptionRecord } from "../../subscriptions/record.ts";
import type {
  ReplacementIntent,
  SubscriptionDefinition,
} from "../../subscriptions/replacement-intent.ts";
import type { Account } from "../account.ts";
import { type Inventory, listOwned, type OwnedSubscription } from "../inventory.ts";
import { serverInstant } from "../server-clock.ts";
import { deleteThenMake, restoreOld } from "./break-before-make.ts";
import { gapOf } from "./gap.ts";
import { makeThenDelete } from "./make-before-break.ts";
import type { Replacement } from "./replacement-steps.ts";
import { refuseUnderWay } from "./under-way.ts";

/** Milliseconds to wait for another process that is replacing. */
const longestWait = 30_000;

export interface ReplacementPlan {
  readonly old: OwnedSubscription;
  readonly definition: SubscriptionDefinition;
  /**
   * With `--break-before-make`: the old one's definition. The old one is deleted first because there is
   * no room for both, and events are lost until the new one exists.
   */
  readonly previous: SubscriptionDefinition | undefined;
  /** Whether the old one is blacklisted. */
  readonly recovers?: boolean;
  /** As in the old one's record. */
  readonly droppedFilters?: readonly string[];
  /** Milliseconds for which both are to deliver; ignored where the old one delivers nothing. */
  readonly keepBoth?: number | undefined;
  /** What the new one is from now on; by default what the old one was. */
  readonly managedAs?: ManagedAs | undefined;
}

/**
 * Replaces a subscription by a new one. The intent is in the journal all the while, so that
 * `finishReplacements` can take it up after a crash. Where RingCentral refuses the endpoint, everything
 * stays as it was.
 */
export async function replaceSubscription(
  account: Account,
  { records }: Pick<Inventory, "records">,
  plan: ReplacementPlan,
): Promise<Replacement> {
  const { old, definition, previous, recovers = false, droppedFilters = [] } = plan;
  const keepBoth = isHealthy(old) ? plan.keepBoth : undefined;
  const recorded = records.get(old.id);
  const managedAs = plan.managedAs ?? recorded?.managedAs;
  return whileReplacing(account, async () => {
    // The list may have changed since the plan was made: the user took time, or another process replaced.
    const present = await listOwned(account, old.api);
    if (!present.some(({ id }) => id === old.id)) throw isGone(old);
    await refuseUnderWay(account, old, { replacing: true });
    if (previous) await account.endpoints.prove(definition.address, definition.verificationToken);
    const intent: ReplacementIntent = {
      ...definition,
      oldId: old.id,
      api: old.api,
      knownIds: present.map(({ id }) => id),
      askedAt: serverInstant(account),
      ...(previous && { previous }),
      ...(recovers && { recovers }),
      ...(keepBoth !== undefined && { keepUntil: serverInstant(account, keepBoth) }),
      ...(droppedFilters.length > 0 && { droppedFilters }),
      ...(managedAs && { managedAs }),
    };
    await saveIntent(account, intent, recorded);
    const replacement = await carryOut(account, intent, { old });
    const gap = gapOf(old, replacement.subscription);
    return { ...replacement, ...(gap && { gap }) };
  });
}

/** What exists when a replacement begins or goes on. */
export interface Present {
  /** Undefined once it is deleted. */
  readonly old?: OwnedSubscription;
  /** The new one, if it exists already. */
  readonly made?: OwnedSubscription;
}

/** Continues a replacement. If interrupted, the error describes the state and how to finish. */
export async function carryOut(
  account: Account,
  intent: ReplacementIntent,
  { old, made }: Present,
): Promise<Replacement> {
  const { previous } = intent;
  try {
    if (made || !previous) return await makeThenDelete(account, intent, { old, made });
    if (intent.undoing) return await restoreOld(account, intent);
    return await deleteThenMake(account, { ...intent, previous }, old);
  } catch (error) {
    if (!(error instanceof Interruption) || error.exitCode === ExitCode.ok) throw error;
    const state = previous
      ? "it may be deleted, and the new one may not exist yet."
      : `the new one may exist already${old && isHealthy(old) ? ", and then both deliver" : ""}.`;
    const message = `Interrupted while replacing ${nameOf(old ?? { id: intent.oldId })}: ${state}`;
    throw reworded(error, message, "Finish it with `rcwh renew`.");
  }
}

/** Runs `work` while no other process replaces for the same user and app. Throws `LOCKED` if one is at it for too long. */
export function whileReplacing<Result>(
  account: Account,
  work: () => Promise<Result>,
): Promise<Result> {
  const wait = Math.min(longestWait, account.client.deadlineAt - account.clock.now());
  return account.exclusively(wait, work);
}

/**
 * Writes the intent down. Where that fails, a crash could not be made good: then it throws if something
 * could be lost by that, and warns otherwise.
 *
 * @param recorded the old one's record
 * @param action what will happen to it, such as "replaced"
 */
export async function saveIntent(
  { journal, notify }: Account,
  intent: ReplacementIntent,
  recorded: SubscriptionRecord | undefined,
  action = "replaced",
): Promise<void> {
  if (await journal.save(intent)) return;
  const { oldId, previous, verificationToken } = intent;
  const name = nameOf({ ...(recorded ?? previous), id: oldId });
  const holdsMore = recorded?.verificationToken !== undefined || recorded?.expiresIn !== undefined;
  if (previous || holdsMore) {
    const loss = previous
      ? "a crash after the deletion would lose it"
      : "its recorded lifetime and verification token would be lost";
    throw new CliError(
      `${name} was not ${action}, because rcwh cannot save its progress: ${loss}. Nothing was changed.`,
      {
        code: "NOT_KEPT",
        hint: "Make rcwh's configuration directory writable and free some space, or set RCWH_CONFIG_DIR to another one.",
      },
    );
  }
  if (verificationToken === undefined) return;
  notify({
    kind: "warning",
    text: "The new verification token cannot be saved. Keep a copy: the next replacement will need it.",
  });
}

function isGone(old: OwnedSubscription): CliError {
  return new CliError(
    `${nameOf(old)} no longer exists: somebody deleted or replaced it. Nothing was changed.`,
    {
      exitCode: ExitCode.notFound,
      code: "NOT_FOUND",
      hint: "See what exists with `rcwh list`.",
    },
  );
}
