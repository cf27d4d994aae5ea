import { resolve } from "node:path";
import { variablesOf } from "../config/external-accounts.ts";
import type { CommandContext } from "../context.ts";
import { createChangeLimit } from "../lifecycle/change-limit.ts";
import { describeGap } from "../lifecycle/replacement/gap.ts";
import { type EnsureRequest, ensureAccount } from "../manifest/ensure-account.ts";
import { type AccountFlags, isMany } from "../operations/accounts/accounts.ts";
import { type ManifestFlags, type ManifestOf, openManifest } from "../operations/load-manifest.ts";
import { openAccount } from "../operations/open-account.ts";
import type { RunReportFlags } from "../operations/reporting/reporter.ts";
import { oneRunAtATime } from "../operations/reporting/run-lock.ts";
import { type RunReport, reportRun } from "../operations/reporting/run-report.ts";
import { choosePause, sleepFirst } from "../operations/reporting/start-pause.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import { unattendedDeadline } from "../subscriptions/limits.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addManifestFlags } from "./flags/manifest-flags.ts";
import { breakBeforeMake } from "./flags/replacement-flags.ts";
import { addRunReportFlags } from "./flags/run-report-flags.ts";
import { createRunOutput, type RunOutput } from "./output/run-output.ts";

export interface EnsureOptions extends ManifestFlags, AccountFlags, RunReportFlags {
  readonly within?: string;
  readonly all?: true;
  readonly allowDeletes?: true;
  readonly prune?: true;
  readonly allowShorter?: true;
  readonly breakBeforeMake?: true;
  readonly ignore?: readonly string[];
  readonly maxChanges?: string;
  readonly dryRun?: true;
  readonly jitter?: string;
  readonly wait?: true;
  readonly retryFailed?: true;
}

const manual: Manual = {
  commonFlags: ["--file", "--allow-deletes", "--within", "--dry-run", "--all-profiles"],
  examples: {
    "rcwh ensure -f rcwh.yaml": "apply the file, renew what is due, recover what is blacklisted",
    "rcwh ensure -q -f /etc/rcwh.yaml --jitter 5m": "from cron: silent while all is well",
    "rcwh ensure -f rcwh.yaml --profiles-from accounts.ndjson":
      "the same webhooks for every account, with variables from its line",
    "rcwh ensure -f rcwh.yaml --allow-deletes": "also delete what the file no longer names",
    "rcwh ensure -f rcwh.yaml --all": "also renew and recover what the file does not name",
    "rcwh ensure -f rcwh.yaml --dry-run": "what would be done",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile", "webhook",\n  "outcome": "created|updated|replaced|deleted|adopted|skipped … and those of `rcwh renew`",\n  "subscription", "newId", "gap": { "from", "to" }, "error" } ] }\nFor several accounts also "failures": [ { "profile", "error" } ]; -o ndjson streams the results.',
  exitCodes: {
    1: "RingCentral refused a change or a renewal",
    2: "the file is invalid, or a webhook matches several subscriptions",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "an endpoint failed RingCentral's handshake",
    7: "some changes failed, or all did for different reasons",
    8: "some need attention: blacklisted, disabled filters, not deleted",
  },
};

export function createEnsureCommand(context: CommandContext, run = ensureWebhooks) {
  const command = createCommand("ensure", context, manual).description(
    "Apply rcwh.yaml, renew what is due and recover what is blacklisted, in one run with one report. Made for cron: it never prompts, and deletes nothing without --allow-deletes. Touches only webhooks that the file names. Only one run per profile works at a time: a second one exits with 5.",
  );
  const changes = addManifestFlags(command)
    .optionsGroup("Changes:")
    .option("--allow-deletes", "delete what the file no longer names")
    .option("--prune", "the same as --allow-deletes")
    .option("--allow-shorter", "shorten lifetimes now instead of at the next renewal")
    .option(...breakBeforeMake)
    .option("--max-changes <n>", "change nothing if more subscriptions than this would be touched")
    .optionsGroup("Renewal:")
    .option("--within <duration>", "renew what expires within this time")
    .option("--all", "also renew and recover what the file does not name")
    .option(
      "--ignore <selector>",
      "do not report problems with this subscription; repeatable",
      collect,
    )
    .option("--dry-run", "print what would be done without doing it")
    .option("--jitter <duration>", "start after a random pause of up to this long")
    .option("--wait", "wait for the other run instead of exiting with 5");
  const withRetry = addAccountFlags(changes).option(
    "--retry-failed",
    "also try accounts that are skipped after permanent failures",
  );
  return addRunReportFlags(withRetry).action((options) => run(options, context));
}

export async function ensureWebhooks(
  options: EnsureOptions,
  context: CommandContext,
): Promise<void> {
  const pause = choosePause(options, context);
  const request = createRequest(options, context);
  const deadline = unattendedDeadline + pause;
  const many = isMany(context, options);
  const manifestOf = await openManifest(context, options);
  await reportRun(context, "ensure", options, async (run) => {
    await sleepFirst(pause, context);
    const output = createRunOutput(context, many, true);
    const ensure = (account: CommandContext) =>
      ensureInTurn(account, manifestOf, request, { options, many, deadline, run, output });
    const failures = await run
      .forEachAccount(options, ensure, deadline)
      .catch(async (error: unknown) => {
        // What was done until then is worth knowing.
        if (output.total > 0) await output.end([]);
        throw error;
      });
    await output.end(failures);
    context.io.note(output.total > 0 ? output.summarize() : "No webhooks.");
    output.conclude("ensured");
  });
}

function createRequest(options: EnsureOptions, { settings }: CommandContext): EnsureRequest {
  const { within, ignore = [], maxChanges, dryRun = false } = options;
  const changes = createChangeLimit(maxChanges, "See what it would do with --dry-run");
  return {
    renewal: {
      within: within === undefined ? undefined : parseDuration(within, "--within", "h"),
      expiresIn: undefined,
      ...{ ignore, changes, dryRun, recover: true, recreate: false },
      showSecrets: settings.showSecrets,
    },
    changes,
    allowDeletes: options.allowDeletes === true || options.prune === true,
    allowShorter: options.allowShorter ?? false,
    breakBeforeMake: options.breakBeforeMake ?? false,
    all: options.all ?? false,
  };
}

interface Turn {
  readonly options: EnsureOptions;
  readonly many: boolean;
  readonly deadline: number;
  readonly run: RunReport;
  readonly output: RunOutput;
}

async function ensureInTurn(
  context: CommandContext,
  manifestOf: ManifestOf,
  request: EnsureRequest,
  { options: { wait, dryRun, file: path = "rcwh.yaml" }, many, deadline, run, output }: Turn,
): Promise<void> {
  // Of a single account the file may name the profile, so that its identity is not known yet.
  const variables = many ? variablesOf(await context.identity()) : undefined;
  const manifest = await manifestOf(context, variables);
  const file = path === "-" ? undefined : resolve(path);
  const scope = { isComplete: !dryRun, printsLater: output.printsLater, file };
  const ensure = () =>
    run.account(context, scope, async (report) => {
      const account = await openAccount(context, deadline);
      const ensured = await ensureAccount(account, manifest, request, (all) => report.list(all));
      context.io.endProgress();
      const { results, inventory, gone, stoppedBy, plan } = ensured;
      report.gone = gone;
      report.add(results);
      for (const result of results) if (result.gap) context.io.warn(describeGap(result));
      await output.add(results, inventory);
      if (stoppedBy) throw stoppedBy;
      output.completeAccount();
      if (plan.notManaged > 0 && !request.all) {
        const are =
          plan.notManaged === 1 ? "1 subscription is" : `${plan.notManaged} subscriptions are`;
        context.io.detail(`${are} not managed, and left alone.`);
      }
    });
  // A dry run changes nothing, so it needs no lock.
  if (dryRun) return ensure();
  const longestWait = wait ? context.deadlineAt(deadline) - context.clock.now() : 0;
  return oneRunAtATime(context, longestWait, ensure);
}
