import { createOperation } from "../api/operations.ts";
import { defaultServer } from "../config/server.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, Interruption, reworded, UsageError } from "../errors.ts";
import type { OwnIds } from "../filters/compare.ts";
import { printRecords } from "../io/formats.ts";
import type { Account } from "../lifecycle/account.ts";
import { createRecorded } from "../lifecycle/create-recorded.ts";
import {
  findOwnIds,
  listOwned,
  type OwnedSubscription,
  readRecords,
} from "../lifecycle/inventory.ts";
import { whileReplacing } from "../lifecycle/replacement.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { finishJournal, warnOfUnfinished } from "../lifecycle/unfinished-replacements.ts";
import { shellWord } from "../machine/shell-word.ts";
import { openAccount } from "../operations/open-account.ts";
import { writeTokenFile } from "../operations/verification-token.ts";
import { comparedWithAsked, isSameWebhook } from "../subscriptions/compare.ts";
import { lifetimeTolerance, remainingSeconds } from "../subscriptions/lifetime.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import { relativeExpiry } from "../subscriptions/time.ts";
import {
  type CreateOptions,
  type CreatePlan,
  prepareRequest,
  settleLifetime,
} from "./create-request.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addNewTokenFlags } from "./flags/verification-token-flags.ts";
import { announceToken, withToken } from "./output/announce-token.ts";
import { plannedRequest, printRequest } from "./output/print-requests.ts";
import { reportDifferences } from "./output/report-differences.ts";
import { subscriptionColumns } from "./output/subscription-columns.ts";

const manual: Manual = {
  examples: {
    "rcwh create --filter posts --url https://example.com/hook": "new posts, for 7 days",
    "rcwh create --filter sms,voicemail --url https://example.com/hook --expires-in 10y":
      "two filters, for as long as RingCentral allows",
    "rcwh create --filter 'account/~/extension/~/message-store?type=SMS' --url https://…":
      "a filter with a query: quote it",
    "rcwh create --filter presence --url https://… --generate-verification-token":
      "with a secret that every delivery carries",
    "rcwh create --filter posts --url https://… --if-exists reuse": "safe to run again",
    "rcwh create --filter posts --url https://… --dry-run": "print the request without sending it",
  },
  json: '{ "schemaVersion": 1, "subscriptions": [ { …as RingCentral has it, "profile", "api" } ] }',
  exitCodes: {
    1: "RingCentral refused it, or it already exists (see --if-exists)",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "the endpoint failed RingCentral's handshake; nothing was created",
    8: "it exists, but is unhealthy or has less than you asked for",
  },
};

export function createCreateCommand(context: CommandContext, run = createSubscription) {
  const command = createCommand("create", context, manual)
    .description(
      "Create a webhook subscription. RingCentral first sends a Validation-Token to the URL, and creates the subscription only if the endpoint echoes it.",
    )
    .optionsGroup("What and where:")
    .option("--filter <filter>", "events to deliver; repeat or separate with commas", collect)
    .option("--url <url>", "https URL of your endpoint")
    .option("--expires-in <duration>", "7d, 36h, 10y, max, or an RFC 3339 time (default: 7d)")
    .option("--remind <threshold>", "add a reminder before expiry, such as 3d or 3d/12h")
    .option("--if-exists <action>", "error, reuse or new (default: error)")
    .optionsGroup("Verification token (sent with every delivery):");
  return addNewTokenFlags(command)
    .optionsGroup("Other:")
    .option("--allow-unknown-filter", "send filters that the catalogue does not know")
    .option("--dry-run", "print the request without sending it")
    .action((options) => run(options, context));
}

export async function createSubscription(
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  const action = parseIfExists(options.ifExists ?? "error");
  if (options.dryRun) return printPlannedRequest(options, context);
  const server = async () => (await context.identity()).server;
  const prepared = await prepareRequest(options, server, context);
  const { api } = prepared;

  const account = await openAccount(context);
  const finished = await finishJournal(account);
  if (finished) warnOfUnfinished(finished, account);
  await whileReplacing(account, async () => {
    const existing = await listOwned(account, api);
    const plan = settleLifetime(prepared, serverNow(account), context);
    const { request } = plan;
    const own = await findOwnIds(account.client, existing);
    const duplicate = findDuplicate(existing, request, own);
    if (duplicate && action === "error") refuseDuplicate(duplicate);
    if (duplicate && action === "reuse")
      return reuse(duplicate, plan, options, own, account, context);

    const { verificationTokenOut: path } = options;
    const isInFile = path !== undefined && plan.token !== undefined;
    if (isInFile) await writeTokenFile(path, plan.token);
    const subscription = await create(account, { api, request }, existing);
    const ownNow = await findOwnIds(account.client, [subscription, ...existing]);
    const shown = isInFile ? { ...plan, generated: false } : plan;
    await printCreated(subscription, shown, ownNow, serverNow(account), context);
    if (await context.outputError()) throw unseen(subscription, shown);
    if (isInFile) context.io.note(`Its verification token is in ${path}.`);
  });
}

function parseIfExists(text: string): "error" | "reuse" | "new" {
  if (text === "error" || text === "reuse" || text === "new") return text;
  throw new UsageError(
    `Invalid --if-exists value ${JSON.stringify(text)}: use error, reuse or new.`,
  );
}

/** Sends nothing, so it works without signing in. */
async function printPlannedRequest(options: CreateOptions, context: CommandContext): Promise<void> {
  const server = () =>
    context.identity().then(
      (identity) => identity.server,
      (error: unknown) => {
        if (error instanceof CliError && error.code === "NOT_SIGNED_IN") return defaultServer;
        throw error;
      },
    );
  const prepared = await prepareRequest(options, server, context);
  const { api, request } = settleLifetime(prepared, context.clock.now(), context);
  await printRequest(plannedRequest(createOperation(api), await server(), request), context);
}

/** A subscription with the same URL and filters, preferably one that delivers. */
function findDuplicate(
  existing: readonly OwnedSubscription[],
  { deliveryMode, eventFilters }: CreateSubscriptionRequest,
  own: OwnIds,
): OwnedSubscription | undefined {
  const alike = existing.filter((each) =>
    isSameWebhook(each, deliveryMode.address, eventFilters, own),
  );
  return alike.find(({ status }) => status === "Active") ?? alike[0];
}

function refuseDuplicate(existing: OwnedSubscription): never {
  const { id, status } = existing;
  throw new CliError(
    `A subscription with the same URL and filters already exists: ${nameOf(existing)}, ${status}. A second one would deliver every event twice.`,
    {
      exitCode: ExitCode.failure,
      code: "DUPLICATE",
      hint: `Extend it with \`rcwh renew ${id}\`, keep it with --if-exists reuse, or add --if-exists new.`,
    },
  );
}

/** Leaves it unchanged, and says how it differs from what was asked. */
async function reuse(
  subscription: OwnedSubscription,
  { request, token, generated, lifetime }: CreatePlan,
  { verificationTokenFile: tokenFile = "token.txt" }: CreateOptions,
  own: OwnIds,
  account: Account,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const { id } = subscription;
  const { eventFilters, expiresIn } = request;
  await printSubscription(subscription, undefined, own, context);
  io.note("It already exists and is unchanged.");
  const records = await readRecords(account);
  if (token !== undefined && records.get(id)?.verificationToken !== token) {
    io.warn(
      `${nameOf(subscription)} does not have the ${generated ? "new" : "given"} verification token. Set it with \`rcwh update ${id} ${generated ? "--generate-verification-token" : `--verification-token-file ${shellWord(tokenFile)}`}\`.`,
    );
  }
  const now = serverNow(account);
  const remaining = remainingSeconds(subscription, now);
  if (expiresIn !== undefined && remaining < expiresIn - lifetimeTolerance) {
    const expires = relativeExpiry(remaining * 1000);
    io.note(`It expires ${expires}; \`rcwh renew ${id} --expires-in ${lifetime}\` extends it.`);
  }
  const differences = comparedWithAsked({ eventFilters }, subscription, { now, own });
  reportDifferences(differences, subscription, own, io);
}

async function create(
  account: Account,
  what: Pick<CreatePlan, "api" | "request">,
  existing: readonly OwnedSubscription[],
): Promise<OwnedSubscription> {
  try {
    return await createRecorded(account, what, existing);
  } catch (error) {
    if (!(error instanceof Interruption) || error.exitCode === ExitCode.ok) throw error;
    const message = "Interrupted while creating the subscription: it may exist.";
    throw reworded(error, message, "Find out with `rcwh renew`, which puts it on record.");
  }
}

async function printCreated(
  subscription: OwnedSubscription,
  { request, token, generated }: CreatePlan,
  own: OwnIds,
  now: number,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  await printSubscription(subscription, generated ? token : undefined, own, context);
  if (request.expiresIn === undefined) {
    const expires = relativeExpiry(remainingSeconds(subscription, now) * 1000);
    io.note(
      `It expires ${expires}, RingCentral's default. Keep it alive with \`rcwh renew\` from cron, or choose a longer --expires-in.`,
    );
  }
  const differences = comparedWithAsked(request, subscription, { now, own });
  reportDifferences(differences, subscription, own, io);
}

/** The output that shows the subscription could not be written. */
function unseen(subscription: OwnedSubscription, { generated }: CreatePlan): CliError {
  const { id } = subscription;
  return new CliError(`${nameOf(subscription)} was created.`, {
    hint: generated
      ? `If its verification token was in that output, give it a new one with \`rcwh rotate-token ${id}\`.`
      : `See it with \`rcwh show ${id}\`.`,
  });
}

async function printSubscription(
  subscription: OwnedSubscription,
  generatedToken: string | undefined,
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  await printRecords(io, {
    key: "subscriptions",
    records: [withToken(subscription, generatedToken, io)],
    columns: subscriptionColumns(context, [subscription], own),
    ...(generatedToken !== undefined && { extra: { verificationToken: generatedToken } }),
  });
  announceToken(generatedToken, io);
}
