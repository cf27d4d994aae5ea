import { createOperation } from "../../api/operations.ts";
import type { CommandContext } from "../../context.ts";
import {
  asSentence,
  CliError,
  ExitCode,
  Interruption,
  reworded,
  UsageError,
} from "../../errors.ts";
import { FilterSet } from "../../filters/filter-set.ts";
import { printRecords } from "../../io/formats.ts";
import type { Account } from "../../lifecycle/account.ts";
import { createRecorded } from "../../lifecycle/create-recorded.ts";
import type { IfExists } from "../../lifecycle/create-subscription.ts";
import {
  parseExtensionSelector,
  readDirectory,
  splitSelectors,
} from "../../lifecycle/extensions.ts";
import {
  countOf,
  findOwnIds,
  type Inventory,
  type OwnedSubscription,
  takeInventory,
} from "../../lifecycle/inventory.ts";
import { settleLifetime } from "../../lifecycle/new-subscription.ts";
import { whileReplacing } from "../../lifecycle/replacement/replacement.ts";
import { isRefusal } from "../../lifecycle/replacement/replacement-steps.ts";
import {
  finishJournal,
  warnOfUnfinished,
} from "../../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../../lifecycle/results.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { findShortfall } from "../../lifecycle/shortfall.ts";
import {
  filtersOf,
  splitOverParts,
  toTemplates,
  usualFiltersPerSubscription,
} from "../../manifest/parts.ts";
import { openAccount } from "../../operations/open-account.ts";
import { writeTokenFile } from "../../operations/verification-token.ts";
import { pluralize } from "../../phrases.ts";
import { sameAddress } from "../../subscriptions/address.ts";
import { comparedWithAsked } from "../../subscriptions/compare.ts";
import { remainingSeconds } from "../../subscriptions/lifetime.ts";
import { subscriptionLimit } from "../../subscriptions/limits.ts";
import type { CreateSubscriptionRequest } from "../../subscriptions/subscription.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { announceToken, withToken } from "../output/announce-token.ts";
import { concludeResults } from "../output/conclude-results.ts";
import { plannedRequest, printRequests } from "../output/print-requests.ts";
import { subscriptionColumns } from "../output/subscription-columns.ts";
import { type CreateOptions, type CreatePlan, prepareRequest } from "./create-request.ts";

export interface ExtensionsOptions extends CreateOptions {
  readonly extensions: readonly string[];
}

/** Creates as many subscriptions as the filters of several extensions need. */
export async function createForExtensions(
  options: ExtensionsOptions,
  ifExists: IfExists,
  context: CommandContext,
): Promise<void> {
  const limit = parseLimit(options.filtersPerSubscription);
  const selectors = options.extensions.flatMap(splitSelectors).map(parseExtensionSelector);
  if (selectors.length === 0) {
    throw new UsageError(
      "The value of --extensions is empty.",
      "Choose extensions, such as --extensions all.",
    );
  }
  const server = async () => (await context.identity()).server;
  const prepared = await prepareRequest(options, server, context);
  const { perExtension, everywhere } = toTemplates(prepared.request.eventFilters);
  splitOverParts([], everywhere, [], { limit });

  const account = await openAccount(context);
  if (!options.dryRun) {
    const finished = await finishJournal(account);
    if (finished) warnOfUnfinished(finished, account);
  }
  const extensions = await (await readDirectory(account)).resolve(selectors);
  if (extensions.length === 0) {
    throw new UsageError(
      `No enabled user of the account matches ${options.extensions.join(", ")}.`,
      "See the users in the account's admin portal, or give an extension number.",
    );
  }
  const wanted = filtersOf(
    { perExtension, everywhere },
    extensions.map(({ id }) => id),
  );
  const work = async (): Promise<Outcome> => {
    const inventory = await takeInventory(account);
    const existing = ifExists === "new" ? [] : overlapping(wanted, prepared, inventory);
    if (existing.length > 0 && ifExists === "error") throw duplicate(existing, wanted, inventory);
    const missing = withoutDelivered(wanted, existing, inventory);
    const parts = splitOverParts(missing, everywhere, [], { limit });
    requireRoom(parts.length, missing.length, everywhere.length, prepared, inventory);
    const { request } = settleLifetime(prepared, serverNow(account), context.io.warn);
    const requests = parts.map(({ eventFilters }) => ({ ...request, eventFilters }));
    context.io.note(
      `${pluralize(extensions.length, "extension")}: ${describeCount(existing.length, parts.length)}`,
    );
    if (options.dryRun) return { existing, requests, created: [], failure: undefined, inventory };
    return {
      existing,
      requests,
      inventory,
      ...(await createAll(requests, prepared, options, account, inventory)),
    };
  };
  if (options.dryRun) {
    const { requests } = await work();
    const operation = createOperation(prepared.api);
    const url = await server();
    const planned = requests.map((request) => plannedRequest(operation, url, request));
    return printRequests(planned, context);
  }
  await report(await whileReplacing(account, work), prepared, options, account, context);
}

interface Made {
  readonly created: readonly OwnedSubscription[];
  /** What ended it early. */
  readonly failure: unknown;
}

interface Outcome extends Made {
  /** Those that deliver some of it already. */
  readonly existing: readonly OwnedSubscription[];
  readonly requests: readonly CreateSubscriptionRequest[];
  readonly inventory: Inventory;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return usualFiltersPerSubscription;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(
    `Invalid --filters-per-subscription value ${JSON.stringify(text)}: must be a whole number from 1 to 999999.`,
  );
}

/** What delivers one of the filters to the same URL already. */
function overlapping(
  wanted: readonly string[],
  { api, request }: CreatePlan,
  { subscriptions, own }: Inventory,
): readonly OwnedSubscription[] {
  const filters = new FilterSet(wanted, own);
  return subscriptions.filter(
    (each) =>
      each.api === api &&
      sameAddress(each.deliveryMode.address, request.deliveryMode.address) &&
      allFilters(each, own).some((filter) => filters.has(filter)),
  );
}

function withoutDelivered(
  wanted: readonly string[],
  existing: readonly OwnedSubscription[],
  { own }: Inventory,
): readonly string[] {
  const delivered = new FilterSet(
    existing.flatMap((each) => allFilters(each, own)),
    own,
  );
  return wanted.filter((filter) => !delivered.has(filter));
}

function duplicate(
  existing: readonly OwnedSubscription[],
  wanted: readonly string[],
  inventory: Inventory,
): CliError {
  const missing = withoutDelivered(wanted, existing, inventory).length;
  return new CliError(
    `${pluralize(existing.length, "subscription")} to the same URL already ${existing.length === 1 ? "delivers" : "deliver"} ${wanted.length - missing} of the ${pluralize(wanted.length, "filter")}. Another one would deliver those events twice.`,
    {
      exitCode: ExitCode.failure,
      code: "DUPLICATE",
      hint: "Create only what is missing with --if-exists reuse, or everything again with --if-exists new.",
    },
  );
}

function requireRoom(
  needed: number,
  filters: number,
  common: number,
  { api }: CreatePlan,
  inventory: Inventory,
): void {
  const free = Math.max(0, subscriptionLimit - countOf(inventory, api));
  if (needed <= free) return;
  const room = "Choose one to delete with `rcwh list`, then delete it";
  throw new CliError(
    `${pluralize(filters, "filter")} make ${pluralize(needed, "subscription")}, and RingCentral has room for ${free === 0 ? "none" : free} (the limit is ${subscriptionLimit}). Nothing was created.`,
    {
      exitCode: ExitCode.failure,
      code: "SUB-505",
      hint:
        free === 0
          ? `${room}.`
          : `${room}, or put more filters into each with --filters-per-subscription ${Math.ceil(filters / free) + common}.`,
    },
  );
}

async function createAll(
  requests: readonly CreateSubscriptionRequest[],
  { api, token }: CreatePlan,
  { verificationTokenOut: path }: CreateOptions,
  account: Account,
  { subscriptions }: Inventory,
): Promise<Made> {
  const created: OwnedSubscription[] = [];
  const hasFile = path !== undefined && token !== undefined && requests.length > 0;
  const removeFile = hasFile ? await writeTokenFile(path, token) : undefined;
  try {
    for (const [index, request] of requests.entries()) {
      account.notify({
        kind: "progress",
        text: `Creating subscription ${index + 1} of ${requests.length}`,
      });
      const present = [...subscriptions, ...created];
      created.push(await createRecorded(account, { api, request }, present));
    }
    return { created, failure: undefined };
  } catch (error) {
    if (created.length === 0 && isRefusal(error)) await removeFile?.();
    return { created, failure: error };
  }
}

async function report(
  { existing, requests, created, failure, inventory }: Outcome,
  { token, generated, request: { expiresIn }, until }: CreatePlan,
  { verificationTokenOut: path }: CreateOptions,
  account: Account,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  if (created.length === 0 && failure !== undefined) throw explained(failure, 0, requests.length);
  const rows = [...existing, ...created];
  const own = await findOwnIds(account.client, [...rows, ...inventory.subscriptions]);
  const shown = generated && path === undefined && created.length > 0 ? token : undefined;
  await printRecords(io, {
    key: "subscriptions",
    records: rows.map((row) => withToken(row, shown, io)),
    columns: subscriptionColumns(context, rows, own),
    ...(shown !== undefined && { extra: { verificationToken: shown } }),
  });
  announceToken(shown, io);
  if (failure !== undefined) throw explained(failure, created.length, requests.length);
  if (await context.outputError()) {
    throw new CliError(`${pluralize(created.length, "subscription")} created.`, {
      hint: "See them with `rcwh list`.",
    });
  }
  if (path !== undefined && token !== undefined && created.length > 0) {
    io.note(`Their verification token is in ${path}.`);
  }
  const [first] = created;
  if (first && expiresIn === undefined && !until) {
    const expires = relativeExpiry(remainingSeconds(first, serverNow(account)) * 1000);
    io.note(
      `They expire ${expires}, RingCentral's default. Keep them alive with \`rcwh renew\` from cron, or choose a longer --expires-in.`,
    );
  }
  const now = serverNow(account);
  const results = rows.map((subscription): Result => {
    const { id, profile } = subscription;
    const at = created.indexOf(subscription);
    const request = requests[at];
    const differences = request ? comparedWithAsked(request, subscription, { now, own }) : [];
    const error = findShortfall(differences, subscription, own);
    const outcome = at < 0 ? "unchanged" : "created";
    return { id, profile, outcome, subscription, ...(error && { error }) };
  });
  concludeResults(results, "created");
}

/** What to do about a failure after some of the subscriptions were created. */
function explained(error: unknown, made: number, all: number): unknown {
  if (!(error instanceof CliError)) return error;
  const goOn = "Run the same command again with --if-exists reuse: it creates what is missing.";
  if (error instanceof Interruption) {
    return reworded(
      error,
      `Interrupted after ${made} of ${pluralize(all, "subscription")}: the next one may exist.`,
      ["Run `rcwh renew` to record what exists.", goOn],
    );
  }
  const why = whyRefused.get(error.code);
  const reason = why === undefined ? error : reworded(error, `${asSentence(error.message)} ${why}`);
  if (made === 0) return reason;
  return new CliError(
    `Created ${made} of ${pluralize(all, "subscription")}. ${asSentence(reason.message)}`,
    {
      exitCode: ExitCode.partial,
      code: "PARTIAL",
      hint: [...(error.hint?.split("\n") ?? []), goOn],
      cause: error,
    },
  );
}

/** What the codes mean where filters of several extensions are refused. */
const whyRefused: ReadonlyMap<string, string> = new Map([
  ["SUB-402", "One of the extensions is not a user, and has no presence."],
  ["SUB-403", "One of the users does not let others see their presence."],
  ["SUB-404", "One of the users does not let others pick up their calls."],
  ["SUB-405", "Only a super administrator may subscribe to other extensions."],
  ["SUB-406", "One of the extensions is in another account."],
  ["SUB-408", "One of the extensions left the account since it was listed."],
]);

function describeCount(existing: number, needed: number): string {
  if (existing === 0) return `${pluralize(needed, "subscription")}.`;
  const all = pluralize(existing + needed, "subscription");
  if (needed > 0)
    return `${existing} of ${all} ${existing === 1 ? "exists" : "exist"}, ${needed} to create.`;
  return `${all} ${existing === 1 ? "exists" : "exist"} already, unchanged.`;
}
