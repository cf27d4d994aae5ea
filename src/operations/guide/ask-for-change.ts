import type { CommandContext } from "../../context.ts";
import { FilterSet } from "../../filters/filter-set.ts";
import { shortFilter } from "../../filters/search.ts";
import type { Choice, Prompts } from "../../io/prompts.ts";
import { WentBack } from "../../io/went-back.ts";
import type { Account } from "../../lifecycle/account.ts";
import { type ChangeTarget, planChange } from "../../lifecycle/change-subscription.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { redactAddress } from "../../machine/redact.ts";
import { parseAddress } from "../../subscriptions/address.ts";
import { formatDuration, remainingSeconds } from "../../subscriptions/lifetime.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { type ChangeFlags, parseChange } from "../wanted-change.ts";
import { askForFilters } from "./ask-for-filters.ts";
import { type FilterChoiceOptions, filterChoices, isCurrent } from "./filter-choices.ts";
import { complaintOf, verdict } from "./verdict.ts";

/** The flags of `rcwh update` that the guide asks for. */
export interface Change extends ChangeFlags {
  readonly url?: string;
  readonly generateVerificationToken?: true;
}

type Item = Kind | "apply" | "reset";
type Kind = "add" | "remove" | "lifetime" | "url" | "token";

/**
 * Asks what to change, as often as the user wants something else changed as well. Escape in a question leads back to the
 * list of what can be changed, and there it rejects with `WentBack`.
 */
export async function askForChange(
  target: ChangeTarget,
  before: Change,
  account: Account,
  context: CommandContext,
): Promise<Change> {
  const { withBack } = await context.prompter();
  const { server } = await context.identity();
  // Some warn where somebody only tries what is possible.
  const plan = (change: Change) =>
    planChange(
      { ...account, notify() {} },
      target,
      parseChange(change, () => {}),
    );
  const session = await account.client.session();
  const ask = createQuestions(
    target,
    plan,
    { server, session, width: context.io.stderr.columns || 80 },
    withBack,
  );
  let change = before;
  const rewindAll = withBack.mark();
  for (;;) {
    const rewind = withBack.mark();
    const what = await withBack.select<Item>(
      "What do you want to change?",
      menuOf(target, change, account, context),
    );
    if (what === "apply") return change;
    if (what === "reset") {
      change = {};
      rewindAll();
      continue;
    }
    try {
      change = await ask[what](change);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      rewind();
    }
  }
}

/** What can be changed, with what it is now or becomes; first of all to do it, once there is something to do. */
function menuOf(
  { subscription, address, inventory: { own, records } }: ChangeTarget,
  change: Change,
  account: Account,
  { settings }: CommandContext,
): readonly Choice<Item>[] {
  const { addFilter = [], removeFilter = [], expiresIn, url, generateVerificationToken } = change;
  const current = allFilters(subscription, own).map((filter) => shortFilter(filter, own));
  const record = records.get(subscription.id);
  const ends = relativeExpiry(remainingSeconds(subscription, serverNow(account)) * 1000);
  const asked =
    record?.expiresIn === undefined ? "" : `, ${formatDuration(record.expiresIn)} asked`;
  const show = (text: string) => redactAddress(text, settings.showSecrets);
  const isKnown = record?.verificationToken !== undefined;
  const item = (
    value: Kind,
    title: string,
    now: string,
    next: string | undefined,
    consequence = "",
  ) => {
    const state = next === undefined ? now : `→ ${next}`;
    const description = [state, consequence].filter(Boolean).join(" · ");
    return { value, name: `${title.padEnd(20)}${state}`.trimEnd(), short: title, description };
  };
  const hasChange = Object.keys(change).length > 0;
  return [
    ...(hasChange ? [{ value: "apply" as const, name: "Make these changes" }] : []),
    item("add", "Add filters", current.join(", "), joined(addFilter)),
    item("remove", "Remove filters", "", joined(removeFilter)),
    item("lifetime", "Lifetime", `expires ${ends}${asked}`, expiresIn),
    item("url", "URL", show(address), url && show(url), replaces),
    item(
      "token",
      "Verification token",
      isKnown ? "on record" : "none on record",
      generateVerificationToken && "a new one",
      replaces,
    ),
    ...(hasChange ? [{ value: "reset" as const, name: "Undo these changes" }] : []),
  ];
}

const replaces = "a new subscription takes its place";

function joined(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : texts.join(", ");
}

type Question = (change: Change) => Promise<Change>;

/** Each resolves to the change with the answer in it. `plan` throws UsageError for a change that cannot be. */
function createQuestions(
  { subscription, inventory: { own } }: ChangeTarget,
  plan: (change: Change) => unknown,
  { server, ...offered }: FilterChoiceOptions & { readonly server: string },
  prompts: Prompts,
): Readonly<Record<Kind, Question>> {
  const current = allFilters(subscription, own);
  return {
    async add(change) {
      const present = new FilterSet(current, own);
      const choices = filterChoices(
        (entry, filter) =>
          isCurrent(entry) &&
          entry.api === subscription.api &&
          !(filter !== undefined && present.has(filter)),
        offered,
      );
      const addFilter = await askForFilters(prompts, {
        message: "Add which filters?",
        filters: choices,
        former: change.addFilter ?? [],
        check: (added) => plan({ ...change, addFilter: added }),
      });
      return { ...change, addFilter };
    },
    async remove(change) {
      const choices = current.map((filter) => {
        const value = shortFilter(filter, own);
        return { name: value, value };
      });
      const removeFilter = await prompts.searchMany("Remove which filters?", choices, {
        chosen: change.removeFilter ?? [],
        validate: (removed) => verdict(() => plan({ ...change, removeFilter: removed })),
      });
      return { ...change, removeFilter };
    },
    async lifetime({ allowShorter: _, ...change }) {
      for (;;) {
        const answer = await prompts.input("New lifetime, such as 7d, 10y or max", {
          validate: (text) =>
            verdict(() => plan({ ...change, expiresIn: text.trim(), allowShorter: true })),
        });
        const longer = { ...change, expiresIn: answer.trim() };
        const complaint = complaintOf(() => plan(longer));
        if (!complaint) return longer;
        if (await prompts.confirm(`${complaint.message} Shorten it?`)) {
          return { ...longer, allowShorter: true };
        }
      }
    },
    async url(change) {
      const answer = await prompts.input("New URL", {
        validate: (text) => verdict(() => parseAddress(text.trim(), server)),
      });
      return { ...change, url: answer.trim() };
    },
    async token(change) {
      return { ...change, generateVerificationToken: true };
    },
  };
}
