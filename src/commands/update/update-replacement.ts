import { createOperation, deleteOperation } from "../../api/operations.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, Interruption, reworded } from "../../errors.ts";
import { shortFilter } from "../../filters/search.ts";
import type { Account } from "../../lifecycle/account.ts";
import { requestOf } from "../../lifecycle/creation.ts";
import type { Inventory, OwnedSubscription } from "../../lifecycle/inventory.ts";
import { describeGap } from "../../lifecycle/replacement/gap.ts";
import {
  gapNote,
  knownToken,
  mustBreakFirst,
  type ReplacementFlags,
  replaceWithRoom,
} from "../../lifecycle/replacement/replacement-plan.ts";
import { type Replacement, withUnchanged } from "../../lifecycle/replacement/replacement-steps.ts";
import {
  finishJournal,
  warnOfUnfinished,
} from "../../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../../lifecycle/results.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { redactAddress } from "../../machine/redact.ts";
import { oneLine } from "../../one-line.ts";
import { confirm } from "../../operations/confirm.ts";
import { createTokenFile, type TokenFile } from "../../operations/token-file.ts";
import { comparedWithAsked } from "../../subscriptions/compare.ts";
import { describeUnhealthy, isHealthy } from "../../subscriptions/health.ts";
import { formatWait } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { SubscriptionDefinition } from "../../subscriptions/replacement-intent.ts";
import type { UpdateSubscriptionRequest } from "../../subscriptions/subscription.ts";
import { roundedSpan } from "../../subscriptions/time.ts";
import { type HandedOver, handOverToken } from "../output/announce-token.ts";
import { plannedRequest, printPlan } from "../output/print-requests.ts";
import { printResults } from "../output/print-results.ts";
import { reportDifferences } from "../output/report-differences.ts";

/** Where the new subscription delivers, and with which verification token. */
export interface Target {
  readonly address: string;
  /** Undefined if none was given: the recorded one is kept, if there is one. */
  readonly token: string | undefined;
  /** rcwh generated the token, so it has to be shown. */
  readonly generated: boolean;
}

export interface TargetFlags extends ReplacementFlags {
  readonly verificationTokenOut?: string;
  /** Milliseconds for which both are to deliver. */
  readonly keepBoth?: number | undefined;
  /** Whether to stay until the old one is deleted. */
  readonly wait?: boolean;
}

/** Changes what RingCentral cannot change in place: creates a new subscription and deletes the old one. */
export async function replace(
  old: OwnedSubscription,
  request: UpdateSubscriptionRequest,
  { address, token, generated }: Target,
  flags: TargetFlags,
  inventory: Inventory,
  account: Account,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  const verificationToken = token ?? knownToken(old, flags, inventory, account);
  const definition = {
    ...request,
    address,
    ...(verificationToken !== undefined && { verificationToken }),
  };
  const breaks = mustBreakFirst(old, flags, inventory, account);
  if (flags.dryRun) return printReplacementPlan(old, definition, breaks, inventory, context);

  announce(old, definition, token !== undefined, breaks, inventory, context);
  if (!isHealthy(old) && flags.keepBoth !== undefined) {
    io.note("--overlap is ignored, because the old one delivers nothing.");
  }
  const question = `Replace ${nameOf(old, settings.showSecrets)}?`;
  const ask = () => confirm(context, question, "Nothing was changed.");
  const file = createTokenFile(account, io);
  let abandon = () => {};

  try {
    const handedOver = await handOver(generated ? token : undefined, flags, file, ask, context);
    abandon = handedOver.abandon;
    const rest = { io: handedOver.io, settings, clock: context.clock };
    const room = { breaks, mayBreak: flags.breakBeforeMake === true };
    const plan = { old, definition, keepBoth: flags.keepBoth };
    const replaced = await replaceWithRoom(file.account, inventory, plan, room);
    const { subscription, keptUntil, gap } = replaced;
    const newId = subscription.id;
    if (keptUntil !== undefined && flags.wait !== false) {
      await waitAndFinish(account, old, newId, keptUntil, context);
    }
    io.endProgress();
    const { own, profile } = inventory;
    const result: Result = {
      ...{ id: old.id, profile, outcome: "replaced", subscription, newId },
      ...(gap && { gap }),
    };
    await printResults(rest, [result], { own });
    if (await context.outputError()) {
      throw new CliError(`${nameOf(old)} was replaced by ${newId}.`, {
        hint: `See it with \`rcwh show ${newId}\`.`,
      });
    }
    io.note(gap ? describeGap(result, old) : describeOverlap(replaced, flags));
    const now = serverNow(account);
    const differences = comparedWithAsked(request, subscription, { now, own });
    reportDifferences(differences, subscription, own, io);
  } catch (error) {
    if (error instanceof CliError && error.exitCode !== ExitCode.attention) abandon();
    await file.removeUnused();
    throw breaks ? error : withUnchanged(old, error);
  }
}

function describeOverlap(
  { broke, overlap, keptUntil }: Replacement & { readonly broke: boolean },
  { keepBoth = 0, wait }: TargetFlags,
): string {
  if (keptUntil !== undefined && wait === false) {
    return `Both deliver until ${keptUntil}. The first \`rcwh renew\` after that deletes the old one.`;
  }
  if (keptUntil !== undefined) return `Both delivered for ${roundedSpan(keepBoth)}.`;
  const span = formatWait(Math.abs(overlap) / 1000);
  return broke ? `No events were delivered for ${span}.` : `Both delivered for ${span}.`;
}

/**
 * Hands over a token that rcwh generated, and lets the user decide, before anything changes. Someone who can
 * be asked sees the token first; elsewhere it is the first line of stdout, or in the file.
 */
async function handOver(
  token: string | undefined,
  { verificationTokenOut }: TargetFlags,
  file: TokenFile,
  ask: () => Promise<void>,
  { io, outputError }: CommandContext,
): Promise<HandedOver> {
  if (token === undefined) {
    await ask();
    return { io, abandon() {} };
  }
  if (verificationTokenOut !== undefined) {
    await file.write(verificationTokenOut, token, [token]);
    io.note(`The new verification token is in ${verificationTokenOut}.`);
    await ask();
    return { io, abandon() {} };
  }
  if (!io.interactive) await ask();
  const handedOver = handOverToken(token, io);
  if (await outputError()) {
    throw new CliError("Nothing was changed.", {
      hint: "Write the new token to a file with --verification-token-out.",
    });
  }
  if (io.interactive) await ask();
  return handedOver;
}

/** Waits while both deliver, then deletes the old one. Interrupted, it leaves that to the next renew. */
async function waitAndFinish(
  account: Account,
  old: OwnedSubscription,
  newId: string,
  keptUntil: string,
  { io }: CommandContext,
): Promise<void> {
  const { clock, signal } = account;
  const left = Date.parse(keptUntil) - serverNow(account);
  io.progress(`${nameOf(old)} and ${newId} both deliver until ${keptUntil}`);
  try {
    await clock.sleep(Math.max(0, left) + 1000, signal);
  } catch (error) {
    if (!(error instanceof Interruption) || error.exitCode === ExitCode.ok) throw error;
    throw reworded(
      error,
      `Interrupted while ${nameOf(old)} and its replacement ${newId} both deliver, which they do until ${keptUntil}.`,
      "Delete the old one after that with `rcwh renew`.",
    );
  }
  const finished = await finishJournal(account, old.id);
  if (finished) warnOfUnfinished(finished, account);
}

async function printReplacementPlan(
  old: OwnedSubscription,
  definition: SubscriptionDefinition,
  breaks: boolean,
  { profile, own }: Inventory,
  context: CommandContext,
): Promise<void> {
  const { id, api } = old;
  const { server } = await context.identity();
  if (!isHealthy(old)) context.io.note(describeUnhealthy(old, nameOf(old)));
  const make = plannedRequest(createOperation(api), server, requestOf(definition));
  const remove = plannedRequest(deleteOperation(api, id), server);
  const result = {
    ...{ id, profile, outcome: "would-replace" as const, subscription: old },
    requests: breaks ? [remove, make] : [make, remove],
  };
  return printPlan(result, own, context);
}

function announce(
  old: OwnedSubscription,
  { address, eventFilters }: SubscriptionDefinition,
  changesToken: boolean,
  breaks: boolean,
  { own }: Inventory,
  { io, settings }: CommandContext,
): void {
  const show = (url: string | undefined) => redactAddress(url ?? "", settings.showSecrets);
  const filters = eventFilters.map((filter) => shortFilter(filter, own)).join(", ");
  io.note("RingCentral cannot change this in place, so the subscription has to be replaced:");
  io.note(oneLine(`  old  ${show(old.deliveryMode.address)}  ${old.id}`));
  io.note(oneLine(`  new  ${show(address)}  ${filters}`));
  if (!isHealthy(old)) io.note(describeUnhealthy(old, "The old one"));
  if (breaks) {
    io.note(gapNote);
    return;
  }
  if (!isHealthy(old)) {
    io.note("It is deleted once the new one works.");
    if (changesToken) io.note("Deliveries then carry the new verification token.");
    return;
  }
  io.note("The old one is deleted once the new one works; until then events may arrive twice.");
  if (changesToken) {
    io.note(
      "Until then deliveries carry the old or the new verification token: your endpoint must accept both.",
    );
  }
}
