import { createOperation, deleteOperation } from "../api/operations.ts";
import type { CommandContext } from "../context.ts";
import { shortFilter } from "../filters/search.ts";
import { oneLine } from "../io/text.ts";
import type { Account } from "../lifecycle/account.ts";
import { requestOf } from "../lifecycle/creation.ts";
import type { Inventory, OwnedSubscription } from "../lifecycle/inventory.ts";
import {
  gapNote,
  knownToken,
  mustBreakFirst,
  type ReplacementFlags,
  replaceWithRoom,
} from "../lifecycle/replacement-plan.ts";
import type { Result } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { redactAddress } from "../machine/redact.ts";
import { confirm } from "../operations/confirm.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import type { SubscriptionDefinition } from "../subscriptions/replacement-intent.ts";
import type { UpdateSubscriptionRequest } from "../subscriptions/subscription.ts";
import { announceToken, withToken } from "./output/announce-token.ts";
import { plannedRequest, printPlan } from "./output/print-requests.ts";
import { printResults } from "./output/print-results.ts";
import { reportDifferences } from "./output/report-differences.ts";

/** Where the new subscription delivers, and with which verification token. */
export interface Target {
  readonly address: string;
  /** Undefined if none was given: the recorded one is kept, if there is one. */
  readonly token: string | undefined;
  /** rcwh generated the token, so it has to be shown. */
  readonly generated: boolean;
}

/** Changes what RingCentral cannot change in place: creates a new subscription and deletes the old one. */
export async function replace(
  old: OwnedSubscription,
  request: UpdateSubscriptionRequest,
  { address, token, generated }: Target,
  flags: ReplacementFlags,
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
  const question = `Replace ${old.id} (${redactAddress(old.deliveryMode.address ?? "", settings.showSecrets)})?`;
  await confirm(context, question, "Nothing was changed.");

  const room = { breaks, mayBreak: flags.breakBeforeMake === true };
  const plan = { old, definition };
  const { subscription, overlap, broke } = await replaceWithRoom(account, inventory, plan, room);
  io.endProgress();
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
  io.note(
    broke ? `No events were delivered for ${seconds} s.` : `Both delivered for ${seconds} s.`,
  );
  const now = serverNow(account);
  reportDifferences(comparedWithAsked(request, subscription, { now, own }), subscription, own, io);
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
  const make = plannedRequest(createOperation(api), server, requestOf(definition));
  const remove = plannedRequest(deleteOperation(api, id), server);
  const result = {
    ...{ id, profile, outcome: "would-replace" as const, subscription: old },
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
  io.note("RingCentral cannot change this in place, so the subscription has to be replaced:");
  io.note(oneLine(`  old  ${show(deliveryMode.address)}  ${id}`));
  io.note(oneLine(`  new  ${show(address)}  ${filters}`));
  if (breaks) {
    io.note(gapNote);
    return;
  }
  io.note("The old one is deleted once the new one works; until then events may arrive twice.");
  if (changesToken) {
    io.note(
      "Until then deliveries carry the old or the new verification token: your endpoint must accept both.",
    );
  }
}
