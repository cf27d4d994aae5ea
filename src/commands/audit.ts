import type { Check } from "../check/check.ts";
import { variablesOf } from "../config/external-accounts.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { closest } from "../filters/edit-distance.ts";
import { shellWord } from "../machine/shell-word.ts";
import { type AccountFlags, forEachAccount, isMany } from "../operations/accounts/accounts.ts";
import { type AuditOptions, auditAccount, auditRules } from "../operations/audit/audit.ts";
import type { ManifestOf } from "../operations/load-manifest.ts";
import { type Crontab, readCrontab } from "../operations/schedule/read-crontab.ts";
import { pluralize } from "../phrases.ts";
import { parseDuration } from "../subscriptions/lifetime.ts";
import { addAccountFlags } from "./flags/account-flags.ts";
import { collect, createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLater } from "./flags/exit-codes.ts";
import { allowOneOf } from "./flags/flag-rules.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "./flags/selector-flags.ts";
import { concludeAccounts, toFailureObjects } from "./output/conclude-accounts.ts";
import { printRankedChecks } from "./output/print-checks.ts";

export interface AuditFlags extends SelectorFlags, AccountFlags {
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
  readonly every?: string;
  readonly file?: string;
}

/** Characters of an id. */
const usualPrefix = 8;

const manual: Manual = {
  commonFlags: ["--only", "--ignore", "--every", "--file", "--all-profiles"],
  examples: {
    "rcwh audit": "everything that this user created with this app",
    "rcwh audit --url 'https://old.example.com/*'": "only the webhooks of one host",
    "rcwh audit --ignore foreign,endpoint": "skip two rules; no URL is called",
    "rcwh audit -f rcwh.yaml": "also webhooks that the file does not name",
    "rcwh audit --every 1d": "where another machine renews once a day",
    "rcwh audit --all-profiles --json": "every account, for a monitor",
  },
  json: '{ "schemaVersion": 1, "checks": [ { "rule", "status": "pass|warn|fail|skip",\n  "measured", "limit", "subscriptions": [ "<id>" ],\n  "code", "hint", "profile" } ] }\nA rule has a row for each finding. For several accounts also\n"failures": [ { "profile", "error" } ].',
  exitCodes: {
    0: "nothing needs attention",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLater,
    7: "some of several accounts could not be audited",
    8: "something needs attention",
  },
};

export function createAuditCommand(context: CommandContext, run = runAudit) {
  const command = createCommand("audit", context, manual)
    .description(
      "Find risks and waste in your webhooks: duplicates, overlapping and account-wide filters, dead URLs, lifetimes too short for the schedule, webhooks of other programs. Each finding comes with a command that fixes it. Changes nothing; tries each URL with a handshake, and delivers no event.",
    )
    .argument("[selector...]", "report only on these: ids, unique prefixes of ids, or URLs")
    .optionsGroup("Rules:")
    .option("--only <rules>", `check only these rules: ${auditRules.join(", ")}`, collect)
    .option("--ignore <rules>", "skip these rules; `endpoint` is the one that calls URLs", collect)
    .option("--every <duration>", "how often `rcwh renew` runs, if another machine runs it")
    .option("-f, --file <path>", "also report webhooks that this rcwh.yaml does not name");
  allowOneOf(command, ["--only", "--ignore"]);
  return addAccountFlags(addSelectorFlags(command)).action((selectors, options) =>
    run(selectors, options, context),
  );
}

export async function runAudit(
  selectors: readonly string[],
  flags: AuditFlags,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const options: AuditOptions = {
    selector: createSelector(selectors, flags),
    rules: chooseRules(flags),
    every:
      flags.every === undefined ? undefined : parseDuration(flags.every, "--every", "h") / 1000,
    crontab: onceRead(context),
    manifestOf: await openFile(flags, context),
  };
  io.progress("Looking at the webhooks");
  const isStored = isMany(context, flags) && flags.profilesFrom === undefined;
  const rows: Check[] = [];
  const audited = new Set<string>();
  let matching = 0;
  let total = 0;
  const failures = await forEachAccount(context, flags, async (account) => {
    const { isAboutAny, rows: found, webhooks, ids } = await auditAccount(options, account);
    if (isAboutAny) matching += 1;
    total += webhooks;
    const shown = io.format === "table" ? found.map((row) => withShortIds(row, ids)) : found;
    // In one call, so that the rows of an account stay together.
    rows.push(...shown.map((row) => (isStored ? withProfile(row) : row)));
    audited.add((await account.identity()).profile);
  });
  io.endProgress();
  const sorted = rows.toSorted(({ profile: one = "" }, { profile: other = "" }) =>
    one < other ? -1 : Number(one > other),
  );
  const many = isMany(context, flags) ? { failures: toFailureObjects(failures) } : {};
  if (sorted.length > 0 || io.format !== "table") await printRankedChecks(context, sorted, many);
  if (matching === 0 && audited.size > 0) io.note("No subscription matches.");
  concludeAccounts(failures, audited.size, "audited");
  conclude(sorted, { webhooks: total, accounts: audited.size });
}

/**
 * The row with unique prefixes of ids, which commands take as well: in a narrow column, whole ones would be broken into
 * lines.
 */
function withShortIds(row: Check, ids: readonly string[]): Check {
  const shorten = (text: string) =>
    ids.reduce((rest, id) => rest.replaceAll(id, () => shortestPrefix(id, ids)), text);
  const { measured, hint } = row;
  return {
    ...row,
    measured: shorten(measured),
    ...(hint !== undefined && { hint: shorten(hint) }),
  };
}

function shortestPrefix(id: string, ids: readonly string[]): string {
  for (let length = usualPrefix; length < id.length; length += 1) {
    const prefix = id.slice(0, length);
    if (ids.every((each) => each === id || !each.startsWith(prefix))) return prefix;
  }
  return id;
}

/** The commands of a row of several accounts work on its account. */
function withProfile(row: Check): Check {
  const { hint, profile } = row;
  if (hint === undefined || profile === undefined) return row;
  const start = `\`rcwh --profile ${shellWord(profile)} `;
  return { ...row, hint: hint.replace(/`rcwh (?!cron|check)/g, () => start) };
}

/** Reads the file of `--file`, once for all accounts. */
async function openFile(
  flags: AuditFlags,
  context: CommandContext,
): Promise<ManifestOf | undefined> {
  const { file } = flags;
  if (file === undefined) return undefined;
  const { openManifest } = await import("../operations/load-manifest.ts");
  const manifestOf = await openManifest(context, { ...flags, file });
  return async (account) => {
    const variables = isMany(context, flags) ? variablesOf(await account.identity()) : undefined;
    return manifestOf(account, variables);
  };
}

/** The crontab of this user, read once for all accounts. Windows has none. */
function onceRead(context: CommandContext): () => Promise<Crontab> {
  let crontab: Promise<Crontab> | undefined;
  return async () => {
    if (context.platform === "win32") return { lines: [] };
    crontab ??= readCrontab(context);
    return crontab;
  };
}

/** The rules that `--only` names, or all but those of `--ignore`. */
function chooseRules({ only, ignore }: AuditFlags): ReadonlySet<string> {
  if (only) return new Set(readRules(only, "--only"));
  const ignored = readRules(ignore ?? [], "--ignore");
  return new Set(auditRules.filter((each) => !ignored.includes(each)));
}

function readRules(given: readonly string[], flag: string): readonly string[] {
  const names = given.flatMap((each) => each.split(",")).map((each) => each.trim());
  const unknown = names.find((each) => !auditRules.includes(each));
  if (unknown === undefined) return names;
  const near = closest(unknown, auditRules);
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(unknown)}: must be a rule.`,
    near ? `Write ${flag} ${near}` : `Use ${auditRules.join(", ")}.`,
  );
}

function conclude(
  rows: readonly Check[],
  { webhooks, accounts }: { readonly webhooks: number; readonly accounts: number },
): void {
  const found = rows.filter(({ status }) => status === "warn" || status === "fail");
  if (found.length === 0) return;
  const warnings = found.filter(({ status }) => status === "warn").length;
  const problems = found.length - warnings;
  const counts = [
    ...(problems > 0 ? [pluralize(problems, "problem")] : []),
    ...(warnings > 0 ? [pluralize(warnings, "warning")] : []),
  ];
  const place = webhooks === 0 ? "" : ` in ${pluralize(webhooks, "webhook")}`;
  const whose = accounts > 1 ? ` of ${accounts} accounts` : "";
  const names = [...new Set(found.map(({ rule }) => rule))].join(", ");
  throw new CliError(`${counts.join(" and ")}${place}${whose}: ${names}.`, {
    exitCode: ExitCode.attention,
    code: "CHECKS_FAILED",
    hint: "Run the command shown with each, or skip rules that do not apply with --ignore.",
  });
}
