import { describeUser } from "../api/describe-user.ts";
import { ExitCode, UsageError } from "../errors.ts";
import type { BulkOutcome } from "../lifecycle/bulk.ts";
import { type ChangeLimit, createChangeLimit } from "../lifecycle/change-limit.ts";
import { changeInPlace, findTarget, planChange } from "../lifecycle/change-subscription.ts";
import { createSubscription } from "../lifecycle/create-subscription.ts";
import { deleteAll } from "../lifecycle/delete-all.ts";
import { ensureSubscription } from "../lifecycle/ensure-subscription.ts";
import { type OwnedSubscription, takeInventory } from "../lifecycle/inventory.ts";
import { describeMalformed, malformedOutsiders } from "../lifecycle/malformed.ts";
import { findMissing, missingOutsiders, toRecorded } from "../lifecycle/missing.ts";
import {
  checkWish,
  type NewSubscription,
  withVerificationToken,
} from "../lifecycle/new-subscription.ts";
import { carryOutRecovery, planRecovery } from "../lifecycle/renewal/recover-account.ts";
import { recreateMissing } from "../lifecycle/renewal/recreate-missing.ts";
import { renewAccount } from "../lifecycle/renewal/renew-account.ts";
import {
  knownToken,
  mustBreakFirst,
  replaceWithRoom,
} from "../lifecycle/replacement/replacement-plan.ts";
import { withUnchanged } from "../lifecycle/replacement/replacement-steps.ts";
import { refuseUnderWay } from "../lifecycle/replacement/under-way.ts";
import {
  finishReplacements,
  warnOfUnfinished,
} from "../lifecycle/replacement/unfinished-replacements.ts";
import { failureOf, type Result } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { findShortfall } from "../lifecycle/shortfall.ts";
import { isLoopback } from "../machine/loopback.ts";
import { parseUrl } from "../machine/parse-url.ts";
import { oneLine } from "../one-line.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import type { SubscriptionRecord } from "../subscriptions/record.ts";
import { selectOne, selectSubscriptions } from "../subscriptions/select.ts";
import { instant } from "../subscriptions/time.ts";
import { checkByFetch, sampleEvent } from "./check-endpoint.ts";
import { checkMembersOf, checkOptions } from "./checked-options.ts";
import { toRcwhError } from "./errors.ts";
import type { Client, KnownSubscription, ListedSubscription } from "./interface.ts";
import type {
  CallOptions,
  ClientOptions,
  RecoverCallOptions,
  RenewCallOptions,
  ReplaceCallOptions,
  ReplacementChanges,
  SubscriptionRequest,
} from "./options.ts";
import {
  type SubscriptionResult,
  type SubscriptionResults,
  toResult,
  toSubscription,
} from "./results.ts";
import { createSessions, type Session } from "./sessions.ts";
import {
  checkNames,
  checkRequest,
  checkToken,
  generateToken,
  lifetimeOf,
  lifetimeText,
  limitOf,
  oneAtMost,
  spanOf,
  wishOf,
} from "./wishes.ts";

export type { Fetch } from "../api/fetch-transport.ts";
export type { Api } from "../filters/api.ts";
export type { Clock } from "../machine/clock.ts";
export { memoryStore } from "../store/memory-store.ts";
export {
  type PostgresClient,
  type PostgresQuery,
  type PostgresStoreOptions,
  postgresSchema,
  postgresStore,
} from "../store/postgres-store.ts";
export { type RedisClient, type RedisStoreOptions, redisStore } from "../store/redis-store.ts";
export { type SealKey, type SealOptions, seal } from "../store/seal.ts";
export type {
  LockOutcome,
  LockRequest,
  Store,
  StoreChange,
  StoreEntry,
  StoreLock,
  StoreOutcome,
} from "../store/store.ts";
export { type RetryOptions, withRetries } from "../store/with-retries.ts";
export type { EndpointCheck } from "./check-endpoint.ts";
export type { ErrorFacts } from "./error-facts.ts";
export { RcwhError } from "./errors.ts";
export type * from "./interface.ts";
export type * from "./options.ts";
export type {
  ClientSubscription,
  SubscriptionOutcome,
  SubscriptionResult,
  SubscriptionResults,
} from "./results.ts";

/** Creates a client. It signs in at its first request. Throws TypeError for invalid options. */
export function createClient(options: ClientOptions): Client {
  checkOptions(options);
  const sessions = createSessions(options);
  const { server, redactor, clock, fetch } = sessions;
  const clean = (text: string) => oneLine(redactor.message(text));

  /** The outcome of one that was named; its failure is thrown. */
  function only({ results, stoppedBy }: BulkOutcome): SubscriptionResult {
    if (stoppedBy !== undefined) throw stoppedBy;
    const result = results.find(({ outcome }) => outcome !== "malformed") ?? results[0];
    if (!result) throw new UsageError("Nothing was changed.");
    const failure = result.error && failureOf(result.error);
    if (failure && failure.exitCode !== ExitCode.attention) throw failure;
    return toResult(result, clean);
  }

  /** The outcomes of several; what ended the work early is thrown with them. */
  function several({ results, stoppedBy }: BulkOutcome): SubscriptionResults {
    const all = results.map((each) => toResult(each, clean));
    if (stoppedBy !== undefined) throw toRcwhError(stoppedBy, clean, all);
    return { results: all };
  }

  /** Works on one, or on several. The first element of the result is for one, the second for several. */
  async function inOneRun(
    named: string | readonly string[],
    callOptions: CallOptions,
    work: (session: Session, ids: readonly string[], changes: ChangeLimit) => Promise<BulkOutcome>,
  ): Promise<SubscriptionResult & SubscriptionResults> {
    const ids = typeof named === "string" ? [named] : named;
    const changes = typeof named === "string" ? oneAtMost : createChangeLimit(undefined);
    const settled = await sessions.call(callOptions, async (session) => {
      const outcome = await session.oneRunAtATime(() => work(session, ids, changes));
      return typeof named === "string" ? only(outcome) : several(outcome);
    });
    // The overloads say which of the two it is.
    return settled as SubscriptionResult & SubscriptionResults;
  }

  const renewal = {
    ...{ selector: { ids: [] }, ignore: [], within: undefined, expiresIn: undefined },
    ...{ dryRun: false, recover: false, recreate: false, showSecrets: false },
  };

  async function define(request: SubscriptionRequest): Promise<NewSubscription> {
    const { filters, url, expiresIn, remind, verificationToken } = checkRequest(request);
    const wish = {
      ...{ filters, url, remind },
      expiresIn: lifetimeText(expiresIn),
      allowUnknownFilter: request.allowUnknownFilter ?? false,
    };
    const { notes, doubt, ...plan } = await checkWish(wish, async () => server, "expiresIn");
    for (const text of notes) sessions.notify({ kind: "note", text });
    if (doubt !== undefined) sessions.notify({ kind: "warning", text: doubt });
    return withVerificationToken(plan, checkToken(verificationToken));
  }

  async function replaceOne(
    { account }: Session,
    named: string,
    { url, verificationToken, ...changes }: ReplacementChanges,
    { overlap, requireToken, breakBeforeMake }: ReplaceCallOptions,
  ): Promise<SubscriptionResult> {
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
    const { subscription } = await replaceWithRoom(
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
    const result: Result = {
      ...{ id: old.id, profile, outcome: "replaced", subscription, newId: subscription.id },
      ...(error && { error }),
    };
    return toResult(result, clean);
  }

  const methods: Client = {
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
    create(request, createOptions = {}) {
      checkMembersOf(createOptions, "create", ["ifExists", ...callOptionNames]);
      return sessions.call(createOptions, async ({ account }) => {
        const { ifExists = "error" } = createOptions;
        const created = await createSubscription(account, await define(request), { ifExists });
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
        const wanted = await define(definition);
        const options = { within: spanOf(within, "within"), recover };
        return toResult(
          await oneRunAtATime(() => ensureSubscription(account, wanted, options)),
          clean,
        );
      });
    },
    update(named, changes, updateOptions = {}) {
      checkMembersOf(updateOptions, "update", callOptionNames);
      checkMembersOf(changes, "update", changeNames);
      return sessions.call(updateOptions, async ({ account }) => {
        const target = await findTarget(account, named);
        const change = planChange(account, target, wishOf(changes));
        for (const text of change.notes) account.notify({ kind: "note", text });
        const { result, own, differences } = await changeInPlace(account, target, change);
        const error = findShortfall(differences, result.subscription, own);
        return toResult({ ...result, ...(error && { error }) }, clean);
      });
    },
    renewDue(renewOptions = {}) {
      const names = ["within", "expiresIn", "recover", "recreate", "maxChanges"];
      checkMembersOf(renewOptions, "renewDue", [...names, ...callOptionNames]);
      return inOneRun([], renewOptions, ({ account }) => {
        const { within, recover, recreate, maxChanges, expiresIn } = renewOptions;
        const request = {
          ...renewal,
          ...{ within: spanOf(within, "within"), expiresIn: lifetimeOf(expiresIn) },
          ...{ recover: recover ?? false, recreate: recreate ?? false },
          changes: limitOf(maxChanges),
        };
        return renewAccount(account, request, () => {});
      });
    },
    renew(named: string | readonly string[], renewOptions: RenewCallOptions = {}) {
      checkMembersOf(renewOptions, "renew", ["expiresIn", ...callOptionNames]);
      checkNames(named, "renew");
      return inOneRun(named, renewOptions, ({ account }, ids, changes) => {
        const expiresIn = lifetimeOf(renewOptions.expiresIn);
        const request = { ...renewal, selector: { ids }, expiresIn, changes };
        return renewAccount(account, request, () => {});
      });
    },
    recover(named: string | readonly string[] = [], recoverOptions: RecoverCallOptions = {}) {
      const names = ["verificationToken", "requireToken", "breakBeforeMake"];
      checkMembersOf(recoverOptions, "recover", [...names, ...callOptionNames]);
      return inOneRun(named, recoverOptions, async ({ account }, ids, changes) => {
        const { verificationToken, requireToken, breakBeforeMake } = recoverOptions;
        const request = {
          selector: { ids },
          changes,
          token: checkToken(verificationToken),
          flags: {
            ...(requireToken && { requireToken: true as const }),
            ...(breakBeforeMake && { breakBeforeMake: true as const }),
          },
        };
        return carryOutRecovery(account, await planRecovery(account, request), request);
      });
    },
    recreate(named: string | readonly string[] = [], recreateOptions: CallOptions = {}) {
      checkMembersOf(recreateOptions, "recreate", callOptionNames);
      return inOneRun(named, recreateOptions, ({ account }, ids, changes) =>
        recreateMissing(account, ids, changes),
      );
    },
    replace(named, changes = {}, replaceOptions = {}) {
      checkMembersOf(replaceOptions, "replace", [...replaceNames, "requireToken"]);
      checkMembersOf(changes, "replace", ["url", "verificationToken", ...replacedNames]);
      return sessions.call(replaceOptions, (session) =>
        replaceOne(session, named, changes, replaceOptions),
      );
    },
    rotateToken(named, rotateOptions = {}) {
      const names = ["verificationToken", "onToken", ...replaceNames];
      checkMembersOf(rotateOptions, "rotateToken", names);
      return sessions.call(rotateOptions, async (session) => {
        const given = checkToken(rotateOptions.verificationToken);
        const verificationToken = given ?? generateToken();
        redactor.add(verificationToken);
        // Comes first: a subscription that does not exist gets no token.
        await findTarget(session.account, named);
        await rotateOptions.onToken?.(verificationToken);
        const changes = { verificationToken };
        const result = await replaceOne(session, named, changes, rotateOptions);
        return { ...result, verificationToken };
      });
    },
    delete(named: string | readonly string[], deleteOptions: CallOptions = {}) {
      checkMembersOf(deleteOptions, "delete", callOptionNames);
      checkNames(named, "delete");
      return inOneRun(named, deleteOptions, async ({ account }, ids, changes) => {
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
    close: () => sessions.close(),
  };
  return withErrors(methods, clean);
}

/** The same methods, all of whose failures are an `RcwhError`, and none of which throws at once. */
function withErrors(methods: Client, clean: (text: string) => string): Client {
  const guarded = Object.entries(methods).map(([name, method]) => [
    name,
    async (...words: readonly unknown[]) => {
      try {
        return await method(...words);
      } catch (error) {
        throw toRcwhError(error, clean);
      }
    },
  ]);
  // Each is what it was, but for its errors.
  return Object.fromEntries(guarded) as Client;
}

const callOptionNames = ["signal", "deadline"];
const replaceNames = ["overlap", "breakBeforeMake", ...callOptionNames];
const replacedNames = ["filters", "expiresIn", "allowShorter", "allowUnknownFilter"];
const changeNames = ["addFilters", "removeFilters", ...replacedNames];

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
