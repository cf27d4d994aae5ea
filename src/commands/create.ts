import type { RingCentralClient } from "../api/client.ts";
import { createOperation } from "../api/operations.ts";
import { defaultServer } from "../config/server.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, Interruption, UsageError } from "../errors.ts";
import { type OwnIds, sameFilters } from "../filters/compare.ts";
import { printRecords } from "../io/formats.ts";
import { type Creation, createOnce } from "../lifecycle/creation.ts";
import {
  findOwnIds,
  type OwnedSubscription,
  openRecords,
  owned,
  readRecords,
} from "../lifecycle/inventory.ts";
import { sameAddress } from "../subscriptions/address.ts";
import { comparedWithAsked } from "../subscriptions/compare.ts";
import { lifetimeTolerance, remainingSeconds } from "../subscriptions/lifetime.ts";
import { allFilters } from "../subscriptions/renewal.ts";
import type { CreateSubscriptionRequest, Subscription } from "../subscriptions/subscription.ts";
import { relativeExpiry } from "../subscriptions/time.ts";
import { type CreateOptions, type CreateWish, prepareRequest } from "./create-request.ts";
import { collect, createCommand, renderManual } from "./flags/command.ts";
import { addNewTokenFlags } from "./flags/verification-token-flags.ts";
import { announceToken, withToken } from "./output/announce-token.ts";
import { plannedRequest, printRequest } from "./output/print-requests.ts";
import { reportDifferences } from "./output/report-differences.ts";
import { subscriptionColumns } from "./output/subscription-columns.ts";

const manual = renderManual({
  examples: [
    ["rcwh create --filter posts --url https://example.com/hook", "new posts, for 7 days"],
    [
      "rcwh create --filter sms,voicemail --url https://example.com/hook --expires-in 10y",
      "two filters, for as long as RingCentral allows",
    ],
    [
      "rcwh create --filter 'account/~/extension/~/message-store?type=SMS' --url https://…",
      "a filter with a query: quote it",
    ],
    [
      "rcwh create --filter presence --url https://… --generate-verification-token",
      "with a secret that every delivery carries",
    ],
    ["rcwh create --filter posts --url https://… --if-exists reuse", "safe to run again"],
    ["rcwh create --filter posts --url https://… --dry-run", "see the request, send nothing"],
  ],
  json: '{ "schemaVersion": 1, "subscriptions": [ { …as RingCentral has it, "profile", "api" } ] }',
  exitCodes: [0, 1, 2, 4, 5, 6, 8],
});

export function createCreateCommand(context: CommandContext, run = createSubscription) {
  const command = createCommand("create", context)
    .description(
      "Create a webhook subscription. RingCentral sends the URL a Validation-Token first, and makes the subscription only if the answer is right.",
    )
    .optionsGroup("What and where:")
    .option("--filter <filter>", "events to deliver; repeat, or separate by commas", collect)
    .option("--url <url>", "where to deliver them, https")
    .option("--expires-in <duration>", "7d, 36h, 10y, max, or an RFC 3339 time (default: 7d)")
    .option("--remind <threshold>", "add a reminder before expiry, such as 3d or 3d/12h")
    .option("--if-exists <action>", "error, reuse or new (default: error)")
    .optionsGroup("Verification token (sent with every delivery):");
  return addNewTokenFlags(command)
    .optionsGroup("Other:")
    .option("--allow-unknown-filter", "send filters that the catalogue does not know")
    .option("--dry-run", "print the request, and send nothing")
    .addHelpText("after", manual)
    .action((options) => run(options, context));
}

export async function createSubscription(
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  const action = parseIfExists(options.ifExists ?? "error");
  if (options.dryRun) return printWish(options, context);
  const { profile, server } = await context.identity();
  const wish = await prepareRequest(options, server, context);
  const { api, request } = wish;

  const client = await context.api();
  const existing = (await client.list(api)).map((each) => owned(each, profile, api));
  const own = await findOwnIds(client, existing);
  const duplicate = findDuplicate(existing, request, own);
  if (duplicate && action === "error") refuseDuplicate(duplicate);
  if (duplicate && action === "reuse") return reuse(duplicate, wish, own, context);

  const knownIds = new Set(existing.map(({ id }) => id));
  const subscription = owned(await make(client, { api, request, knownIds }, context), profile, api);
  await record(subscription, request, context);
  await printCreated(
    subscription,
    wish,
    await findOwnIds(client, [subscription, ...existing]),
    context,
  );
}

function parseIfExists(text: string): "error" | "reuse" | "new" {
  if (text === "error" || text === "reuse" || text === "new") return text;
  throw new UsageError(`--if-exists ${text} is no choice.`, "Use error, reuse or new.");
}

/** Sends nothing, so nobody need be signed in. */
async function printWish(options: CreateOptions, context: CommandContext): Promise<void> {
  const server = await context.identity().then(
    (identity) => identity.server,
    (error: unknown) => {
      if (error instanceof CliError && error.code === "NOT_SIGNED_IN") return defaultServer;
      throw error;
    },
  );
  const { api, request } = await prepareRequest(options, server, context);
  await printRequest(plannedRequest(createOperation(api), server, request), context);
}

/** Of several, one that delivers. */
function findDuplicate(
  existing: readonly OwnedSubscription[],
  { deliveryMode, eventFilters }: CreateSubscriptionRequest,
  own: OwnIds,
): OwnedSubscription | undefined {
  const alike = existing.filter(
    (each) =>
      sameAddress(each.deliveryMode.address, deliveryMode.address) &&
      sameFilters(allFilters(each, own), eventFilters, own),
  );
  return alike.find(({ status }) => status === "Active") ?? alike[0];
}

function refuseDuplicate({ id, status }: OwnedSubscription): never {
  throw new CliError(
    `There is one with the same URL and filters already: ${id} (${status}). A second one would deliver every event twice.`,
    {
      exitCode: ExitCode.failure,
      code: "DUPLICATE",
      hint: `Keep it with --if-exists reuse, extend it with \`rcwh renew ${id}\`, or insist with --if-exists new.`,
    },
  );
}

/** Leaves it as it is, and says in what that is not what was asked. */
async function reuse(
  subscription: OwnedSubscription,
  { request, token, generated, lifetime }: CreateWish,
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { io, clock } = context;
  const { id } = subscription;
  const { eventFilters, expiresIn } = request;
  await printSubscription(subscription, undefined, own, context);
  io.note("It exists already, and was left as it is.");
  const records = await readRecords(context);
  if (token !== undefined && records.get(id)?.verificationToken !== token) {
    io.warn(
      `${id} does not have the ${generated ? "new" : "given"} verification token. Give it one with \`rcwh update ${id} ${generated ? "--generate-verification-token" : "--verification-token-file <path>"}\`.`,
    );
  }
  const remaining = remainingSeconds(subscription, clock.now());
  if (expiresIn !== undefined && remaining < expiresIn - lifetimeTolerance) {
    const expires = relativeExpiry(remaining * 1000);
    io.note(`It expires ${expires}; \`rcwh renew ${id} --expires-in ${lifetime}\` extends it.`);
  }
  const differences = comparedWithAsked({ eventFilters }, subscription, { now: clock.now(), own });
  reportDifferences(differences, subscription, own, io);
}

async function make(
  client: RingCentralClient,
  creation: Creation,
  context: CommandContext,
): Promise<Subscription> {
  try {
    return await createOnce(context, client, creation);
  } catch (error) {
    if (!(error instanceof Interruption) || error.exitCode === ExitCode.ok) throw error;
    throw new CliError("Interrupted while the subscription was being made: it may be there.", {
      exitCode: error.exitCode,
      code: error.code,
      hint: "See whether it is with `rcwh list`.",
      cause: error,
    });
  }
}

async function record(
  { id, api, expirationTime }: OwnedSubscription,
  { eventFilters, deliveryMode, expiresIn }: CreateSubscriptionRequest,
  context: CommandContext,
): Promise<void> {
  const { address, verificationToken } = deliveryMode;
  await (await openRecords(context)).save({
    id,
    api,
    eventFilters,
    address,
    expirationTime,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(verificationToken !== undefined && { verificationToken }),
  });
}

async function printCreated(
  subscription: OwnedSubscription,
  { request, token, generated }: CreateWish,
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { io, clock } = context;
  const now = clock.now();
  await printSubscription(subscription, generated ? token : undefined, own, context);
  if (request.expiresIn === undefined) {
    const expires = relativeExpiry(remainingSeconds(subscription, now) * 1000);
    io.note(
      `It expires ${expires}, RingCentral's default. Keep it alive with \`rcwh renew\` from cron, or ask for more with --expires-in.`,
    );
  }
  const differences = comparedWithAsked(request, subscription, { now, own });
  reportDifferences(differences, subscription, own, io);
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
