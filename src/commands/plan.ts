import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { toJson } from "../io/formats.ts";
import { replaceFile } from "../machine/atomic-write.ts";
import { isFileError } from "../machine/file-error.ts";
import { shellWord } from "../machine/shell-word.ts";
import { isPending } from "../manifest/change.ts";
import { resultOfHeld } from "../manifest/held.ts";
import { summarizeMembers } from "../manifest/members.ts";
import { previewAccount } from "../manifest/plan-account.ts";
import { savePlan } from "../manifest/saved-plan.ts";
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
    "rcwh plan -v": "with a line for each thing that differs",
    "rcwh plan -f hooks.yaml --var PUBLIC_URL=https://example.com": "another file and a variable",
    "rcwh plan --target orders": "one webhook of the file",
    "rcwh plan --out plan.json": "to be applied as it is with `rcwh apply plan.json`",
    "rcwh export | rcwh plan -f -": "nothing, or something is wrong",
  },
  json: '{ "schemaVersion": 1, "changes": [ { "name", "profile", "id",\n  "action": "create|update|replace|delete|adopt|unchanged",\n  "reasons": [ { "cause": "edit|drift|unrecorded|new|expired|gone|renamed|found|unnamed",\n    "about": "existence|name|url|filters|token|lifetime", "text" } ],\n  "before": { "address", "eventFilters", "expiresIn", "verificationToken" }, "after",\n  "renewAt", "remarks" } ], "notManaged": 30,\n  "heldBack": [ { "name", "error" } ] }\nverificationToken is set, none, unknown or new: no output has the token itself.',
  exitCodes: {
    0: "the account has what the file asks for",
    2: "the file is invalid, or a webhook can be any of several subscriptions",
    4: authFailure,
    5: tryLater,
    8: "something would change, or the extensions of a webhook match nobody any more",
  },
};

export function createPlanCommand(context: CommandContext, run = planWebhooks) {
  const command = createCommand("plan", context, manual).description(
    "Show what would change for RingCentral to have the webhooks of rcwh.yaml, and why. Changes nothing. Finds each webhook by its name on record, else by its URL and filters; everything else is not managed. What passes of a lifetime is not a change.",
  );
  return addManifestFlags(command)
    .optionsGroup("Plan:")
    .option("--target <name>", "only this webhook; repeat for others", collect)
    .option("--allow-shorter", "shorten lifetimes at once, not from the next renewal on")
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
  if ((await account.journal.list()).length > 0) {
    io.note("An earlier run was interrupted: `rcwh apply` finishes that first.");
  }
  if (out !== undefined) {
    const { profile, recordsKey, tokenKey: key } = await context.identity();
    const about = { createdAt: instant(clock.now()), targets, allowShorter };
    await writePlan(out, savePlan(plan, manifest, { profile, recordsKey, key }, about));
  }
  const rows = plan.changes.map((change) => ({ change }));
  await printChanges(context, rows, extraOf(plan));
  const pending = plan.changes.filter(isPending).length;
  const isWhole = io.format === "table" && settings.verbose;
  const held = plan.held.map(({ remark }) => remark);
  const remarks = isWhole ? [] : plan.changes.flatMap((change) => change.remarks);
  for (const each of remarks) if (!held.includes(each)) io.warn(each);
  // Where nothing is pending they are what the command ends with.
  if (pending > 0) for (const each of held) io.warn(each);
  for (const line of summarizeMembers(plan)) io.note(line);
  io.note(summarizePlan(plan));
  if (pending === 0) {
    const results = plan.held.map((one) => resultOfHeld(one, inventory.profile));
    return concludeResults(results, "planned");
  }
  throw new CliError(pending === 1 ? "1 change is pending." : `${pending} changes are pending.`, {
    exitCode: ExitCode.attention,
    code: "PENDING",
    hint: `Apply ${pending === 1 ? "it" : "them"} with \`${applyCommand(options)}\`.`,
  });
}

/** What does what was planned. */
function applyCommand({ out, target = [], allowShorter }: PlanOptions): string {
  if (out !== undefined) return `rcwh apply ${shellWord(out)}`;
  const flags = target.map((name) => ` --target ${shellWord(name)}`).join("");
  return `rcwh apply${flags}${allowShorter ? " --allow-shorter" : ""}`;
}

async function writePlan(path: string, plan: object): Promise<void> {
  try {
    await replaceFile(path, `${toJson(plan, 2)}\n`, { durable: true });
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    throw new UsageError(
      `--out: cannot write ${path} (${cause.code}).`,
      "Give the path of a file in a directory of your own.",
      { cause },
    );
  }
}
