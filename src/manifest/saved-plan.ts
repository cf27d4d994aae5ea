import { hash } from "../config/identity-hashes.ts";
import { UsageError } from "../errors.ts";
import { isObject, isSameJson, parseJson } from "../machine/json.ts";
import { type Change, isPending, type Plan } from "./change.ts";
import type { Manifest } from "./manifest.ts";
import { type WantedSubscription, wantedSubscriptions } from "./wanted.ts";

/** A plan as `plan --out` keeps it, for `apply` to carry out that one and no other. Has no secret. */
export interface SavedPlan {
  readonly schemaVersion: 1;
  readonly kind: "rcwh-plan";
  /** RFC 3339. */
  readonly createdAt: string;
  readonly profile: string;
  /** A hash of the user and app. */
  readonly user: string;
  /** The path of the file as it was given, or `-`. Older plans have none. */
  readonly from?: string;
  /** A keyed hash of all that the file asks for, tokens included. */
  readonly file: string;
  readonly targets: readonly string[];
  readonly allowShorter: boolean;
  readonly changes: readonly SavedChange[];
}

type SavedChange = Pick<Change, "name" | "part" | "action" | "reasons" | "before" | "after"> & {
  readonly id?: string;
};

/** The plan's owner. `key` is a secret of the owner: without it a token cannot be guessed by trial and error. */
export interface PlanOwner {
  readonly profile: string;
  readonly recordsKey: string;
  readonly key: string;
}

export function savePlan(
  { changes }: Plan,
  manifest: Manifest,
  owner: PlanOwner,
  about: Pick<SavedPlan, "createdAt" | "from" | "targets" | "allowShorter">,
): SavedPlan {
  return {
    schemaVersion: 1,
    kind: "rcwh-plan",
    ...about,
    profile: owner.profile,
    user: hash("plan", owner.recordsKey),
    file: hashOf(manifest, owner),
    changes: changes.filter(isPending).map(toSaved),
  };
}

export function isPlan(text: string): boolean {
  const value = parseJson(text);
  return isObject(value) && value["kind"] === "rcwh-plan";
}

/** Throws UsageError for what is not a plan that this version of rcwh has written. `path` is for messages. */
export function parsePlan(text: string, path: string): SavedPlan {
  const value = parseJson(text);
  const hint = "Write one with `rcwh plan --out plan.json`.";
  if (!isObject(value) || value["kind"] !== "rcwh-plan") {
    throw new UsageError(`${path} is not a plan of rcwh.`, hint);
  }
  const { schemaVersion, user, from, file, targets, changes } = value;
  const isWhole =
    schemaVersion === 1 &&
    typeof user === "string" &&
    typeof file === "string" &&
    (from === undefined || typeof from === "string") &&
    Array.isArray(targets) &&
    Array.isArray(changes);
  if (!isWhole)
    throw new UsageError(`${path} is a plan that this version of rcwh cannot read.`, hint);
  // Each of its members that decides something has been tested; the changes are compared as they are.
  return value as unknown as SavedPlan;
}

/** What has moved since a plan was saved; undefined if nothing has. */
export function findMoved(
  saved: SavedPlan,
  { changes }: Plan,
  manifest: Manifest,
  owner: PlanOwner,
): "user" | "file" | "account" | undefined {
  if (saved.user !== hash("plan", owner.recordsKey)) return "user";
  if (saved.file !== hashOf(manifest, owner)) return "file";
  const now = changes.filter(isPending).map(toSaved);
  return isSameJson(essenceOf(saved.changes), essenceOf(now)) ? undefined : "account";
}

/** Whether two plans of one file come to the same. */
export function isSamePlan(one: Plan, other: Plan): boolean {
  const [first, second] = [one, other].map(({ changes }) =>
    essenceOf(changes.filter(isPending).map(toSaved)),
  );
  return isSameJson(first, second);
}

function toSaved({
  name,
  part,
  action,
  reasons,
  before,
  after,
  subscription,
}: Change): SavedChange {
  return {
    name,
    ...(part !== undefined && { part }),
    action,
    ...(subscription && { id: subscription.id }),
    reasons,
    ...(before && { before }),
    ...(after && { after }),
  };
}

/** Without the words, which may tell of a time. */
function essenceOf(changes: readonly SavedChange[]): unknown {
  return JSON.parse(JSON.stringify(changes.map(({ reasons: _, ...change }) => change)));
}

function hashOf(manifest: Manifest, { key }: PlanOwner): string {
  const texts = wantedSubscriptions(manifest).map((wanted) => JSON.stringify(describe(wanted)));
  const members = manifest.webhooks.flatMap(({ name, extensions, filtersPerSubscription }) =>
    extensions ? JSON.stringify([name, extensions, filtersPerSubscription]) : [],
  );
  return hash("plan", key, manifest.name, ...texts, ...members);
}

function describe(wanted: WantedSubscription): readonly unknown[] {
  const { webhook, part, api, address, eventFilters, lifetime, verificationToken } = wanted;
  const expiry = lifetime && (lifetime.seconds ?? "until");
  return [webhook, part, api, address, eventFilters, expiry, verificationToken];
}
