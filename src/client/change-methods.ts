import { changeInPlace, findTarget, planChange } from "../lifecycle/change-subscription.ts";
import { createSubscription } from "../lifecycle/create-subscription.ts";
import { deleteAll } from "../lifecycle/delete-all.ts";
import { ensureSubscription } from "../lifecycle/ensure-subscription.ts";
import { takeInventory } from "../lifecycle/inventory.ts";
import { malformedOutsiders } from "../lifecycle/malformed.ts";
import { findMissing, missingOutsiders } from "../lifecycle/missing.ts";
import {
  checkWish,
  type NewSubscription,
  withVerificationToken,
} from "../lifecycle/new-subscription.ts";
import {
  finishReplacements,
  warnOfUnfinished,
} from "../lifecycle/replacement/unfinished-replacements.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { findShortfall } from "../lifecycle/shortfall.ts";
import { selectSubscriptions } from "../subscriptions/select.ts";
import { callOptionNames, changeNames, checkMembersOf } from "./checked-options.ts";
import type { Client } from "./interface.ts";
import { inOneRun } from "./one-run.ts";
import type { CallOptions, SubscriptionRequest } from "./options.ts";
import { toResult } from "./results.ts";
import type { Sessions } from "./sessions.ts";
import { checkNames, checkRequest, checkToken, lifetimeText, spanOf, wishOf } from "./wishes.ts";

/** The methods that create subscriptions, change them in place and delete them. */
export function changeMethods(
  sessions: Sessions,
): Pick<Client, "create" | "ensure" | "update" | "delete"> {
  const { clean } = sessions;
  return {
    create(request, createOptions = {}) {
      checkMembersOf(createOptions, "create", ["ifExists", ...callOptionNames]);
      return sessions.call(createOptions, async ({ account }) => {
        const { ifExists = "error" } = createOptions;
        const created = await createSubscription(account, await define(sessions, request), {
          ifExists,
        });
        const { subscription, own, differences, outcome } = created;
        const error = findShortfall(differences, subscription, own);
        const { id, profile } = subscription;
        const became = outcome === "created" ? "created" : "unchanged";
        const result = { id, profile, outcome: became, subscription } as const;
        return toResult({ ...result, ...(error && { error }) }, clean);
      });
    },
    ensure(definition, ensureOptions = {}) {
      checkMembersOf(ensureOptions, "ensure", ["within", "recover", ...callOptionNames]);
      return sessions.call(ensureOptions, async ({ account, oneRunAtATime }) => {
        const { within, recover = true } = ensureOptions;
        const wanted = await define(sessions, definition);
        const options = { within: spanOf(within, "within"), recover };
        return toResult(
          await oneRunAtATime(() => ensureSubscription(account, wanted, options)),
          clean,
        );
      });
    },
    update(named, changes, updateOptions = {}) {
      checkMembersOf(updateOptions, "update", callOptionNames);
      checkMembersOf(changes, "update", ["addFilters", "removeFilters", ...changeNames]);
      return sessions.call(updateOptions, async ({ account }) => {
        const target = await findTarget(account, named);
        const change = planChange(account, target, wishOf(changes));
        for (const text of change.notes) account.notify({ kind: "note", text });
        const { result, own, differences } = await changeInPlace(account, target, change);
        const error = findShortfall(differences, result.subscription, own);
        return toResult({ ...result, ...(error && { error }) }, clean);
      });
    },
    delete(named: string | readonly string[], deleteOptions: CallOptions = {}) {
      checkMembersOf(deleteOptions, "delete", callOptionNames);
      checkNames(named, "delete");
      return inOneRun(sessions, named, deleteOptions, async ({ account }, ids, changes) => {
        const inventory = await finishReplacements(account, await takeInventory(account));
        warnOfUnfinished(inventory, account);
        const { subscriptions, own, profile } = inventory;
        const gone = missingOutsiders(await findMissing(account, inventory), profile);
        const outsiders = [...malformedOutsiders(inventory), ...gone];
        const options = { now: serverNow(account), own, outsiders };
        const chosen = selectSubscriptions(subscriptions, { ids }, options);
        changes.reserve(chosen.length);
        return deleteAll(account, inventory, chosen, true);
      });
    },
  };
}

async function define(
  { server, notify }: Sessions,
  request: SubscriptionRequest,
): Promise<NewSubscription> {
  const { filters, url, expiresIn, remind, verificationToken } = checkRequest(request);
  const wish = {
    ...{ filters, url, remind },
    expiresIn: lifetimeText(expiresIn),
    allowUnknownFilter: request.allowUnknownFilter ?? false,
  };
  const { notes, doubt, ...plan } = await checkWish(wish, async () => server, "expiresIn");
  for (const text of notes) notify({ kind: "note", text });
  if (doubt !== undefined) notify({ kind: "warning", text: doubt });
  return withVerificationToken(plan, checkToken(verificationToken));
}
