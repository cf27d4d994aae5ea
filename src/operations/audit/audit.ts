import type { Check } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { takeInventory } from "../../lifecycle/inventory.ts";
import { malformedOutsiders } from "../../lifecycle/malformed.ts";
import { findMissing, missingCandidates } from "../../lifecycle/missing.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { isSelective, type Selector, selectSubscriptions } from "../../subscriptions/select.ts";
import { webhooksOf } from "../doctor/subscription-checks.ts";
import { checkThreads } from "../doctor/thread-checks.ts";
import type { ManifestOf } from "../load-manifest.ts";
import { openAccount } from "../open-account.ts";
import type { Audited } from "./audited.ts";
import { checkCoverage } from "./coverage-rules.ts";
import { checkEndpoints } from "./endpoint-rules.ts";
import { openEverybody } from "./everybody.ts";
import { checkAccountWide, checkDeprecated, checkUndocumented } from "./filter-rules.ts";
import { checkDuplicates, findDuplicates } from "./find-duplicates.ts";
import { findSchedule, type ScheduleClues } from "./found-schedule.ts";
import { checkForm, checkHosts, checkStatus } from "./health-rules.ts";
import { checkExpiry, checkQuota, checkSchedule } from "./lifetime-rules.ts";
import { checkOverlaps } from "./overlap-rules.ts";
import { checkForeign, checkTokens, checkUnnamed } from "./ownership-rules.ts";
import { checkReplacements, findBegun } from "./replacement-rules.ts";

type Find = (audited: Audited) => readonly Check[] | Promise<readonly Check[]>;

/** The rules in the order of their rows. */
const rules = {
  form: checkForm,
  status: checkStatus,
  endpoint: checkEndpoints,
  hosts: checkHosts,
  replacements: checkReplacements,
  expiry: checkExpiry,
  schedule: checkSchedule,
  duplicates: checkDuplicates,
  overlaps: checkOverlaps,
  "account-wide": checkAccountWide,
  coverage: checkCoverage,
  "message-threads": ({ distinct, account }) => checkThreads(distinct, account.client),
  deprecated: checkDeprecated,
  undocumented: checkUndocumented,
  foreign: checkForeign,
  unnamed: checkUnnamed,
  tokens: checkTokens,
  quota: checkQuota,
} satisfies Readonly<Record<string, Find>>;

export const auditRules = Object.keys(rules);

export interface AuditOptions extends ScheduleClues {
  /** `--file`. */
  readonly manifestOf: ManifestOf | undefined;
  /** Rows about none of these are left out; an empty selector means everything. */
  readonly selector: Selector;
  /** The names of those that count. */
  readonly rules: ReadonlySet<string>;
}

export interface AccountAudit {
  /** Whether anything is selected; without a selector, always. */
  readonly isAboutAny: boolean;
  readonly rows: readonly Check[];
  /** How many webhooks the rows are about: those that deliver, are gone, or cannot be read. */
  readonly webhooks: number;
  /** Of everything that a selector can name. */
  readonly ids: readonly string[];
}

/**
 * Looks for what will go wrong with an account's webhooks, or costs more than it gives. Makes one list request for each
 * API in use, and asks for Message Threads, extensions and phone numbers where these matter. Writes nothing.
 */
export async function auditAccount(
  { selector, rules: wanted, manifestOf, ...clues }: AuditOptions,
  context: CommandContext,
): Promise<AccountAudit> {
  // It may name the profile.
  const manifest = await manifestOf?.(context);
  const account = await openAccount(context);
  const inventory = await takeInventory(account);
  const now = serverNow(account);
  const webhooks = webhooksOf(inventory);
  const { own, profile } = inventory;
  const missing = (await findMissing(account, inventory)).filter(({ successor }) => !successor);
  const candidates = [...webhooks, ...missingCandidates(missing, profile)];
  const chosen = isSelective(selector)
    ? selectSubscriptions(candidates, selector, {
        now,
        own,
        outsiders: malformedOutsiders(inventory),
      })
    : candidates;
  const ids = new Set(chosen.map(({ id }) => id));
  const known = [...inventory.subscriptions, ...inventory.malformed, ...inventory.records.values()];
  const isAboutAny = chosen.length > 0 || !isSelective(selector);
  if (!isAboutAny) return { isAboutAny, rows: [], webhooks: 0, ids: known.map(({ id }) => id) };
  const begun = await findBegun(account, webhooks);
  const duplicates = findDuplicates(webhooks, inventory, begun, now);
  const extras = new Set(duplicates.flatMap((each) => each.extras));
  const audited: Audited = {
    context,
    account,
    inventory,
    webhooks,
    chosen: webhooks.filter(({ id }) => ids.has(id)),
    duplicates,
    distinct: webhooks.filter((each) => !extras.has(each)),
    missing: missing.filter(({ record }) => ids.has(record.id)),
    begun,
    manifest,
    everybody: openEverybody(account),
    schedule: await findSchedule(clues, context),
    now,
  };
  const isMeant = ({ status, subscriptions = [] }: Check) =>
    !isSelective(selector) ||
    (subscriptions.length === 0 ? status === "pass" : subscriptions.some((each) => ids.has(each)));
  const rows: Check[] = [];
  for (const [name, find] of Object.entries<Find>(rules)) {
    if (!wanted.has(name)) continue;
    for (const row of await find(audited)) if (isMeant(row)) rows.push(row);
  }
  return {
    isAboutAny,
    rows: rows.map((row) => ({ subscriptions: [], ...row, profile })),
    webhooks: chosen.length + (isSelective(selector) ? 0 : inventory.malformed.length),
    ids: known.map(({ id }) => id),
  };
}
