import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { isForPrograms } from "../io/format.ts";
import type { Account } from "../lifecycle/account.ts";
import { type ChangeLimit, createChangeLimit } from "../lifecycle/change-limit.ts";
import { describeGap } from "../lifecycle/replacement/gap.ts";
import { type Applied, type AppliedChange, applyChanges } from "../manifest/apply-changes.ts";
import { type Change, isPending, type Plan } from "../manifest/change.ts";
import { resultOfHeld } from "../manifest/held.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { summarizeMembers } from "../manifest/members.ts";
import { type PlanRequest, planAccount, previewAccount } from "../manifest/plan-account.ts";
import { findMoved, isSamePlan, parsePlan, type SavedPlan } from "../manifest/saved-plan.ts";
import { confirm } from "../operations/confirm.ts";
import { loadManifest, type ManifestFlags } from "../operations/load-manifest.ts";
import { openAccount } from "../operations/open-account.ts";
import { oneRunAtATime } from "../operations/reporting/run-lock.ts";
import { readText } from "../operations/text-input.ts";
import { createTokenFile, type TokenFile } from "../operations/token-file.ts";
import { generateToken } from "../operations/verification-token.ts";
import { unattendedDeadline } from "../subscriptions/limits.ts";
import { nameOf } from "../subscriptions/name.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { addManifestFlags } from "./flags/manifest-flags.ts";
import { breakBeforeMake } from "./flags/replacement-flags.ts";
import { type HandedOver, handOverTokens, tokenLines } from "./output/announce-token.ts";
import { concludeResults } from "./output/conclude-results.ts";
import { extraOf, printChanges, renderChanges, summarizePlan } from "./output/print-changes.ts";

export interface ApplyOptions extends ManifestFlags {
  readonly target?: readonly string[];
  readonly allowShorter?: true;
  readonly allowDeletes?: true;
  readonly prune?: true;
  readonly keepGoing?: true;
  readonly maxChanges?: string;
  readonly breakBeforeMake?: true;
  readonly verificationTokenOut?: string;
  readonly dryRun?: true;
  readonly wait?: true;
}

const manual: Manual = {
  commonFlags: ["--file", "--allow-deletes", "--target", "--max-changes", "--dry-run"],
  examples: {
    "rcwh apply": "what `rcwh plan` shows, after a confirmation",
    "rcwh apply --yes": "unattended, such as in CI",
    "rcwh apply --yes --allow-deletes": "also delete what the file no longer names",
    "rcwh apply plan.json --yes": "what `rcwh plan --out plan.json` saved, and nothing else",
    "rcwh apply --target orders": "one webhook of the file",
    "rcwh apply --yes --verification-token-out tokens.txt": "generated tokens go to a new file",
  },
  json: '{ "schemaVersion": 1, "changes": [ { …as `rcwh plan` has it,\n  "outcome": "created|recreated|updated|replaced|deleted|adopted|unchanged|skipped|\n    refused|try-later|gone|not-tried|interrupted",\n  "newId", "gap": { "from", "to" }, "error" } ],\n  "notManaged": 30, "heldBack" }\nBefore anything changes also "verificationTokens": { "<name>": "<generated token>" }.',
  exitCodes: {
    1: "RingCentral refused a change",
    2: "the file or the plan is invalid, or the plan is for another user",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "an endpoint failed RingCentral's handshake",
    7: "some could not be applied, or all failed for different reasons",
    8: "some need attention: not deleted, no matching extension, or outdated plan",
    9: "declined, or nobody could confirm (see --yes); nothing was changed",
  },
};

export function createApplyCommand(context: CommandContext, run = applyManifest) {
  const command = createCommand("apply", context, manual)
    .description(
      "Make RingCentral's webhooks match rcwh.yaml: create, update, replace, then delete. A new URL or token requires a replacement: both deliver until the new one works. After an interruption, run it again to continue; a saved plan that was partly applied must be made again. A saved plan still needs its file and variables. Only one run per profile works at a time, renewals included.",
    )
    .argument("[plan]", "a file from `rcwh plan --out`; refused if something changed since");
  return addManifestFlags(command)
    .optionsGroup("Changes:")
    .option("--allow-deletes", "delete what the file no longer names")
    .option("--prune", "the same as --allow-deletes")
    .option("--allow-shorter", "shorten lifetimes now instead of at the next renewal")
    .option(...breakBeforeMake)
    .option("--target <name>", "only this webhook; repeat for others", collect)
    .option("--max-changes <n>", "change nothing if there are more changes than this")
    .option("--keep-going", "continue with the others after a failure")
    .option("--verification-token-out <file>", "write generated tokens to this new file (0600)")
    .option("--dry-run", "print what would be done without doing it")
    .option("--wait", "wait for the other run instead of exiting with 5")
    .action((path, options) => run(path, options, context));
}

export async function applyManifest(
  path: string | undefined,
  options: ApplyOptions,
  context: CommandContext,
): Promise<void> {
  const limit = createChangeLimit(
    options.maxChanges,
    path === undefined ? "Use --target" : "Make a plan with `rcwh plan --target`",
  );
  const saved = await readPlan(path, options, context);
  const manifest = await loadManifest(
    context,
    options,
    path === undefined ? undefined : { plan: path, from: saved?.from },
  );
  const file = createTokenFile(await openAccount(context, unattendedDeadline), context.io);
  const run: Run = {
    ...{ context, account: file.account, file, manifest, saved, limit, options },
    request: {
      targets: saved?.targets ?? options.target ?? [],
      allowShorter: saved?.allowShorter ?? options.allowShorter ?? false,
      showSecrets: context.settings.showSecrets,
    },
    allowDeletes: options.allowDeletes === true || options.prune === true,
  };
  if (options.dryRun) return printDryRun(run);
  const { io, settings } = context;
  const asks = io.interactive && !settings.yes;
  try {
    const agreed = asks ? await agree(run) : undefined;
    const wait = options.wait ? context.deadlineAt(unattendedDeadline) - context.clock.now() : 0;
    await oneRunAtATime(context, wait, () => carryOut(run, agreed));
  } catch (error) {
    await file.removeUnused();
    throw error;
  }
}

interface Run {
  readonly context: CommandContext;
  readonly account: Account;
  readonly file: TokenFile;
  readonly manifest: Manifest;
  readonly saved: SavedPlan | undefined;
  readonly limit: ChangeLimit;
  readonly options: ApplyOptions;
  readonly request: PlanRequest;
  readonly allowDeletes: boolean;
}

/** What somebody has agreed to, and the tokens that they have seen. */
interface Agreed {
  readonly plan: Plan;
  readonly tokens: ReadonlyMap<string, string>;
  readonly handedOver: HandedOver;
}

async function readPlan(
  path: string | undefined,
  { target, allowShorter }: ApplyOptions,
  context: CommandContext,
): Promise<SavedPlan | undefined> {
  if (path === undefined) return undefined;
  const flag = target ? "--target" : allowShorter ? "--allow-shorter" : undefined;
  if (flag !== undefined) {
    throw new UsageError(`${flag} cannot be used with a plan.`, `Give ${flag} to \`rcwh plan\`.`);
  }
  return parsePlan(await readText(path, "The plan", context), path);
}

async function printDryRun({ context, account, manifest, request, saved, limit, ...run }: Run) {
  const { io } = context;
  const { plan } = await previewAccount(account, manifest, request);
  await refuseMoved(saved, plan, manifest, context);
  limit.reserve(workOf(plan, run.allowDeletes).length);
  const rows = plan.changes.map((change) => ({ change }));
  await printChanges(context, rows, extraOf(plan));
  for (const { remark } of plan.held) io.warn(remark);
  io.note(summarizePlan(plan));
  io.note("Nothing was changed (--dry-run).");
}

/** Shows the plan and lets somebody decide, before the lock is taken: a renewal must not wait for an answer. */
async function agree(run: Run): Promise<Agreed> {
  const { context, account, manifest, request, saved, limit, allowDeletes } = run;
  const { io } = context;
  const { plan } = await previewAccount(account, manifest, request);
  io.endProgress();
  await refuseMoved(saved, plan, manifest, context);
  const work = workOf(plan, allowDeletes);
  limit.reserve(work.length);
  if (plan.changes.some(({ action }) => action !== "unchanged")) {
    io.say(await renderChanges(context, plan));
    for (const { remark } of plan.held) io.warn(remark);
    io.say(summarizePlan(plan));
  }
  const tokens = generateTokens(work, context);
  const ask = () => confirmWork(work, context);
  return { plan, tokens, handedOver: await handOver(tokens, run, ask) };
}

async function carryOut(run: Run, agreed: Agreed | undefined): Promise<void> {
  const { context, account, manifest, request, saved, limit, allowDeletes } = run;
  const { keepGoing = false, breakBeforeMake = false } = run.options;
  const { io } = context;
  const { inventory, plan } = await planAccount(account, manifest, request);
  if (agreed && !isSamePlan(agreed.plan, plan)) throw moved("account", "what you confirmed");
  if (!agreed) await refuseMoved(saved, plan, manifest, context);
  const work = workOf(plan, allowDeletes);
  if (!agreed) limit.reserve(work.length);
  const tokens = agreed?.tokens ?? generateTokens(work, context);
  const ask = () => confirmWork(work, context);
  const handedOver = agreed?.handedOver ?? (await handOver(tokens, run, ask));
  const { allowShorter } = request;
  const options = { allowDeletes, keepGoing, breakBeforeMake, allowShorter, tokens };
  const done = await applyChanges(account, inventory, plan, options);
  io.endProgress();
  const { settings } = context;
  await report(done, plan, { io: handedOver.io, settings }, inventory.profile);
  if (await context.outputError()) {
    throw new CliError("The changes were made.", { hint: "See what is left with `rcwh plan`." });
  }
}

/** Changes that need a request or remove a name. Deletions without `--allow-deletes` are only reported. */
function workOf({ changes }: Plan, allowDeletes: boolean): readonly Change[] {
  return changes.filter(
    (change) =>
      isPending(change) && !change.isBookkeeping && (allowDeletes || change.action !== "delete"),
  );
}

async function confirmWork(work: readonly Change[], context: CommandContext): Promise<void> {
  if (work.length === 0) return;
  const touched = work.map(({ action, name, part, subscription }) => {
    const names = [name, part, subscription && nameOf(subscription)];
    return [action, ...names.filter((each) => each !== undefined)].join(" ");
  });
  const [first] = work;
  const question =
    first && work.length === 1
      ? `Apply this change: ${first.action} "${first.name}"?`
      : `Apply these ${work.length} changes?`;
  await confirm(context, question, "Nothing was changed.", touched);
}

function generateTokens(
  work: readonly Change[],
  { redactor }: CommandContext,
): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  for (const { wanted, after } of work) {
    if (!wanted?.verificationToken || !("generate" in wanted.verificationToken)) continue;
    if (after?.verificationToken !== "new" || tokens.has(wanted.webhook)) continue;
    // The parts of a webhook deliver to one endpoint, with one token.
    tokens.set(wanted.webhook, generateToken(redactor));
  }
  return tokens;
}

/** Hands over the generated tokens before anything changes, and lets somebody decide. */
async function handOver(
  tokens: ReadonlyMap<string, string>,
  { context, file, options: { verificationTokenOut: path } }: Run,
  ask: () => Promise<void>,
): Promise<HandedOver> {
  const { io, outputError } = context;
  const nothing = { io, abandon() {} };
  if (tokens.size === 0) {
    await ask();
    return nothing;
  }
  if (path !== undefined) {
    await file.write(path, tokenLines(tokens).join("\n"), [...tokens.values()]);
    io.note(`The generated verification tokens are in ${path}.`);
    await ask();
    return nothing;
  }
  if (!io.interactive) await ask();
  const handedOver = handOverTokens(tokens, io);
  if (await outputError()) {
    throw new CliError("Nothing was changed.", {
      hint: "Write the tokens to a file with --verification-token-out.",
    });
  }
  if (io.interactive) await ask();
  return handedOver;
}

/** Prints the outcome of each change, and ends with the exit code. */
async function report(
  { applied, stoppedBy }: Applied,
  plan: Plan,
  context: Pick<CommandContext, "io" | "settings">,
  profile: string,
): Promise<void> {
  const { io } = context;
  const isWhole = isForPrograms(io.format);
  const rows = applied.filter(({ result }) => isWhole || result !== undefined);
  await printChanges(context, rows, extraOf(plan), true);
  for (const { result, change } of applied) {
    if (result?.gap) io.warn(describeGap(result, change.subscription));
  }
  const held = plan.held.map(({ remark }) => remark);
  // What is said of one that was replaced is over.
  const standing = applied.filter(({ result }) => !result?.gap);
  const remarks = standing.flatMap(({ change }) => change.remarks);
  for (const each of remarks) if (!held.includes(each)) io.warn(each);
  for (const line of summarizeMembers(plan)) io.note(line);
  io.note(summarizeApplied(applied, plan, profile));
  if (stoppedBy && !(stoppedBy instanceof CliError)) throw stoppedBy;
  const isOver = stoppedBy instanceof CliError && /^(?:INTERRUPTED|DEADLINE)$/.test(stoppedBy.code);
  if (isOver) throw stoppedBy;
  // What was not tried did not succeed.
  const results = applied.flatMap(({ result }) => result ?? []);
  concludeResults(
    [
      ...results.filter(({ outcome, error }) => error !== undefined || outcome !== "not-tried"),
      ...plan.held.map((one) => resultOfHeld(one, profile)),
    ],
    "applied",
  );
}

function summarizeApplied(applied: readonly AppliedChange[], plan: Plan, profile: string): string {
  const counts = new Map<string, number>();
  for (const { result } of applied) {
    const outcome = result?.outcome ?? "unchanged";
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll("-", " ")}`);
  if (plan.held.length > 0) parts.push(`${plan.held.length} held back`);
  return `${profile}: ${[...parts, `${plan.notManaged} not managed`].join(", ")}.`;
}

/** Throws exit 8 where the file or the account is not as it was when the plan was saved, and exit 2 for another user. */
async function refuseMoved(
  saved: SavedPlan | undefined,
  plan: Plan,
  manifest: Manifest,
  context: CommandContext,
): Promise<void> {
  if (!saved) return;
  const { profile, recordsKey, tokenKey: key } = await context.identity();
  const what = findMoved(saved, plan, manifest, { profile, recordsKey, key });
  if (what === "user") {
    throw new UsageError(
      `The plan was made for another user or app than profile ${profile}. Nothing was changed.`,
      `Use --profile ${saved.profile}, or make a plan of this one with \`rcwh plan --out\`.`,
    );
  }
  if (what) throw moved(what, "the plan");
}

function moved(what: "file" | "account", since: string): CliError {
  const subject =
    what === "file"
      ? "The file"
      : "The account has changed, or the plan was already applied: the current plan";
  return new CliError(`${subject} differs from ${since}. Nothing was changed.`, {
    exitCode: ExitCode.attention,
    code: "PLAN_MOVED",
    hint: "See what would change now with `rcwh plan`.",
  });
}
