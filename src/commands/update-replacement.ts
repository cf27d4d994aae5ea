import { createOperation, deleteOperation } from "../api/operations.ts";
import type { CommandContext } from "../context.ts";
import { shortFilter } from "../filters/search.ts";
import { oneLine } from "../io/text.ts";
import type { Inventory, OwnedSubscription } from "../lifecycle/inventory.ts";
import {
  breaksFirst,
  gapNote,
  knownToken,
  type ReplacementFlags,
  replaceWithRoom,
} from "../lifecycle/replacement-plan.ts";
import type { Result } from "../lifecycle/results.ts";
import { redactAddress } from "../machine/redact.ts";
import { confirm } from "../operations/confirm.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import type { SubscriptionDefinition } from "../subscriptions/replacement-intent.ts";
import type { UpdateSubscriptionRequest } from "../subscriptions/subscription.ts";
import { announceToken, withToken } from "./output/announce-token.ts";
import { plannedRequest, printPlan } from "./output/print-requests.ts";
import { printResults } from "./output/print-results.ts";
import { reportDifferences } from "./output/report-differences.ts";

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
  const breaks = breaksFirst(old, flags, inventory, context);
  if (flags.dryRun) return printReplacementPlan(old, wish, breaks, inventory, context);

  announce(old, wish, token !== undefined, breaks, inventory, context);
  const question = `Replace ${old.id} (${redactAddress(old.deliveryMode.address ?? "", settings.showSecrets)})?`;
  await confirm(context, question, "Nothing was changed.");

  const room = { breaks, mayBreak: flags.breakBeforeMake === true };
  const { subscription, overlap, broke } = await replaceWithRoom(
    context,
    inventory,
    { old, wish },
    room,
  );
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
  io.note(broke ? `Nothing was delivered for ${seconds} s.` : `Both delivered for ${seconds} s.`);
  const now = context.clock.now();
  reportDifferences(comparedWithAsked(request, subscription, { now, own }), subscription, own, io);
}

async function printReplacementPlan(
  old: OwnedSubscription,
  { address, verificationToken, ...request }: SubscriptionDefinition,
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

function announce(
  { id, deliveryMode }: OwnedSubscription,
  { address, eventFilters }: SubscriptionDefinition,
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
