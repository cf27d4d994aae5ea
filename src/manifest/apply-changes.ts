import { CliError, ExitCode } from "../errors.ts";
import type { Account } from "../lifecycle/account.ts";
import { endsTheRun, resultOfError } from "../lifecycle/bulk.ts";
import { deleteForCertain } from "../lifecycle/delete-if-there.ts";
import { countOf } from "../lifecycle/inventory.ts";
import { concludeReplacement } from "../lifecycle/replacement/replacement-steps.ts";
import type { FinishedInventory } from "../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../lifecycle/results.ts";
import { subscriptionLimit } from "../subscriptions/limits.ts";
import { nameOf } from "../subscriptions/name.ts";
import { without } from "../subscriptions/subscription-filters.ts";
import { type Change, isPending, type Plan } from "./change.ts";
import { type Coverage, createCoverage } from "./coverage.ts";
import { type WantedSubscription, wantedName } from "./wanted.ts";
import { type ApplyOptions, deliveringOf, type Task, WebhookSteps } from "./webhook-steps.ts";

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

/** A message for the waiting user. */
const verbs: Readonly<Record<Change["action"], string>> = {
  create: "Creating",
  update: "Updating",
  replace: "Replacing",
  delete: "Deleting",
  adopt: "Adopting",
  unchanged: "Keeping",
};

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
  readonly #steps: WebhookSteps;
  readonly #results = new Map<Change, Result>();
  readonly #tasks: readonly Task[];
  readonly #coverage: Coverage;
  #stoppedBy: unknown;
  #hasFailed = false;

  constructor(account: Account, found: FinishedInventory, plan: Plan, options: ApplyOptions) {
    this.#account = account;
    this.#plan = plan;
    this.#options = options;
    this.#steps = new WebhookSteps(account, plan.manifest, found, options);
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
      await this.#steps.record(subscription, change, wanted);
      if (action === "unchanged") continue;
      const { id, profile } = subscription;
      const outcome = action === "adopt" ? "adopted" : "updated";
      this.#results.set(change, {
        ...this.#steps.about(change),
        id,
        profile,
        outcome,
        subscription,
      });
    }
  }

  async createAll(): Promise<void> {
    for (const task of this.#open("create")) {
      await this.#attempt(task, async () => {
        const { wanted } = task.change;
        if (wanted) await this.#makeRoom(wanted.api, wanted);
        return this.#steps.create(task);
      });
    }
  }

  async changeAll(action: "update" | "replace"): Promise<void> {
    let waiting = this.#open(action);
    while (waiting.length > 0) {
      const ready = waiting.find((task) => this.#endangered(task).length === 0);
      const task = ready ?? waiting[0];
      if (!task) return;
      const endangered = this.#endangered(task);
      if (ready || !this.#hasFailed) {
        await this.#attempt(task, async () => {
          if (action === "update") return this.#steps.update(task, endangered);
          if (task.subscription) await this.#makeRoom(task.subscription.api, undefined);
          return this.#steps.replace(task, endangered);
        });
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
        await this.#attempt(task, () => this.#steps.delete(task));
      }
    }
  }

  end(): Applied {
    const applied = this.#plan.changes.map((change) => {
      const known = this.#results.get(change);
      const isOpen = !known && isPending(change);
      const id = change.subscription?.id ?? "";
      const untried = { ...this.#steps.about(change), id, outcome: "not-tried" as const };
      return { change, result: isOpen ? untried : known };
    });
    return { applied, stoppedBy: this.#stoppedBy, hasChanged: this.#steps.hasChanged };
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
    this.#account.notify({ kind: "progress", text: `${verbs[change.action]} ${change.name}` });
    try {
      this.#results.set(change, await work());
    } catch (error) {
      const id = change.subscription?.id ?? "";
      const about = { ...this.#steps.about(change), id };
      this.#results.set(change, resultOfError(about, error).result);
      this.#hasFailed = true;
      if (!this.#options.keepGoing || endsTheRun(error)) this.#stoppedBy = error;
    }
  }

  /** What a change would take from the account before something else has it. */
  #endangered({ subscription, before, after }: Task): readonly string[] {
    if (!before) return [];
    const { id } = subscription ?? {};
    const others = this.#steps.inventory.subscriptions.filter((each) => each.id !== id);
    return this.#coverage.endangered(before, after, others.map(deliveringOf));
  }

  /** Ends the replacements whose old ones had to deliver on. Where that fails, the next run does it. */
  async #deleteKept(): Promise<void> {
    for (const old of this.#steps.kept) {
      if (this.#stoppedBy !== undefined) return;
      const others = this.#steps.inventory.subscriptions.filter(({ id }) => id !== old.id);
      const before = deliveringOf(old);
      if (this.#coverage.endangered(before, undefined, others.map(deliveringOf)).length > 0)
        continue;
      try {
        await deleteForCertain(this.#account, old);
        await concludeReplacement(this.#account, old.id);
        this.#steps.remove(old);
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
      const extra = without(before.eventFilters, after.eventFilters, this.#steps.inventory.own);
      if (extra.length === 0 || this.#endangered(task).length > 0) continue;
      const { id, outcome, newId } = result;
      await this.#attempt(task, async () => {
        const trimmed = await this.#steps.update(task, []);
        return newId === undefined ? trimmed : { ...trimmed, id, outcome, newId };
      });
    }
  }

  /**
   * Deletes what the file no longer names if there is no room, unless a filter would lose its subscription.
   *
   * @param created undefined for a replacement, which says itself that there is no room
   */
  async #makeRoom(
    api: WantedSubscription["api"],
    created: WantedSubscription | undefined,
  ): Promise<void> {
    const count = countOf(this.#steps.inventory, api);
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
      await this.#attempt(spare, () => this.#steps.delete(spare));
      return;
    }
    if (!created) return;
    throw new CliError(
      `There are ${count} subscriptions, and RingCentral allows ${subscriptionLimit}: "${wantedName(created)}" does not fit.`,
      { exitCode: ExitCode.failure, code: "SUB-505", hint: this.#roomHint(api) },
    );
  }

  /** How a new one can have room. Only deletions can make it: there is nothing to break. */
  #roomHint(api: WantedSubscription["api"]): string {
    const [going] = this.#open("delete").filter(({ change }) => change.subscription?.api === api);
    if (going && !this.#options.allowDeletes)
      return "Make room with --allow-deletes, which deletes what the file no longer names.";
    return going
      ? `Add --break-before-make, which deletes "${going.change.name}" first and loses events in between.`
      : "Choose one to delete with `rcwh list`, then delete it.";
  }

  #heldBack({ change }: Task, endangered: readonly string[]): Result {
    const id = change.subscription?.id ?? "";
    return {
      ...this.#steps.about(change),
      id,
      outcome: "not-tried",
      error: {
        code: "NOT_TRIED",
        message: `"${change.name}" is unchanged: it still delivers ${endangered.join(", ")}, because its successor failed.`,
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
      ? `No extension is left in part ${part} of "${name}"`
      : `The file no longer names "${name}"`;
    return {
      ...this.#steps.about(change),
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
}
