import type { Account } from "../lifecycle/account.ts";
import { changeInPlace, planChange } from "../lifecycle/change-subscription.ts";
import { createSubscription } from "../lifecycle/create-subscription.ts";
import { deleteForCertain } from "../lifecycle/delete-if-there.ts";
import { countOf, type OwnedSubscription } from "../lifecycle/inventory.ts";
import {
  knownToken,
  mustBreakFirst,
  replaceWithRoom,
} from "../lifecycle/replacement/replacement-plan.ts";
import { withUnchanged } from "../lifecycle/replacement/replacement-steps.ts";
import { refuseUnderWay } from "../lifecycle/replacement/under-way.ts";
import type { FinishedInventory } from "../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../lifecycle/results.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { findShortfall } from "../lifecycle/shortfall.ts";
import { comparedWithAsked, type Difference } from "../subscriptions/compare.ts";
import { isHealthy } from "../subscriptions/health.ts";
import { subscriptionLimit } from "../subscriptions/limits.ts";
import type { ManagedAs, SubscriptionRecord } from "../subscriptions/record.ts";
import { allFilters, without } from "../subscriptions/subscription-filters.ts";
import type { Change } from "./change.ts";
import type { Delivering } from "./coverage.ts";
import { type WantedSubscription, wantedName } from "./wanted.ts";

export interface ApplyOptions {
  /** Whether to delete what the file no longer names. */
  readonly allowDeletes: boolean;
  /** Whether to go on after a failure. */
  readonly keepGoing: boolean;
  /** Whether to delete the old one first at the subscription limit. */
  readonly breakBeforeMake: boolean;
  readonly allowShorter: boolean;
  /** The tokens that were generated, by the webhook's name. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** Milliseconds after which any run may delete an old one that had to deliver on, because this one was killed. */
const overlap = 5 * 60_000;

/** A change on its way. */
export interface Task {
  readonly change: Change;
  /** What it delivers now; undefined for one to create. */
  before: Delivering | undefined;
  /** What it is to deliver; undefined for one to delete. */
  readonly after: Delivering | undefined;
  /** As it is now. */
  subscription: OwnedSubscription | undefined;
}

/** What it takes to make changes true, one at a time. Each method is about one and knows nothing of the others. */
export class WebhookSteps {
  readonly #account: Account;
  readonly #manifest: string;
  readonly #options: ApplyOptions;
  /** What the account has by now. */
  inventory: FinishedInventory;
  /** Old ones that deliver on until something else has what they deliver. */
  kept: readonly OwnedSubscription[] = [];
  /** Whether anything was sent that changes something. */
  hasChanged = false;

  /** @param manifest what the file calls itself */
  constructor(account: Account, manifest: string, found: FinishedInventory, options: ApplyOptions) {
    this.#account = account;
    this.#manifest = manifest;
    this.#options = options;
    this.inventory = found;
  }

  async create({ change }: Task): Promise<Result> {
    const { wanted, missing, profile } = change;
    if (!wanted) throw new Error("The change does not say what to create.");
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
    this.hasChanged = true;
    this.#add(subscription);
    if (record) await this.#account.records.remove(record.id);
    await this.#noteRefused(subscription, wanted);
    return {
      ...this.about(change),
      id: record?.id ?? subscription.id,
      profile,
      outcome: record ? "recreated" : "created",
      subscription,
      ...(record && { newId: subscription.id }),
      ...this.#attention(differences, subscription),
    };
  }

  async update(task: Task, endangered: readonly string[]): Promise<Result> {
    const { change } = task;
    const { wanted } = change;
    const { subscription } = task;
    if (!wanted || !subscription) throw new Error("The change does not say what to update.");
    await refuseUnderWay(this.#account, subscription);
    const address = subscription.deliveryMode.address ?? "";
    const target = { subscription, address, inventory: this.inventory };
    const { lifetime: seconds } = change;
    const planned = planChange(this.#account, target, {
      whole: [...wanted.eventFilters, ...endangered],
      added: [],
      removed: [],
      lifetime: seconds === undefined ? undefined : { seconds, from: () => seconds },
      allowShorter: this.#options.allowShorter,
    });
    const { result, differences } = await changeInPlace(this.#account, target, planned);
    this.hasChanged ||= result.outcome === "updated";
    this.#add(result.subscription);
    task.before = deliveringOf(result.subscription);
    task.subscription = result.subscription;
    if (endangered.length === 0) await this.record(result.subscription, change, wanted);
    await this.#noteRefused(result.subscription, wanted);
    return {
      ...result,
      ...this.about({ ...change, subscription: result.subscription }),
      ...this.#attention(differences, result.subscription),
    };
  }

  async replace(task: Task, endangered: readonly string[]): Promise<Result> {
    const { change } = task;
    const { wanted, profile } = change;
    const old = task.subscription;
    if (!wanted || !old) throw new Error("The change does not say what to replace.");
    const account = this.#account;
    await refuseUnderWay(account, old, { replacing: true });
    const flags = { ...(this.#options.breakBeforeMake && { breakBeforeMake: true as const }) };
    const keepsOld = endangered.length > 0 && countOf(this.inventory, old.api) < subscriptionLimit;
    const recorded =
      wanted.verificationToken === undefined
        ? knownToken(old, {}, this.inventory, account, "give it one with verificationToken")
        : this.inventory.records.get(old.id)?.verificationToken;
    const token = this.#tokenFor(wanted, recorded);
    const { lifetime: seconds } = change;
    const target = { subscription: old, address: wanted.address, inventory: this.inventory };
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
      countOf(this.inventory, old.api) >= subscriptionLimit &&
      mustBreakFirst(old, flags, this.inventory, account);
    const { subscription, gap } = await replaceWithRoom(
      account,
      this.inventory,
      {
        ...{ old, definition, recovers: !isHealthy(old) },
        managedAs: this.#managedAs(wanted),
        keepBoth: keepsOld ? overlap : undefined,
      },
      { breaks, mayBreak: this.#options.breakBeforeMake },
    ).catch((error: unknown) => {
      throw withUnchanged(old, error);
    });
    this.hasChanged = true;
    if (keepsOld) this.kept = [...this.kept, old];
    else this.remove(old);
    this.#add(subscription);
    task.before = deliveringOf(subscription);
    task.subscription = subscription;
    await this.record(subscription, change, wanted);
    await this.#noteRefused(subscription, wanted);
    const compared = { now: serverNow(account), own: this.inventory.own };
    return {
      ...this.about({ ...change, subscription }),
      id: old.id,
      profile,
      outcome: "replaced",
      newId: subscription.id,
      ...(gap && { gap }),
      ...this.#attention(comparedWithAsked(definition, subscription, compared), subscription),
    };
  }

  async delete({ change }: Task): Promise<Result> {
    const { subscription, profile } = change;
    if (!subscription) throw new Error("The change does not say what to delete.");
    const outcome = await deleteForCertain(this.#account, subscription);
    await this.#account.records.remove(subscription.id);
    this.hasChanged = true;
    this.remove(subscription);
    return { ...this.about(change), id: subscription.id, profile, outcome };
  }

  #tokenFor(wanted: WantedSubscription, recorded: string | undefined): string | undefined {
    const { verificationToken } = wanted;
    if (verificationToken === undefined) return recorded;
    if ("given" in verificationToken) return verificationToken.given;
    return recorded ?? this.#options.tokens.get(wanted.webhook);
  }

  #managedAs({ webhook, part, eventFilters, address }: WantedSubscription): ManagedAs {
    const manifest = this.#manifest;
    const asked = { eventFilters, address };
    return { manifest, webhook, ...(part !== undefined && { part }), asked };
  }

  /** Tells the record which webhook it is, and what the file asks for. */
  async record(
    subscription: OwnedSubscription,
    { laterLifetime, lifetime }: Change,
    wanted: WantedSubscription,
  ): Promise<void> {
    const { id, api, deliveryMode, expirationTime } = subscription;
    const expiresIn = laterLifetime ?? lifetime;
    const unknown: SubscriptionRecord = {
      ...{ id, api, eventFilters: allFilters(subscription, this.inventory.own) },
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
    const { own } = this.inventory;
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
    const error = findShortfall(differences, subscription, this.inventory.own);
    return error ? { error } : {};
  }

  about({ name, part, profile, subscription }: Change) {
    return {
      profile,
      webhook: wantedName({ webhook: name, ...(part !== undefined && { part }) }),
      ...(subscription && { subscription }),
    };
  }

  #add(subscription: OwnedSubscription): void {
    const others = this.inventory.subscriptions.filter(({ id }) => id !== subscription.id);
    this.inventory = { ...this.inventory, subscriptions: [...others, subscription] };
  }

  remove({ id }: OwnedSubscription): void {
    const subscriptions = this.inventory.subscriptions.filter((each) => each.id !== id);
    this.inventory = { ...this.inventory, subscriptions };
  }
}

export function deliveringOf(subscription: OwnedSubscription): Delivering {
  return {
    address: subscription.deliveryMode.address ?? "",
    eventFilters: allFilters(subscription),
  };
}
