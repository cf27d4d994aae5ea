import { describeUser } from "../api/describe-user.ts";
import { type OwnedSubscription, takeInventory } from "../lifecycle/inventory.ts";
import { describeMalformed, malformedOutsiders } from "../lifecycle/malformed.ts";
import { findMissing, missingOutsiders, toRecorded } from "../lifecycle/missing.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { parseAddress } from "../subscriptions/address.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { selectOne } from "../subscriptions/select.ts";
import { instant } from "../subscriptions/time.ts";
import { checkByFetch, sampleEvent } from "./check-endpoint.ts";
import { callOptionNames, checkMembersOf } from "./checked-options.ts";
import type { Client, KnownSubscription, ListedSubscription } from "./interface.ts";
import { toSubscription } from "./results.ts";
import type { Sessions } from "./sessions.ts";
import { checkToken } from "./wishes.ts";

/** The methods that read, and change nothing. */
export function readMethods(
  sessions: Sessions,
): Pick<Client, "list" | "read" | "whoami" | "check"> {
  const { server, redactor, clock, fetch } = sessions;
  return {
    list(listOptions = {}) {
      checkMembersOf(listOptions, "list", ["recorded", ...callOptionNames]);
      return sessions.call(listOptions, async ({ account }) => {
        const inventory = await takeInventory(account);
        for (const each of inventory.malformed) {
          account.notify({ kind: "warning", text: describeMalformed(each).message });
        }
        const { subscriptions, records } = inventory;
        const living = subscriptions.map((each) => toListed(each, records.get(each.id)));
        if (!listOptions.recorded) return living;
        const missing = await findMissing(account, inventory);
        const gone = missing.map((each): ListedSubscription => {
          const { profile: _, recorded: __, goneAt: ___, ...rest } = toRecorded(each, "");
          return { ...rest, record: toKnown(each.record) };
        });
        return [...living, ...gone];
      });
    },
    read(named, readOptions = {}) {
      checkMembersOf(readOptions, "read", callOptionNames);
      return sessions.call(readOptions, async ({ account }) => {
        const inventory = await takeInventory(account);
        const missing = await findMissing(account, inventory);
        const outsiders = [
          ...malformedOutsiders(inventory),
          ...missingOutsiders(missing, inventory.profile),
        ];
        const chosen = selectOne([...inventory.subscriptions, ...outsiders], named);
        if ("refusal" in chosen) throw chosen.refusal;
        return toListed(chosen, inventory.records.get(chosen.id));
      });
    },
    whoami(callOptions = {}) {
      checkMembersOf(callOptions, "whoami", callOptionNames);
      return sessions.call(callOptions, async ({ account: { client, notify }, identity }) => {
        const note = (text: string) => notify({ kind: "note", text });
        const user = await describeUser(client, await client.session(), note, false);
        // Read again: the session may have been replaced since.
        const { scope, expiresAt } = await client.session();
        const { credentials } = identity;
        const isOwn = credentials.kind === "jwt";
        return {
          server,
          ...(isOwn && { clientId: credentials.clientId }),
          ...user,
          scopes: scope.split(/\s+/).filter(Boolean),
          ...(isOwn && { tokenExpirationTime: instant(expiresAt) }),
        };
      });
    },
    check(url, checkEndpointOptions = {}) {
      const names = ["verificationToken", "event", ...callOptionNames];
      checkMembersOf(checkEndpointOptions, "check", names);
      return sessions.watch(checkEndpointOptions, async (signal) => {
        const { event, verificationToken } = checkEndpointOptions;
        redactor.addAddress(url);
        const address = isPlainElsewhere(url) ? url : parseAddress(url, "http://127.0.0.1");
        const rows = await checkByFetch(address, {
          ...{ fetch, signal, redactor },
          verificationToken: checkToken(verificationToken),
          event: event === true ? sampleEvent(clock.now()) : event || undefined,
        });
        const checks = rows.map(({ exitCode: _, profile: __, ...row }) => row);
        const broken = checks.find(({ status }) => status === "fail");
        return {
          passed: broken === undefined,
          ...(broken?.code !== undefined && { code: broken.code }),
          checks,
        };
      });
    },
  };
}

/** Plain http to another machine is a finding of the check, not a mistake of its caller. */
function isPlainElsewhere(url: string): boolean {
  const parsed = parseUrl(url);
  return parsed?.protocol === "http:" && !isLoopback(parsed.hostname);
}

function toListed(
  subscription: OwnedSubscription,
  record: SubscriptionRecord | undefined,
): ListedSubscription {
  return { ...toSubscription(subscription), ...(record && { record: toKnown(record) }) };
}

function toKnown(record: SubscriptionRecord): KnownSubscription {
  const { expiresIn, foreign = false, droppedFilters, recoveredAt, replaces } = record;
  return {
    foreign,
    hasVerificationToken: record.verificationToken !== undefined,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(droppedFilters && { droppedFilters }),
    ...(recoveredAt !== undefined && { recoveredAt }),
    ...(replaces !== undefined && { replaces }),
  };
}
