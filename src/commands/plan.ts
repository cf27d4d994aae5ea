import { existsSync, readFileSync } from "node:fs";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { toJson } from "../io/formats.ts";
import type { Account } from "../lifecycle/account.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { replaceFile } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
import { shellWord } from "../machine/shell-word.ts";
import { isPending } from "../manifest/change.ts";
import { resultOfHeld } from "../manifest/held.ts";
import { summarizeMembers } from "../manifest/members.ts";
import { previewAccount } from "../manifest/plan-account.ts";
import { isPlan, savePlan } from "../manifest/saved-plan.ts";
import { confirm } from "../operations/confirm.ts";
import { loadManifest, type ManifestFlags } from "../operations/load-manifest.ts";
import { openAccount } from "../operations/open-account.ts";
import { instant } from "../subscriptions/time.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLater } from "./flags/exit-codes.ts";
import { addManifestFlags } from "./flags/manifest-flags.ts";
import { concludeResults } from "./output/conclude-results.ts";
import { extraOf, printChanges, summarizePlan } from "./output/print-changes.ts";

export interface PlanOptions extends ManifestFlags {
  readonly target?: readonly string[];
  readonly allowShorter?: true;
  readonly out?: string;
}

const manual: Manual = {
  examples: {
    "rcwh plan": "what `rcwh apply` would do with rcwh.yaml",
    "rcwh plan -v": "with a line for each difference",
    "rcwh plan -f hooks.yaml --var PUBLIC_URL=https://example.com": "another file and a variable",
    "rcwh plan --target orders": "one webhook of the file",
    "rcwh plan --out plan.json": "save the plan for `rcwh apply plan.json`",
    "rcwh export | rcwh plan -f -": "check an export: this shows no changes",
  },
  json: '{ "schemaVersion": 1, "changes": [ { "name", "profile", "id",\n  "action": "create|update|replace|delete|adopt|unchanged",\n  "reasons": [ { "cause": "edit|drift|unrecorded|new|expired|gone|renamed|found|unnamed",\n    "about": "existence|name|url|filters|token|lifetime", "text" } ],\n  "before": { "address", "eventFilters", "expiresIn", "verificationToken" }, "after",\n  "renewAt", "remarks" } ], "notManaged": 30,\n  "heldBack": [ { "name", "error" } ],\n  "unfinished": 1 }\nunfinished is how many replacements an interrupted run left.\nverificationToken is set, none, unknown or new: no output has the token itself.',
  exitCodes: {
    0: "nothing would change",
    2: "the file is invalid, or a webhook matches several subscriptions",
    4: authFailure,
    5: tryLater,
    8: "changes are pending, a run was interrupted, or no extension matches",
    9: "--out names a file that is not a plan, and nobody confirmed replacing it",
  },
};

export function createPlanCommand(context: CommandContext, run = planWebhooks) {
  const command = createCommand("plan", context, manual).description(
    "Show what `rcwh apply` would change, and why. Changes nothing. Finds each webhook of rcwh.yaml by its name on record, else by its URL and filters; other subscriptions are not managed. A lifetime that runs down is not a change.",
  );
  return addManifestFlags(command)
    .optionsGroup("Plan:")
    .option("--target <name>", "only this webhook; repeat for others", collect)
    .option("--allow-shorter", "shorten lifetimes now instead of at the next renewal")
    .option("--out <path>", "write the plan to this file (0600), for `rcwh apply`")
    .action((options) => run(options, context));
}

export async function planWebhooks(options: PlanOptions, context: CommandContext): Promise<void> {
  const { io, settings, clock } = context;
  const { target: targets = [], allowShorter = false, out } = options;
  const manifest = await loadManifest(context, options);
  const account = await openAccount(context);
  const request = { targets, allowShorter, showSecrets: settings.showSecrets };
  const { plan, inventory } = await previewAccount(account, manifest, request);
  const unfinished = await countUnfinished(account);
  if (unfinished > 0) {
    io.note("An earlier run was interrupted: `rcwh apply` finishes that first.");
  }
  if (out !== undefined) {
    const { profile, recordsKey, tokenKey: key } = await context.identity();
    const { file: from = "rcwh.yaml" } = options;
    const about = { createdAt: instant(clock.now()), from, targets, allowShorter };
    await writePlan(out, savePlan(plan, manifest, { profile, recordsKey, key }, about), context);
  }
  const rows = plan.changes.map((change) => ({ change }));
  await printChanges(context, rows, { ...extraOf(plan), ...(unfinished > 0 && { unfinished }) });
  const pending = plan.changes.filter(isPending);
  const count = pending.length;
  const isWhole = io.format === "table" && settings.verbose;
  const held = plan.held.map(({ remark }) => remark);
  const remarks = isWhole ? [] : plan.changes.flatMap((change) => change.remarks);
  for (const each of remarks) if (!held.includes(each)) io.warn(each);
  // Where nothing is pending they are what the command ends with.
  if (count + unfinished > 0) for (const each of held) io.warn(each);
  for (const line of summarizeMembers(plan)) io.note(line);
  io.note(summarizePlan(plan));
  if (count === 0 && unfinished === 0) {
    const results = plan.held.map((one) => resultOfHeld(one, inventory.profile));
    return concludeResults(results, "planned");
  }
  const changes =
    count === 0
      ? "An earlier run left unfinished changes."
      : count === 1
        ? "1 change is pending."
        : `${count} changes are pending.`;
  const command = applyCommand(
    options,
    pending.some(({ action }) => action === "delete"),
  );
  throw new CliError(changes, {
    exitCode: ExitCode.attention,
    code: "PENDING",
    hint:
      count === 0
        ? `Finish it with \`${command}\`.`
        : `Apply ${count === 1 ? "it" : "them"} with \`${command}\`.`,
  });
}

/** Replacements that an interrupted run left unfinished; not those with an intended overlap. */
async function countUnfinished(account: Account): Promise<number> {
  const now = serverNow(account);
  const intents = await account.journal.list();
  return intents.filter(({ keepUntil }) => !(Date.parse(keepUntil ?? "") > now)).length;
}

/** What does what was planned. */
function applyCommand({ out, target = [], allowShorter }: PlanOptions, deletes: boolean): string {
  const flags =
    out === undefined
      ? [
          ...target.map((name) => `--target ${shellWord(name)}`),
          ...(allowShorter ? ["--allow-shorter"] : []),
        ]
      : [shellWord(out)];
  return ["rcwh apply", ...flags, ...(deletes ? ["--allow-deletes"] : [])].join(" ");
}

/** Replaces an older plan, and nothing else without being asked. */
async function writePlan(path: string, plan: object, context: CommandContext): Promise<void> {
  try {
    if (existsSync(path) && !isPlan(readFileSync(path, "utf8"))) {
      await confirm(context, `Replace ${path}, which is not a plan?`, "Nothing was written.");
    }
    await replaceFile(path, `${toJson(plan, 2)}\n`, { durable: true });
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    throw new UsageError(
      `--out: cannot write ${path} (${cause.code}).`,
      "Give a path that you can write to.",
      { cause },
    );
  }
}
