import { createOperation } from "../../api/operations.ts";
import { defaultServer } from "../../config/server.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError, withHint } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { parseEventFilters } from "../../filters/parse.ts";
import { printRecords } from "../../io/formats.ts";
import type { Account } from "../../lifecycle/account.ts";
import {
  type CreateOutcome,
  createSubscription as createOnAccount,
  type IfExists,
} from "../../lifecycle/create-subscription.ts";
import { type OwnedSubscription, readRecords } from "../../lifecycle/inventory.ts";
import { settleLifetime } from "../../lifecycle/new-subscription.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { usualFiltersPerSubscription } from "../../manifest/parts.ts";
import { complaintOf } from "../../operations/guide/verdict.ts";
import { openAccount } from "../../operations/open-account.ts";
import { writeTokenFile } from "../../operations/verification-token.ts";
import { lifetimeTolerance, remainingSeconds } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { collect, createCommand, type Manual } from "../flags/command.ts";
import { authFailure, tryLaterOrLocked } from "../flags/exit-codes.ts";
import { requireBeside } from "../flags/flag-rules.ts";
import { addNewTokenFlags } from "../flags/verification-token-flags.ts";
import { announceToken, withToken } from "../output/announce-token.ts";
import { plannedRequest, printRequests } from "../output/print-requests.ts";
import { reportDifferences } from "../output/report-differences.ts";
import { subscriptionColumns } from "../output/subscription-columns.ts";
import {
  type CreateOptions,
  type CreatePlan,
  prepareRequest,
  withOperands,
} from "./create-request.ts";

const manual: Manual = {
  commonFlags: [
    "--filter",
    "--url",
    "--expires-in",
    "--if-exists",
    "--generate-verification-token",
  ],
  examples: {
    "rcwh create posts https://example.com/hook": "new posts, for 7 days",
    "rcwh create sms,voicemail https://example.com/hook --expires-in 10y":
      "two filters, for as long as RingCentral allows",
    "rcwh create --filter 'account/~/extension/~/message-store?type=SMS' --url https://…":
      "a filter with a query: quote it",
    "rcwh create presence https://… --if-exists reuse --generate-verification-token":
      "safe to run again, with a secret that every delivery carries",
    "rcwh create sms https://… --extensions all":
      "everybody's text messages, in as few subscriptions as possible",
    "rcwh create posts https://… --dry-run": "print the request without sending it",
  },
  json: '{ "schemaVersion": 1, "subscriptions": [ { …as RingCentral has it, "profile", "api" } ] }',
  exitCodes: {
    1: "RingCentral refused it, or it already exists (see --if-exists)",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "the endpoint failed RingCentral's handshake; nothing was created",
    7: "--extensions: only some of the subscriptions were created",
    8: "it exists, but is unhealthy or has less than you asked for",
  },
};

export function createCreateCommand(context: CommandContext, run = createSubscription) {
  const command = createCommand("create", context, manual)
    .description(
      "Create a webhook subscription. RingCentral first sends a Validation-Token to the URL, and creates the subscription only if the endpoint echoes it. On a terminal it asks for what is missing, and lets you search for a filter that it does not know.",
    )
    .argument("[filter]", "events to deliver, as for --filter")
    .argument("[url]", "https URL of your endpoint, as for --url")
    .optionsGroup("What and where:")
    .option("-f, --filter <filter>", "events to deliver; repeat or separate with commas", collect)
    .option("-u, --url <url>", "https URL of your endpoint")
    .option("--expires-in <duration>", "7d, 36h, 10y, max, or an RFC 3339 time (default: 7d)")
    .option("--remind <threshold>", "add a reminder before expiry, such as 3d or 3d/12h")
    .option("--if-exists <action>", "error, reuse or new (default: error)")
    .option(
      "--extensions <selector>",
      "whose events to deliver instead of your own: all (every enabled user), extension numbers or ids, queue:<name>, site:<name> or department:<name>; repeat or separate with commas",
      collect,
    )
    .option(
      "--filters-per-subscription <n>",
      `with --extensions: filters in one subscription (default: ${usualFiltersPerSubscription})`,
    )
    .optionsGroup("Verification token (sent with every delivery):");
  requireBeside(command, "--filters-per-subscription", ["--extensions"], {
    message: "--filters-per-subscription needs --extensions.",
    hint: "Add --extensions, such as --extensions all, or leave it out.",
  });
  return addNewTokenFlags(command)
    .optionsGroup("Other:")
    .option("--allow-unknown-filter", "send filters that are not in the catalogue")
    .option("--dry-run", "print the request without sending it")
    .action((filter, url, options) => run(withOperands([filter, url], options), context));
}

/** On a terminal, it asks for what is missing, and for filters in place of unknown ones. */
export async function createSubscription(
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  parseIfExists(options.ifExists ?? "error");
  if (!context.io.interactive || isComplete(options)) return createFrom(options, context);
  const { askAfterRefusal, guideCreate } = await import("./guide.ts");
  const guided = await guideCreate(options, context);
  if (guided.profile !== undefined) context.preferProfile(guided.profile);
  for (let from = guided.options; ; ) {
    try {
      return await createFrom(from, context);
    } catch (error) {
      const isRefusal = error instanceof CliError && error.exitCode === ExitCode.endpoint;
      if (!isRefusal || from.url === undefined || from.extensions) throw error;
      from = { ...from, url: await askAfterRefusal(error, from.url, context) };
    }
  }
}

function isComplete({ filter, url, allowUnknownFilter }: CreateOptions): boolean {
  if (filter === undefined || url === undefined) return false;
  const options = { allowUnknown: allowUnknownFilter === true };
  return !complaintOf(() => parseEventFilters(filter, options));
}

async function createFrom(options: CreateOptions, context: CommandContext): Promise<void> {
  const action = parseIfExists(options.ifExists ?? "error");
  if (options.extensions) {
    const { createForExtensions } = await import("./create-extensions.ts");
    return createForExtensions({ ...options, extensions: options.extensions }, action, context);
  }
  if (options.dryRun) return printPlannedRequest(options, context);
  const server = async () => (await context.identity()).server;
  const prepared = await prepareRequest(options, server, context);
  const account = await openAccount(context);
  const { verificationTokenOut: path } = options;
  const { token } = prepared;
  const isInFile = path !== undefined && token !== undefined;
  let isWritten = false;
  const { outcome, ...created } = await createOnAccount(account, prepared, {
    ifExists: action,
    ...(isInFile && {
      prepare: async () => {
        const remove = await writeTokenFile(path, token);
        isWritten = true;
        return async () => {
          await remove();
          isWritten = false;
        };
      },
    }),
  }).catch((error: unknown) => {
    throw isWritten && path !== undefined && error instanceof CliError
      ? withTokenFile(error, path)
      : error;
  });
  if (outcome === "exists") return reuse(created, prepared, options, account, context);
  const shown = isInFile ? { ...prepared, generated: false } : prepared;
  await printCreated(created, shown, serverNow(account), context);
  if (await context.outputError()) throw unseen(created.subscription, shown);
  if (isInFile) context.io.note(`Its verification token is in ${path}.`);
}

/** For a create that may or may not have worked. */
function withTokenFile(error: CliError, path: string): CliError {
  const where = `If it was created, its verification token is in ${path}.`;
  return withHint(error, [...(error.hint?.split("\n") ?? []), where]);
}

function parseIfExists(text: string): IfExists {
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
  const { api, request } = settleLifetime(prepared, context.clock.now(), context.io.warn);
  await printRequests([plannedRequest(createOperation(api), await server(), request)], context);
}

type Created = Omit<CreateOutcome, "outcome">;

/** Leaves it unchanged, and says how it differs from what was asked. */
async function reuse(
  { subscription, request: { expiresIn }, own, differences }: Created,
  { token, generated, lifetime }: CreatePlan,
  { verificationTokenFile: tokenFile = "token.txt" }: CreateOptions,
  account: Account,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const { id } = subscription;
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
  reportDifferences(differences, subscription, own, io);
}

async function printCreated(
  { subscription, request, own, differences }: Created,
  { token, generated }: CreatePlan,
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
