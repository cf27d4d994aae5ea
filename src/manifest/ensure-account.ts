import { CliError, UsageError } from "../errors.ts";
import type { Account } from "../lifecycle/account.ts";
import { resultOfError } from "../lifecycle/bulk.ts";
import type { ChangeLimit } from "../lifecycle/change-limit.ts";
import { type Inventory, readRecords, takeInventory } from "../lifecycle/inventory.ts";
import { toRecorded } from "../lifecycle/missing.ts";
import {
  type AccountRun,
  type RenewalRequest,
  renewListed,
} from "../lifecycle/renewal/renew-account.ts";
import type { Outcome, Result } from "../lifecycle/results.ts";
import { applyChanges } from "./apply-changes.ts";
import { type Action, type Change, isPending, type Plan } from "./change.ts";
import { combineResults } from "./combine-results.ts";
import { resultOfHeld } from "./held.ts";
import type { Manifest } from "./manifest.ts";
import { ambiguitiesOf } from "./match-webhooks.ts";
import { summarizeMembers } from "./members.ts";
import { type PlannedAccount, planAccount, previewAccount } from "./plan-account.ts";
import { wantedName } from "./wanted.ts";

export interface EnsureRequest {
  readonly renewal: Omit<RenewalRequest, "only" | "selector">;
  readonly changes: ChangeLimit;
  readonly allowDeletes: boolean;
  readonly allowShorter: boolean;
  readonly breakBeforeMake: boolean;
  /** Whether what the file has nothing to do with is renewed and recovered, too. */
  readonly all: boolean;
}

/**
 * Makes what a manifest asks for, then renews what is due and recovers what is blacklisted: of the webhooks that the file
 * names or an earlier version of it named, else of all. Where nothing is to be done, it takes one list request for each API.
 *
 * A webhook that is ambiguous, or needs a verification token that somebody has to see, holds back only itself.
 *
 * @throws as `planChanges`
 */
export async function ensureAccount(
  account: Account,
  manifest: Manifest,
  request: EnsureRequest,
  onListed: (inventory: Inventory) => void,
): Promise<AccountRun & { readonly plan: Plan }> {
  const { renewal, allowDeletes, allowShorter, breakBeforeMake, all } = request;
  const { dryRun, showSecrets } = renewal;
  const look = dryRun ? previewAccount : planAccount;
  const { planned, unclear } = await planWhatIsClear(account, manifest, (clear) =>
    look(account, clear, { targets: [], allowShorter, showSecrets }),
  );
  onListed(planned.inventory);
  const { plan } = planned;
  const unseen = plan.changes.filter(needsGenerated);
  const clear = { ...plan, changes: plan.changes.filter((change) => !unseen.includes(change)) };
  const work = clear.changes.filter(
    (change) =>
      isPending(change) && !change.isBookkeeping && (allowDeletes || change.action !== "delete"),
  );
  request.changes.reserve(work.length);
  for (const text of summarizeMembers(plan)) account.notify({ kind: "note", text });
  const options = { allowDeletes, allowShorter, breakBeforeMake, keepGoing: true };
  const { profile } = planned.inventory;
  const held = [
    ...plan.held.map((one) => resultOfHeld(one, profile)),
    ...unclear.results,
    ...unseen.map((change) => resultOfUnseen(change, profile)),
  ];
  const done = dryRun
    ? { results: work.map(toPlanned), inventory: planned.inventory, stoppedBy: undefined }
    : await apply(account, { ...planned, plan: clear }, options);
  if (done.stoppedBy !== undefined) {
    const { results, inventory, stoppedBy } = done;
    return { plan, inventory, results: [...results, ...held], stoppedBy, gone: 0 };
  }

  const names = namesOf(plan, done.results);
  const isManaged = (id: string) =>
    names.has(id) || unclear.ids.has(id) || inventoryManages(done.inventory, manifest.name, id);
  const renewed = await renewListed(account, done.inventory, {
    ...renewal,
    selector: { ids: [] },
    ...(!all && { only: isManaged }),
  });
  const results = combineResults(done.results, renewed.results).map((each) =>
    withName(each, names),
  );
  return { ...renewed, plan, results: [...results, ...held] };
}

async function apply(
  account: Account,
  { inventory, plan }: PlannedAccount,
  options: Omit<Parameters<typeof applyChanges>[3], "tokens">,
) {
  const { applied, stoppedBy, hasChanged } = await applyChanges(account, inventory, plan, {
    ...options,
    tokens: new Map(),
  });
  const results = applied.flatMap(({ result }) => result ?? []);
  const apis = [...new Set(inventory.subscriptions.map(({ api }) => api))];
  const used = plan.changes.flatMap(({ wanted }) => wanted?.api ?? []);
  const listed = { ...account, apis: account.apis ?? [...new Set([...apis, ...used])] };
  const { replaced, unfinished } = inventory;
  const current =
    hasChanged && stoppedBy === undefined
      ? { ...(await takeInventory(listed)), replaced, unfinished }
      : { ...inventory, records: await readRecords(account) };
  return { results, stoppedBy, inventory: current };
}

/** Webhooks of which it is not known which subscription they are: all of these are kept alive, and none is changed. */
interface Unclear {
  readonly results: readonly Result[];
  readonly ids: ReadonlySet<string>;
}

/** Plans without the webhooks that are ambiguous: others must not expire because of them. */
async function planWhatIsClear(
  { profile }: Account,
  manifest: Manifest,
  look: (manifest: Manifest) => Promise<PlannedAccount>,
): Promise<{ readonly planned: PlannedAccount; readonly unclear: Unclear }> {
  try {
    return { planned: await look(manifest), unclear: { results: [], ids: new Set() } };
  } catch (error) {
    const found = ambiguitiesOf(error);
    if (!found || !(error instanceof CliError)) throw error;
    const webhooks = manifest.webhooks.filter(({ name }) => !found.has(name));
    const results = Array.from(found.keys(), (webhook) => {
      const { result } = resultOfError({ id: "", profile, webhook }, error);
      return result;
    });
    const ids = new Set([...found.values()].flat());
    return { planned: await look({ ...manifest, webhooks }), unclear: { results, ids } };
  }
}

/** An unattended run cannot show a token to a person, and has nowhere else to put it. */
function needsGenerated({ wanted, after }: Change): boolean {
  const token = wanted?.verificationToken;
  return after?.verificationToken === "new" && token !== undefined && "generate" in token;
}

function resultOfUnseen({ name, subscription }: Change, profile: string): Result {
  const error = new UsageError(
    `"${name}" needs a new verification token, which ensure cannot show to anybody. It was not changed.`,
    "Run `rcwh apply` once, or give each account a token of its own: verificationToken: { env: … }.",
  );
  return resultOfError({ id: subscription?.id ?? "", profile, webhook: name }, error).result;
}

const planned: Readonly<Record<Action, Outcome>> = {
  create: "would-create",
  update: "would-update",
  replace: "would-replace",
  delete: "would-delete",
  adopt: "unchanged",
  unchanged: "unchanged",
};

function toPlanned({ action, name, part, profile, subscription, missing }: Change): Result {
  return {
    id: subscription?.id ?? missing?.record.id ?? "",
    profile,
    outcome: missing ? "would-recreate" : planned[action],
    webhook: wantedName({ webhook: name, ...(part !== undefined && { part }) }),
    ...(subscription && { subscription }),
    ...(missing && { recorded: toRecorded(missing, profile) }),
  };
}

/** The name of each subscription that the file names, by id. */
function namesOf({ changes }: Plan, results: readonly Result[]): ReadonlyMap<string, string> {
  return new Map([
    ...changes.flatMap(({ name, part, subscription }) =>
      subscription
        ? [
            [
              subscription.id,
              wantedName({ webhook: name, ...(part !== undefined && { part }) }),
            ] as const,
          ]
        : [],
    ),
    ...results.flatMap(({ subscription, webhook }) =>
      subscription && webhook !== undefined ? [[subscription.id, webhook] as const] : [],
    ),
  ]);
}

function inventoryManages({ records }: Inventory, manifest: string, id: string): boolean {
  return records.get(id)?.managedAs?.manifest === manifest;
}

function withName(result: Result, names: ReadonlyMap<string, string>): Result {
  const webhook = names.get(result.id) ?? names.get(result.newId ?? "");
  return webhook === undefined ? result : { ...result, webhook };
}
