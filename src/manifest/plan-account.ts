import { UsageError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { closest } from "../filters/edit-distance.ts";
import type { Account } from "../lifecycle/account.ts";
import { takeInventory } from "../lifecycle/inventory.ts";
import { findMissing } from "../lifecycle/missing.ts";
import { findUnderWay } from "../lifecycle/replacement/under-way.ts";
import {
  type FinishedInventory,
  finishReplacements,
  warnOfUnfinished,
} from "../lifecycle/replacement/unfinished-replacements.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import type { Plan } from "./change.ts";
import type { Manifest } from "./manifest.ts";
import { planChanges } from "./plan-changes.ts";
import { describeLackOfRoom } from "./room.ts";
import { resolveWanted } from "./wanted-parts.ts";

export interface PlanRequest {
  /** Names of webhooks: of the others nothing is changed. Empty for all. */
  readonly targets: readonly string[];
  readonly allowShorter: boolean;
  readonly showSecrets: boolean;
}

export interface PlannedAccount {
  readonly inventory: FinishedInventory;
  readonly plan: Plan;
}

/** Lists what an account has, and plans the changes that a manifest requires. Changes nothing. */
export async function previewAccount(
  base: Account,
  manifest: Manifest,
  request: PlanRequest,
): Promise<PlannedAccount> {
  const account = withApis(base, await apisOf(base, manifest));
  const inventory = await finishReplacements(account, await takeInventory(account), {
    dryRun: true,
  });
  const plan = await planInventory(account, inventory, manifest, request);
  for (const text of describeLackOfRoom(plan, inventory)) account.notify({ kind: "warning", text });
  return { inventory, plan };
}

/** The same after finishing what an earlier run left. */
export async function planAccount(
  base: Account,
  manifest: Manifest,
  request: PlanRequest,
): Promise<PlannedAccount> {
  const account = withApis(base, await apisOf(base, manifest));
  const inventory = await finishReplacements(account, await takeInventory(account));
  warnOfUnfinished(inventory, account);
  return { inventory, plan: await planInventory(account, inventory, manifest, request) };
}

async function planInventory(
  account: Account,
  inventory: FinishedInventory,
  manifest: Manifest,
  { targets, allowShorter, showSecrets }: PlanRequest,
): Promise<Plan> {
  const missing = await findMissing(account, inventory);
  const underWay = await findUnderWay(account);
  const { wanted, held } = await resolveWanted(account, inventory, manifest);
  const changes = planChanges(wanted, {
    ...inventory,
    ...{ manifest: manifest.name, missing, allowShorter, showSecrets },
    replaced: new Set(underWay.flatMap(({ oldId, newId }) => (newId === undefined ? [] : oldId))),
    now: serverNow(account),
  });
  return narrowed({ ...changes, held }, targets);
}

/** The plan about the named webhooks alone. Throws UsageError for a name of none. */
function narrowed(plan: Plan, targets: readonly string[]): Plan {
  if (targets.length === 0) return plan;
  const names = new Set([...plan.changes, ...plan.held].map(({ name }) => name));
  const unknown = targets.find((target) => !names.has(target));
  if (unknown !== undefined) {
    const nearest = closest(unknown, [...names]);
    throw new UsageError(
      `Invalid --target value ${JSON.stringify(unknown)}: no webhook has this name.`,
      nearest === undefined
        ? `Use one of ${[...names].join(", ")}.`
        : `Did you mean --target ${nearest}?`,
    );
  }
  const isTarget = ({ name }: { readonly name: string }) => targets.includes(name);
  return { ...plan, changes: plan.changes.filter(isTarget), held: plan.held.filter(isTarget) };
}

/** The APIs that the file needs, beside those in use. */
async function apisOf(account: Account, { webhooks, name }: Manifest): Promise<readonly Api[]> {
  const records = await account.records.list();
  const used = [
    ...(account.apis ?? records.map(({ api }) => api)),
    ...webhooks.map(({ api }) => api),
    ...records.flatMap(({ api, managedAs }) => (managedAs?.manifest === name ? api : [])),
  ];
  return used.includes("webinar") ? ["platform", "webinar"] : ["platform"];
}

function withApis(account: Account, apis: readonly Api[]): Account {
  return { ...account, apis };
}
