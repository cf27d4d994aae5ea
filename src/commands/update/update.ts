import { updateOperation } from "../../api/operations.ts";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import type { Account } from "../../lifecycle/account.ts";
import {
  type ChangeTarget,
  changeInPlace,
  findTarget,
  type PlannedChange,
  planChange,
} from "../../lifecycle/change-subscription.ts";
import type { ReplacementFlags } from "../../lifecycle/replacement/replacement-plan.ts";
import { refuseUnderWay } from "../../lifecycle/replacement/under-way.ts";
import { openAccount } from "../../operations/open-account.ts";
import { type NewTokenFlags, readVerificationToken } from "../../operations/verification-token.ts";
import { type ChangeFlags, parseChange } from "../../operations/wanted-change.ts";
import { parseAddress, sameAddress } from "../../subscriptions/address.ts";
import { describeUnhealthy, isHealthy } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { asksForArgument, collect, createCommand, type Manual } from "../flags/command.ts";
import { authFailure, tryLaterOrLocked } from "../flags/exit-codes.ts";
import { refuseBeside } from "../flags/flag-rules.ts";
import { breakBeforeMake } from "../flags/replacement-flags.ts";
import { addNewTokenFlags } from "../flags/verification-token-flags.ts";
import { plannedRequest, printPlan } from "../output/print-requests.ts";
import { printResults } from "../output/print-results.ts";
import { reportDifferences } from "../output/report-differences.ts";
import { replace, type TargetFlags } from "./update-replacement.ts";

export interface UpdateOptions extends ChangeFlags, NewTokenFlags, ReplacementFlags {
  readonly url?: string;
}

const manual: Manual = {
  commonFlags: [
    "--add-filter",
    "--remove-filter",
    "--expires-in",
    "--url",
    "--generate-verification-token",
  ],
  examples: {
    "rcwh update 3f2a --add-filter voicemail": "one more filter, everything else stays",
    "rcwh update 3f2a --filter sms,posts": "these filters, and no others",
    "rcwh update 3f2a --expires-in 10y": "a longer life",
    "rcwh update 3f2a --url https://example.com/new": "move it without losing an event",
    "rcwh update 3f2a --generate-verification-token --yes": "change the secret, unattended",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "updated|replaced|unchanged|would-update|would-replace",\n  "subscription", "newId", "requests": [ …what --dry-run would send ],\n  "gap": { "from", "to" } } ], "verificationToken" }',
  exitCodes: {
    1: "RingCentral refused the change",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "the endpoint failed RingCentral's handshake; the old one is unchanged",
    8: "changed, but is unhealthy, or lacks filters or lifetime that you asked for",
    9: "a replacement was declined, or nobody could confirm it (see --yes)",
  },
};

export function createUpdateCommand(context: CommandContext, run = updateSubscription) {
  const command = createCommand("update", context, manual)
    .description(
      "Change a subscription. Filters and lifetime change in place. RingCentral cannot change a URL or a verification token: for those, rcwh creates a new subscription, waits until it works, and deletes the old one. Until then both deliver. On a terminal, it asks for what is missing.",
    )
    .argument("<selector>", "an id, a unique prefix of one, or a URL")
    .optionsGroup("In place:")
    .option("--add-filter <filter>", "also deliver these events; repeatable", collect)
    .option("--remove-filter <filter>", "stop delivering these events; repeatable", collect)
    .option("-f, --filter <filter>", "replace the whole set of filters; repeatable", collect)
    .option("--expires-in <duration>", "7d, 36h, 10y, max, or an RFC 3339 time")
    .option("--allow-shorter", "let --expires-in shorten the lifetime")
    .optionsGroup("By replacement:")
    .option("-u, --url <url>", "new URL");
  refuseBeside(command, "--filter", ["--add-filter", "--remove-filter"], {
    message:
      "--filter replaces the whole set, so it cannot be combined with --add-filter or --remove-filter.",
    hint: "Use either --filter, or --add-filter and --remove-filter.",
  });
  addNewTokenFlags(command)
    .option("--require-token", "refuse if rcwh does not know the token in use")
    .option(...breakBeforeMake)
    .optionsGroup("Other:")
    .option("--allow-unknown-filter", "send filters that are not in the catalogue")
    .option("--dry-run", "print what would be done without doing it")
    .action((selector: string | undefined, options) =>
      selector === undefined || (!asksForChange(options) && context.io.interactive)
        ? askAndUpdate(selector, options, context)
        : run(selector, options, context),
    );
  return asksForArgument(command, context);
}

async function askAndUpdate(
  selector: string | undefined,
  options: UpdateOptions,
  context: CommandContext,
): Promise<void> {
  const { guideUpdate } = await import("./update-guide.ts");
  await guideUpdate(selector, { ...options }, asksForChange(options), context, (id, change, back) =>
    updateSubscription(id, { ...options, ...change }, back),
  );
}

/** @param overlap for how long both deliver in a replacement, milliseconds; `wait` is whether to stay so long */
export async function updateSubscription(
  selector: string,
  options: UpdateOptions,
  context: CommandContext,
  overlap: Pick<TargetFlags, "keepBoth" | "wait"> = {},
): Promise<void> {
  refuseNoChange(options);
  const parsed = parseChange(options, context.io.note);
  const { server } = await context.identity();
  const address = options.url === undefined ? undefined : parseAddress(options.url, server);
  const token = await readVerificationToken(options, context);

  const { keepBoth = 0, wait = true } = overlap;
  const account = await openAccount(context, wait && keepBoth > 0 ? 90_000 + keepBoth : undefined);
  const target = await findTarget(account, selector, options);
  const { subscription, inventory, address: current } = target;
  const change = planChange(account, target, parsed);
  for (const note of change.notes) context.io.note(note);

  const moves = address !== undefined && !sameAddress(address, current);
  const recorded = inventory.records.get(subscription.id);
  const isKnown = !recorded?.foreign && recorded?.verificationToken === token.token;
  if (!moves && (token.token === undefined || isKnown)) {
    return updateInPlace(target, change, options, account, context);
  }
  await refuseUnderWay(account, subscription, { replacing: true });
  const destination = { address: address ?? current, ...token };
  const flags = { ...options, ...overlap };
  return replace(subscription, change.request, destination, flags, inventory, account, context);
}

function asksForChange(options: UpdateOptions): boolean {
  const { addFilter, removeFilter, filter, expiresIn, url } = options;
  const { verificationToken, verificationTokenFile, generateVerificationToken } = options;
  const changes = [
    ...[addFilter, removeFilter, filter, expiresIn, url],
    ...[verificationToken, verificationTokenFile, generateVerificationToken],
  ];
  return changes.some((change) => change !== undefined);
}

function refuseNoChange(options: UpdateOptions): void {
  if (asksForChange(options)) return;
  throw new UsageError(
    "Nothing to change.",
    "Use --add-filter, --remove-filter, --filter, --expires-in, --url or a verification token; see `rcwh update --help`.",
  );
}

async function updateInPlace(
  target: ChangeTarget,
  change: PlannedChange,
  { dryRun }: UpdateOptions,
  account: Account,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const { subscription, inventory } = target;
  const { id, profile, api } = subscription;
  if (dryRun && !change.isInPlace) {
    const { server } = await context.identity();
    if (!isHealthy(subscription)) io.note(describeUnhealthy(subscription, nameOf(subscription)));
    const requests = [plannedRequest(updateOperation(api, id), server, change.request)];
    const plan = { id, profile, outcome: "would-update" as const, subscription, requests };
    return printPlan(plan, inventory.own, context);
  }
  const { result, own, differences } = await changeInPlace(account, target, change, dryRun);
  await printResults(context, [result], { own });
  if (result.outcome === "unchanged") {
    return io.note(`${nameOf(subscription)} is already up to date. Nothing was sent.`);
  }
  reportDifferences(differences, result.subscription, own, io);
}
