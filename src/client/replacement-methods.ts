import { findTarget, planChange } from "../lifecycle/change-subscription.ts";
import {
  knownToken,
  mustBreakFirst,
  replaceWithRoom,
} from "../lifecycle/replacement/replacement-plan.ts";
import { withUnchanged } from "../lifecycle/replacement/replacement-steps.ts";
import { refuseUnderWay } from "../lifecycle/replacement/under-way.ts";
import type { ExistingResult } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { findShortfall } from "../lifecycle/shortfall.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import { callOptionNames, changeNames, checkMembersOf } from "./checked-options.ts";
import type { Client } from "./interface.ts";
import type { ReplaceCallOptions, ReplacementChanges } from "./options.ts";
import { type ExistingSubscriptionResult, toResult } from "./results.ts";
import type { Session, Sessions } from "./sessions.ts";
import { checkToken, generateToken, wishOf } from "./wishes.ts";

const replaceNames = ["overlap", "breakBeforeMake", ...callOptionNames];

/** The methods that put a new subscription in the place of an old one. */
export function replacementMethods(sessions: Sessions): Pick<Client, "replace" | "rotateToken"> {
  return {
    replace(named, changes = {}, replaceOptions = {}) {
      checkMembersOf(replaceOptions, "replace", [...replaceNames, "requireToken"]);
      checkMembersOf(changes, "replace", ["url", "verificationToken", ...changeNames]);
      return sessions.call(replaceOptions, (session) =>
        replaceOne(sessions, session, named, changes, replaceOptions),
      );
    },
    rotateToken(named, rotateOptions = {}) {
      const names = ["verificationToken", "onToken", ...replaceNames];
      checkMembersOf(rotateOptions, "rotateToken", names);
      return sessions.call(rotateOptions, async (session) => {
        const given = checkToken(rotateOptions.verificationToken);
        const verificationToken = given ?? generateToken();
        sessions.redactor.add(verificationToken);
        // Comes first: a subscription that does not exist gets no token.
        await findTarget(session.account, named);
        await rotateOptions.onToken?.(verificationToken);
        const changes = { verificationToken };
        const result = await replaceOne(sessions, session, named, changes, rotateOptions);
        return { ...result, verificationToken };
      });
    },
  };
}

async function replaceOne(
  { server, clean }: Sessions,
  { account }: Session,
  named: string,
  { url, verificationToken, ...changes }: ReplacementChanges,
  { overlap, requireToken, breakBeforeMake }: ReplaceCallOptions,
): Promise<ExistingSubscriptionResult> {
  const token = checkToken(verificationToken);
  const address = url === undefined ? undefined : parseAddress(url, server);
  const keepBoth = overlap === undefined ? undefined : parseDuration(overlap, "overlap");
  const target = await findTarget(account, named);
  const { subscription: old, inventory } = target;
  const change = planChange(account, target, wishOf(changes));
  await refuseUnderWay(account, old, { replacing: true });
  const flags = {
    ...(requireToken && { requireToken: true as const }),
    ...(breakBeforeMake && { breakBeforeMake: true as const }),
  };
  const kept = token ?? knownToken(old, flags, inventory, account);
  const definition = {
    ...change.request,
    address: address ?? target.address,
    ...(kept !== undefined && { verificationToken: kept }),
  };
  const breaks = mustBreakFirst(old, flags, inventory, account);
  const room = { breaks, mayBreak: breakBeforeMake === true };
  const { subscription, gap } = await replaceWithRoom(
    account,
    inventory,
    { old, definition, keepBoth },
    room,
  ).catch((error: unknown) => {
    throw breaks ? error : withUnchanged(old, error);
  });
  const { own, profile } = inventory;
  const compared = { now: serverNow(account), own };
  const differences = comparedWithAsked(change.request, subscription, compared);
  const error = findShortfall(differences, subscription, own);
  const result: ExistingResult = {
    ...{ id: old.id, profile, outcome: "replaced", subscription, newId: subscription.id },
    ...(gap && { gap }),
    ...(error && { error }),
  };
  return toResult(result, clean);
}
