import type { RingCentralClient } from "../../api/client.ts";
import { scopesOf } from "../../api/describe-user.ts";
import { type Check, rule } from "../../check/check.ts";
import { CliError, Interruption } from "../../errors.ts";
import { hasThreadMessages, losesToThreads } from "../../filters/threads.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { Feature } from "../../subscriptions/subscription.ts";
import { enabledFilters } from "../../subscriptions/subscription-filters.ts";

const ofThreads = rule("message-threads", "off, or with sms-thread-messages");

/** Reasons for a missing feature that concern the whole account; others concern this user. */
const reasonsOfAccounts = ["ServicePlanLimitation", "AccountLimitation"];

/**
 * Warns where SMS to shared numbers goes to Message Threads, and only filters that it no longer comes to are subscribed.
 * Asks the server only where there are such filters, and never fails: the answer needs ReadAccounts, which webhooks do not.
 */
export async function checkThreads(
  webhooks: readonly OwnedSubscription[],
  client: RingCentralClient,
): Promise<readonly Check[]> {
  const losing = webhooks.filter((each) => enabledFilters(each).some(losesToThreads));
  const [first] = losing;
  if (!first) return [];
  const scopes = scopesOf(await client.session());
  // A refusal would make the client sign in again, in case the scope is new.
  if (scopes.size > 0 && !scopes.has("readaccounts")) {
    return [ofThreads.skip("not known: the token lacks ReadAccounts")];
  }
  let feature: Feature | undefined;
  try {
    feature = await client.feature("MessageThreads");
  } catch (error) {
    if (!(error instanceof CliError) || error instanceof Interruption) throw error;
    return [ofThreads.skip(`not known: ${error.message}`, { code: error.code })];
  }
  if (!feature) return [ofThreads.skip("not known: RingCentral does not say")];
  if (!feature.available) {
    const { code } = feature.reason ?? {};
    return [
      code === undefined || reasonsOfAccounts.includes(code)
        ? ofThreads.pass("the account does not have Message Threads")
        : ofThreads.skip(`not known: this user does not have Message Threads (${code})`),
    ];
  }
  const reader = webhooks.find((each) => enabledFilters(each).some(hasThreadMessages));
  if (reader) return [ofThreads.pass(`${nameOf(reader)} has sms-thread-messages`)];
  const others = losing.length > 1 ? ` (and ${losing.length - 1} more)` : "";
  return [
    ofThreads.warn(
      `SMS to main, site and call queue numbers is not delivered to ${nameOf(first)}${others}`,
      {
        subscriptions: losing.map(({ id }) => id),
        hint: `Run \`rcwh update ${first.id} --add-filter sms-thread-messages\`, whose events only say that there are messages to fetch.`,
      },
    ),
  ];
}
