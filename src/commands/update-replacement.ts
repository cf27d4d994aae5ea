import { createOperation, deleteOperation } from "../api/operations.ts";
import type { UpdateSubscriptionRequest } from "../api/types.ts";
import type { SubscriptionWish } from "../config/types.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { shortFilter } from "../filters/search.ts";
import { oneLine, redactAddress } from "../io/text.ts";
import { confirm } from "../operations/confirm.ts";
import type { Inventory, OwnedSubscription } from "../operations/inventory.ts";
import { replaceSubscription, subscriptionLimit } from "../operations/replacement.ts";
import type { Result } from "../operations/results.ts";
import { announceToken, withToken } from "../program/announce-token.ts";
import { plannedRequest, printPlan } from "../program/print-requests.ts";
import { printResults } from "../program/print-results.ts";
import { reportDifferences } from "../program/report-differences.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import { allFilters } from "../subscriptions/renewal.ts";

export interface ReplacementFlags {
  readonly requireToken?: true;
  readonly breakBeforeMake?: true;
  readonly dryRun?: true;
}

const gapNote =
  "The old one is deleted first: what happens until the new one is made is not delivered.";

/** Where the new one delivers to, and with which verification token. */
export interface Target {
  readonly address: string;
  /** Undefined where none was given: then it is the recorded one, if there is one. */
  readonly token: string | undefined;
  /** The token is rcwh's own, and nobody knows it yet. */
  readonly generated: boolean;
}

/** Changes what RingCentral cannot change in place: makes a new subscription and deletes the old one. */
export async function replaceByNew(
  old: OwnedSubscription,
  request: UpdateSubscriptionRequest,
  { address, token, generated }: Target,
  flags: ReplacementFlags,
  inventory: Inventory,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  const verificationToken = token ?? knownToken(old, flags, inventory, context);
  const wish = {
    ...request,
    address,
    ...(verificationToken !== undefined && { verificationToken }),
  };
  let breaks = breaksFirst(old, flags, inventory, context);
  if (flags.dryRun) return printReplacementPlan(old, wish, breaks, inventory, context);

  announce(old, wish, token !== undefined, breaks, inventory, context);
  const question = `Replace ${old.id} (${redactAddress(old.deliveryMode.address ?? "", settings.showSecrets)})?`;
  await confirm(context, question, "Nothing was changed.");

  const replace = () => {
    const previous = breaks ? previousOf(old, request.expiresIn, inventory) : undefined;
    return replaceSubscription(context, inventory, { old, wish, previous });
  };
  const { subscription, overlap } = await replace().catch((error: unknown) => {
    const isFull = error instanceof CliError && error.code === "SUB-505";
    if (breaks || !flags.breakBeforeMake || !isFull) throw error;
    // The limit may be lower than the one that is documented.
    breaks = true;
    io.note(`RingCentral has no room for the new one after all. ${gapNote}`);
    return replace();
  });
  const { own, profile } = inventory;
  const newId = subscription.id;
  const result: Result = { id: old.id, profile, outcome: "replaced", subscription, newId };
  const shownToken = generated ? token : undefined;
  await printResults(
    context,
    [withToken(result, shownToken, io)],
    own,
    shownToken === undefined ? {} : { verificationToken: shownToken },
  );
  announceToken(shownToken, io);
  const seconds = (Math.abs(overlap) / 1000).toFixed(1);
  io.note(breaks ? `Nothing was delivered for ${seconds} s.` : `Both delivered for ${seconds} s.`);
  const now = context.clock.now();
  reportDifferences(comparedWithAsked(request, subscription, { now, own }), subscription, own, io);
}

/** The recorded token. The platform never tells it, so for what rcwh did not make nobody knows. */
function knownToken(
  { id }: OwnedSubscription,
  { requireToken }: ReplacementFlags,
  { records }: Inventory,
  { io }: CommandContext,
): string | undefined {
  const record = records.get(id);
  if (record && !record.foreign) return record.verificationToken;
  const unknown = `rcwh did not make ${id}, so it cannot know whether its deliveries carry a verification token`;
  if (requireToken) {
    throw new UsageError(
      `${unknown}. Nothing was changed.`,
      "Give the token with --verification-token-file, or leave out --require-token.",
    );
  }
  io.warn(`${unknown}. The new one is made without; --verification-token-file gives it one.`);
  return undefined;
}

async function printReplacementPlan(
  old: OwnedSubscription,
  { address, verificationToken, ...request }: SubscriptionWish,
  breaks: boolean,
  { profile, own }: Inventory,
  context: CommandContext,
): Promise<void> {
  const { id, api } = old;
  const { server } = await context.identity();
  const deliveryMode = {
    transportType: "WebHook",
    address,
    ...(verificationToken !== undefined && { verificationToken }),
  };
  const make = plannedRequest(createOperation(api), server, { ...request, deliveryMode });
  const remove = plannedRequest(deleteOperation(api, id), server);
  const result = {
    ...{ id, profile, outcome: "would-replace", subscription: old },
    requests: breaks ? [remove, make] : [make, remove],
  };
  return printPlan(result, own, context);
}

/** Whether the old one has to go before the new one can come. Throws where that is so and nobody allowed it. */
function breaksFirst(
  { id, api }: OwnedSubscription,
  { breakBeforeMake, dryRun }: ReplacementFlags,
  { subscriptions }: Inventory,
  { io }: CommandContext,
): boolean {
  const count = subscriptions.filter((each) => each.api === api).length;
  if (count < subscriptionLimit) {
    if (breakBeforeMake) {
      io.note(
        `--break-before-make is ignored: with ${count} of ${subscriptionLimit} subscriptions there is room to make the new one first.`,
      );
    }
    return false;
  }
  if (breakBeforeMake || dryRun) return breakBeforeMake === true;
  throw new CliError(
    `There are ${count} subscriptions, and RingCentral allows ${subscriptionLimit}: there is no room for the new one while ${id} exists.`,
    {
      exitCode: ExitCode.failure,
      code: "SUB-505",
      hint: "Make room with `rcwh delete <id>`, or add --break-before-make, which loses events in between.",
    },
  );
}

function announce(
  { id, deliveryMode }: OwnedSubscription,
  { address, eventFilters }: SubscriptionWish,
  changesToken: boolean,
  breaks: boolean,
  { own }: Inventory,
  { io, settings }: CommandContext,
): void {
  const show = (url: string | undefined) => redactAddress(url ?? "", settings.showSecrets);
  const filters = eventFilters.map((filter) => shortFilter(filter, own)).join(", ");
  io.note("RingCentral cannot change this in place; the subscription has to be replaced:");
  io.note(oneLine(`  old  ${show(deliveryMode.address)}  ${id}`));
  io.note(oneLine(`  new  ${show(address)}  ${filters}`));
  if (breaks) {
    io.note(gapNote);
    return;
  }
  io.note("The old one is deleted once the new one works; until then events may arrive twice.");
  if (changesToken) {
    io.note("Until then deliveries carry the old or the new verification token: accept both.");
  }
}

/** What to make again if the new one is refused. Its life is no shorter than before. */
function previousOf(
  old: OwnedSubscription,
  expiresIn: number,
  { records, own }: Inventory,
): SubscriptionWish {
  const record = records.get(old.id);
  return {
    eventFilters: allFilters(old, own),
    address: old.deliveryMode.address ?? "",
    expiresIn: Math.max(1, old.expiresIn ?? record?.expiresIn ?? expiresIn),
    ...(record?.verificationToken !== undefined && { verificationToken: record.verificationToken }),
  };
}
