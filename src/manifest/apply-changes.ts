import { CliError, ExitCode } from "../errors.ts";
import type { Account } from "../lifecycle/account.ts";
import { endsTheRun, resultOfError } from "../lifecycle/bulk.ts";
import { changeInPlace, planChange } from "../lifecycle/change-subscription.ts";
import { createSubscription } from "../lifecycle/create-subscription.ts";
import { deleteForCertain } from "../lifecycle/delete-if-there.ts";
import { countOf, type OwnedSubscription } from "../lifecycle/inventory.ts";
import { knownToken, mustBreakFirst, replaceWithRoom } from "../lifecycle/replacement-plan.ts";
import {
  concludeReplacement,
  makeRoomHint,
  withUnchanged,
} from "../lifecycle/replacement-steps.ts";
import type { Result } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { findShortfall } from "../lifecycle/shortfall.ts";
import { refuseUnderWay } from "../lifecycle/under-way.ts";
import type { FinishedInventory } from "../lifecycle/unfinished-replacements.ts";
import { comparedWithAsked, type Difference } from "../subscriptions/compare.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { subscriptionLimit } from "../subscriptions/limits.ts";
import { nameOf } from "../subscriptions/name.ts";
import type { ManagedAs, SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/subscription-filters.ts";
import { type Change, isPending, type Plan } from "./change.ts";
import { type Coverage, createCoverage, type Delivering } from "./coverage.ts";
import { type WantedSubscription, wantedName } from "./wanted.ts";

export interface ApplyOptions {
  /** Whether what the file names no longer is deleted. */
  readonly allowDeletes: boolean;
  /** Whether to go on after a failure. */
  readonly keepGoing: boolean;
  /** Whether the old one is deleted first where 30 of 30 leave no room. */
  readonly breakBeforeMake: boolean;
  readonly allowShorter: boolean;
  /** The tokens that were generated, by the webhook's name. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** What became of a change. */
export interface AppliedChange {
  readonly change: Change;
  /** Undefined where nothing had to be done. */
  readonly result: Result | undefined;
}

export interface Applied {
  /** In the order of the plan. */
  readonly applied: readonly AppliedChange[];
  /** The error that ended the work early. */
  readonly stoppedBy: unknown;
  /** Whether anything was sent that changes something. */
  readonly hasChanged: boolean;
}

/** Milliseconds after which any run may delete an old one that had to deliver on, because this one was killed. */
const overlap = 5 * 60_000;

interface Task {
  readonly change: Change;
  /** What it delivers now; undefined for one to create. */
  before: Delivering | undefined;
  /** What it is to deliver; undefined for one to delete. */
  readonly after: Delivering | undefined;
  /** As it is now. */
  subscription: OwnedSubscription | undefined;
}

/**
 * Makes a plan true: creates, then updates, then replaces, then deletes. A filter that is to stay has a subscription all
 * the while: what is to lose one waits for the one that gets it, and has both sets for a moment where they wait for each other.
 */
export async function applyChanges(
  account: Account,
  found: FinishedInventory,
  plan: Plan,
  options: ApplyOptions,
): Promise<Applied> {
  const run = new Run(account, found, plan, options);
  await run.keepRecords();
  await run.createAll();
  await run.changeAll("update");
  await run.changeAll("replace");
  await run.deleteAll();
  return run.end();
}

class Run {
  readonly #account: Account;
  readonly #plan: Plan;
  readonly #options: ApplyOptions;
  #inventory: FinishedInventory;
  readonly #results = new Map<Change, Result>();
  readonly #tasks: readonly Task[];
  readonly #coverage: Coverage;
  /** Old ones that deliver on until something else has what they deliver. */
  #kept: readonly OwnedSubscription[] = [];
  #stoppedBy: unknown;
  #hasFailed = false;
  #hasChanged = false;

  constructor(account: Account, found: FinishedInventory, plan: Plan, options: ApplyOptions) {
    this.#account = account;
    this.#plan = plan;
    this.#options = options;
    this.#inventory = found;
    this.#tasks = plan.changes.map((change) => ({
      change,
      before: change.subscription && deliveringOf(change.subscription),
      after: change.wanted,
      subscription: change.subscription,
    }));
    const goes = ({ change }: Task) => change.action === "delete" && options.allowDeletes;
    const planned = new Set(plan.changes.map(({ subscription }) => subscription?.id));
    const others = found.subscriptions.filter(({ id }) => !planned.has(id)).map(deliveringOf);
    const final = this.#tasks.flatMap((task) =>
      goes(task) ? [] : (task.after ?? task.before ?? []),
    );
    this.#coverage = createCoverage([...final, ...others], found.own);
  }

  /** Tells the records which webhook each subscription is, and what the file asks for: no request. */
  async keepRecords(): Promise<void> {
    for (const change of this.#plan.changes) {
      const { subscription, wanted, action, isBookkeeping } = change;
      if (!subscription || !wanted || !isBookkeeping) continue;
      await this.#record(subscription, change, wanted);
      if (action === "unchanged") continue;
      const { id, profile } = subscription;
      const outcome = action === "adopt" ? "adopted" : "updated";
      this.#results.set(change, { ...this.#about(change), id, profile, outcome, subscription });
    }
  }

  async createAll(): Promise<void> {
    for (const task of this.#open("create")) await this.#attempt(task, () => this.#create(task));
  }

  async changeAll(action: "update" | "replace"): Promise<void> {
    let waiting = this.#open(action);
    while (waiting.length > 0) {
      const ready = waiting.find((task) => this.#endangered(task).length === 0);
      const task = ready ?? waiting[0];
      if (!task) return;
      const endangered = this.#endangered(task);
      if (ready || !this.#hasFailed) {
        await this.#attempt(task, () =>
          action === "update" ? this.#update(task, endangered) : this.#replace(task, endangered),
        );
      } else {
        this.#results.set(task.change, this.#heldBack(task, endangered));
      }
      waiting = this.#open(action);
    }
  }

  async deleteAll(): Promise<void> {
    await this.#deleteKept();
    // What a replacement or an update got for a moment only.
    await this.#trim();
    for (const task of this.#open("delete")) {
      if (this.#stoppedBy !== undefined) return;
      if (!this.#options.allowDeletes) {
        this.#results.set(task.change, this.#leftAlone(task));
      } else if (this.#endangered(task).length > 0) {
        this.#results.set(task.change, this.#heldBack(task, this.#endangered(task)));
      } else {
        await this.#attempt(task, () => this.#delete(task));
      }
    }
  }

  end(): Applied {
    const applied = this.#plan.changes.map((change) => {
      const known = this.#results.get(change);
      const isOpen = !known && isPending(change);
      const id = change.subscription?.id ?? "";
      const untried = { ...this.#about(change), id, outcome: "not-tried" as const };
      return { change, result: isOpen ? untried : known };
    });
    return { applied, stoppedBy: this.#stoppedBy, hasChanged: this.#hasChanged };
  }

  #open(action: Change["action"]): readonly Task[] {
    if (this.#stoppedBy !== undefined) return [];
    return this.#tasks.filter(
      ({ change }) => change.action === action && !this.#results.has(change),
    );
  }

  async #attempt(task: Task, work: () => Promise<Result>): Promise<void> {
    if (this.#stoppedBy !== undefined) return;
    const { change } = task;
    const verbs = {
      ...{ create: "Creating", update: "Updating", replace: "Replacing", delete: "Deleting" },
      ...{ adopt: "Adopting", unchanged: "Keeping" },
    };
    this.#account.notify({ kind: "progress", text: `${verbs[change.action]} ${change.name}` });
    try {
      this.#results.set(change, await work());
    } catch (error) {
      const id = change.subscription?.id ?? "";
      const about = { ...this.#about(change), id };
      this.#results.set(change, resultOfError(about, error).result);
      this.#hasFailed = true;
      if (!this.#options.keepGoing || endsTheRun(error)) this.#stoppedBy = error;
    }
  }

  #about({ name, part, profile, subscription }: Change) {
    return {
      profile,
      webhook: wantedName({ webhook: name, ...(part !== undefined && { part }) }),
      ...(subscription && { subscription }),
    };
  }

  /** What a change would take from the account before something else has it. */
  #endangered({ subscription, before, after }: Task): readonly string[] {
    if (!before) return [];
    const { id } = subscription ?? {};
    const others = this.#inventory.subscriptions.filter((each) => each.id !== id);
    return this.#coverage.endangered(before, after, others.map(deliveringOf));
  }

  async #create({ change }: Task): Promise<Result> {
    const { wanted, missing, profile } = change;
    if (!wanted) throw new Error("Nothing says what to create.");
    await this.#makeRoom(wanted.api, wanted);
    const record = missing?.record;
    const recorded = record && !record.foreign ? record.verificationToken : undefined;
    const token = this.#tokenFor(wanted, recorded);
    const expiresIn = wanted.lifetime?.seconds ?? record?.expiresIn;
    const request = {
      eventFilters: wanted.eventFilters,
      deliveryMode: {
        transportType: "WebHook" as const,
        address: wanted.address,
        ...(token !== undefined && { verificationToken: token }),
      },
      ...(expiresIn !== undefined && { expiresIn }),
    };
    const until = wanted.lifetime?.seconds === undefined ? wanted.lifetime : undefined;
    const managedAs = this.#managedAs(wanted);
    const created = await createSubscription(
      this.#account,
      { api: wanted.api, request, until },
      { ifExists: "error", managedAs },
    );
    const { subscription, differences } = created;
    this.#hasChanged = true;
    this.#add(subscription);
    if (record) await this.#account.records.remove(record.id);
    await this.#noteRefused(subscription, wanted);
    return {
      ...this.#about(change),
      id: record?.id ?? subscription.id,
      profile,
      outcome: record ? "recreated" : "created",
      subscription,
      ...(record && { newId: subscription.id }),
      ...this.#attention(differences, subscription),
    };
  }

  async #update(task: Task, endangered: readonly string[]): Promise<Result> {
    const { change } = task;
    const { wanted } = change;
    const { subscription } = task;
    if (!wanted || !subscription) throw new Error("Nothing says what to update.");
    await refuseUnderWay(this.#account, subscription);
    const address = subscription.deliveryMode.address ?? "";
    const target = { subscription, address, inventory: this.#inventory };
    const { lifetime: seconds } = change;
    const planned = planChange(this.#account, target, {
      whole: [...wanted.eventFilters, ...endangered],
      added: [],
      removed: [],
      lifetime: seconds === undefined ? undefined : { seconds, from: () => seconds },
      allowShorter: this.#options.allowShorter,
    });
    const { result, differences } = await changeInPlace(this.#account, target, planned);
    this.#hasChanged ||= result.outcome === "updated";
    this.#add(result.subscription);
    task.before = deliveringOf(result.subscription);
    task.subscription = result.subscription;
    if (endangered.length === 0) await this.#record(result.subscription, change, wanted);
    await this.#noteRefused(result.subscription, wanted);
    return {
      ...result,
      ...this.#about({ ...change, subscription: result.subscription }),
      ...this.#attention(differences, result.subscription),
    };
  }

  async #replace(task: Task, endangered: readonly string[]): Promise<Result> {
    const { change } = task;
    const { wanted, profile } = change;
    const old = task.subscription;
    if (!wanted || !old) throw new Error("Nothing says what to replace.");
    const account = this.#account;
    await refuseUnderWay(account, old, { replacing: true });
    await this.#makeRoom(old.api, undefined);
    const flags = { ...(this.#options.breakBeforeMake && { breakBeforeMake: true as const }) };
    const keepsOld = endangered.length > 0 && countOf(this.#inventory, old.api) < subscriptionLimit;
    const recorded =
      wanted.verificationToken === undefined
        ? knownToken(old, {}, this.#inventory, account, "give it one with verificationToken")
        : this.#inventory.records.get(old.id)?.verificationToken;
    const token = this.#tokenFor(wanted, recorded);
    const { lifetime: seconds } = change;
    const target = { subscription: old, address: wanted.address, inventory: this.#inventory };
    const { request } = planChange(account, target, {
      whole: keepsOld ? wanted.eventFilters : [...wanted.eventFilters, ...endangered],
      added: [],
      removed: [],
      lifetime: seconds === undefined ? undefined : { seconds, from: () => seconds },
      allowShorter: this.#options.allowShorter,
    });
    const definition = {
      ...request,
      address: wanted.address,
      ...(token !== undefined && { verificationToken: token }),
    };
    const breaks =
      countOf(this.#inventory, old.api) >= subscriptionLimit &&
      mustBreakFirst(old, flags, this.#inventory, account);
    const { subscription } = await replaceWithRoom(
      account,
      this.#inventory,
      {
        ...{ old, definition, recovers: !isHealthy(old) },
        managedAs: this.#managedAs(wanted),
        keepBoth: keepsOld ? overlap : undefined,
      },
      { breaks, mayBreak: this.#options.breakBeforeMake },
    ).catch((error: unknown) => {
      throw withUnchanged(old, error);
    });
    this.#hasChanged = true;
    if (keepsOld) this.#kept = [...this.#kept, old];
    else this.#remove(old);
    this.#add(subscription);
    task.before = deliveringOf(subscription);
    task.subscription = subscription;
    await this.#record(subscription, change, wanted);
    await this.#noteRefused(subscription, wanted);
    const compared = { now: serverNow(account), own: this.#inventory.own };
    return {
      ...this.#about({ ...change, subscription }),
      id: old.id,
      profile,
      outcome: "replaced",
      newId: subscription.id,
      ...this.#attention(comparedWithAsked(definition, subscription, compared), subscription),
    };
  }

  async #delete({ change }: Task): Promise<Result> {
    const { subscription, profile } = change;
    if (!subscription) throw new Error("Nothing says what to delete.");
    const outcome = await deleteForCertain(this.#account, subscription);
    await this.#account.records.remove(subscription.id);
    this.#hasChanged = true;
    this.#remove(subscription);
    return { ...this.#about(change), id: subscription.id, profile, outcome };
  }

  /** Ends the replacements whose old ones had to deliver on. Where that fails, the next run does it. */
  async #deleteKept(): Promise<void> {
    for (const old of this.#kept) {
      if (this.#stoppedBy !== undefined) return;
      const others = this.#inventory.subscriptions.filter(({ id }) => id !== old.id);
      const before = deliveringOf(old);
      if (this.#coverage.endangered(before, undefined, others.map(deliveringOf)).length > 0)
        continue;
      try {
        await deleteForCertain(this.#account, old);
        await concludeReplacement(this.#account, old.id);
        this.#remove(old);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (endsTheRun(error)) this.#stoppedBy = error;
        else this.#account.notify({ kind: "warning", text: error.message });
      }
    }
  }

  /** Takes from updated and replaced ones what they had only until something else has it. */
  async #trim(): Promise<void> {
    for (const task of this.#tasks) {
      const { change, before, after } = task;
      const result = this.#results.get(change);
      const isDone = ["updated", "replaced", "unchanged"].includes(result?.outcome ?? "");
      if (this.#stoppedBy !== undefined || !result || !isDone || !before || !after) continue;
      if (change.isBookkeeping) continue;
      const extra = without(before.eventFilters, after.eventFilters, this.#inventory.own);
      if (extra.length === 0 || this.#endangered(task).length > 0) continue;
      const { id, outcome, newId } = result;
      await this.#attempt(task, async () => {
        const trimmed = await this.#update(task, []);
        return newId === undefined ? trimmed : { ...trimmed, id, outcome, newId };
      });
    }
  }

  /**
   * Deletes what the file names no longer where 30 of 30 leave no room, as far as no filter is left without a subscription.
   *
   * @param created undefined for a replacement, which says itself that there is no room
   */
  async #makeRoom(
    api: WantedSubscription["api"],
    created: WantedSubscription | undefined,
  ): Promise<void> {
    const count = countOf(this.#inventory, api);
    if (count < subscriptionLimit) return;
    const going = this.#options.allowDeletes
      ? this.#open("delete").filter(({ change }) => change.subscription?.api === api)
      : [];
    const spare =
      going.find((task) => this.#endangered(task).length === 0) ??
      (this.#options.breakBeforeMake && created ? going[0] : undefined);
    if (spare) {
      this.#account.notify({
        kind: "note",
        text: `There are ${count} subscriptions, and RingCentral allows ${subscriptionLimit}: "${spare.change.name}" is deleted first, to make room.`,
      });
      await this.#attempt(spare, () => this.#delete(spare));
      return;
    }
    if (!created) return;
    throw new CliError(
      `There are ${count} subscriptions, and RingCentral allows ${subscriptionLimit}: "${wantedName(created)}" does not fit.`,
      { exitCode: ExitCode.failure, code: "SUB-505", hint: roomHint(this.#plan, this.#options) },
    );
  }

  #tokenFor(wanted: WantedSubscription, recorded: string | undefined): string | undefined {
    const { verificationToken } = wanted;
    if (verificationToken === undefined) return recorded;
    if ("given" in verificationToken) return verificationToken.given;
    return recorded ?? this.#options.tokens.get(wanted.webhook);
  }

  #managedAs({ webhook, part, eventFilters, address }: WantedSubscription): ManagedAs {
    const { manifest } = this.#plan;
    const asked = { eventFilters, address };
    return { manifest, webhook, ...(part !== undefined && { part }), asked };
  }

  async #record(
    subscription: OwnedSubscription,
    { laterLifetime, lifetime }: Change,
    wanted: WantedSubscription,
  ): Promise<void> {
    const { id, api, deliveryMode, expirationTime } = subscription;
    const expiresIn = laterLifetime ?? lifetime;
    const unknown: SubscriptionRecord = {
      ...{ id, api, eventFilters: allFilters(subscription, this.#inventory.own) },
      ...{ address: deliveryMode.address ?? "", expirationTime, foreign: true },
    };
    await this.#account.records.edit(id, (current) => ({
      ...(current ?? unknown),
      ...(expiresIn !== undefined && { expiresIn }),
      managedAs: this.#managedAs(wanted),
    }));
  }

  /** What RingCentral left out without a word is asked for again by each renewal, and not by each apply. */
  async #noteRefused(
    subscription: OwnedSubscription,
    { eventFilters }: WantedSubscription,
  ): Promise<void> {
    const { own } = this.#inventory;
    const refused = without(eventFilters, allFilters(subscription, own), own);
    if (refused.length === 0) return;
    await this.#account.records.edit(
      subscription.id,
      (current) => current && { ...current, droppedFilters: refused },
    );
  }

  #attention(
    differences: readonly Difference[],
    subscription: OwnedSubscription,
  ): Pick<Result, "error"> {
    const error = findShortfall(differences, subscription, this.#inventory.own);
    return error ? { error } : {};
  }

  #heldBack({ change }: Task, endangered: readonly string[]): Result {
    const id = change.subscription?.id ?? "";
    return {
      ...this.#about(change),
      id,
      outcome: "not-tried",
      error: {
        code: "NOT_TRIED",
        message: `"${change.name}" is unchanged: it still delivers ${endangered.join(", ")}, and what takes that over failed.`,
        hint: "Fix what failed, then run the same command again.",
        exitCode: ExitCode.attention,
      },
    };
  }

  #leftAlone({ change }: Task): Result {
    const { subscription, name, part } = change;
    const id = subscription?.id ?? "";
    const parts = this.#plan.changes.filter(({ wanted }) => wanted?.webhook === name);
    const isEmpty = part !== undefined && parts.some(({ wanted }) => wanted?.part !== undefined);
    const why = isEmpty
      ? `Nobody is left in part ${part} of "${name}"`
      : `The file does not name "${name}" any more`;
    return {
      ...this.#about(change),
      id,
      outcome: "skipped",
      error: {
        code: "NOT_DELETED",
        message: `${why}, and ${nameOf({ ...subscription, id })} still exists.`,
        hint: "Delete it with --allow-deletes.",
        exitCode: ExitCode.attention,
      },
    };
  }

  #add(subscription: OwnedSubscription): void {
    const others = this.#inventory.subscriptions.filter(({ id }) => id !== subscription.id);
    this.#inventory = { ...this.#inventory, subscriptions: [...others, subscription] };
  }

  #remove({ id }: OwnedSubscription): void {
    const subscriptions = this.#inventory.subscriptions.filter((each) => each.id !== id);
    this.#inventory = { ...this.#inventory, subscriptions };
  }
}

function deliveringOf(subscription: OwnedSubscription): Delivering {
  return {
    address: subscription.deliveryMode.address ?? "",
    eventFilters: allFilters(subscription),
  };
}

function roomHint({ changes }: Plan, { allowDeletes }: ApplyOptions): string {
  const deletions = changes.filter(({ action }) => action === "delete").length;
  return deletions > 0 && !allowDeletes
    ? "Make room with --allow-deletes, which deletes what the file does not name any more."
    : makeRoomHint;
}
