import { type Check, rule } from "../../check/check.ts";
import { accountWide } from "../../filters/catalogue/catalogue.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { isDeprecated, modernFilter } from "../../filters/deprecated.ts";
import { matchEntry } from "../../filters/match.ts";
import { reminderOf } from "../../filters/reminder.ts";
import { shortFilter } from "../../filters/search.ts";
import { splitUri } from "../../filters/uri.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { allFilters, enabledFilters } from "../../subscriptions/subscription-filters.ts";
import { type Audited, about, orPass } from "./audited.ts";
import { Unknown } from "./everybody.ts";
import { flagsOf } from "./overlap-rules.ts";

const ofAccountWide = rule("account-wide", "no account-wide filter");
const ofDeprecated = rule("deprecated", "filters in their modern spelling");
const ofUndocumented = rule("undocumented", "filters that RingCentral documents");

/** Reports what every user of the account sets off, and what that means. */
export async function checkAccountWide({
  distinct,
  inventory: { own },
  everybody,
}: Audited): Promise<readonly Check[]> {
  const isWide = distinct.some((each) => enabledFilters(each).some(isAccountWide));
  if (!isWide) return [ofAccountWide.pass("none")];
  const extensions = await everybody.extensions();
  const users =
    extensions instanceof Unknown
      ? `every user of the account (how many is not known: ${extensions.reason})`
      : extensions.length === 1
        ? "the only user of the account"
        : `all ${extensions.length} users of the account`;
  return distinct.flatMap((each) => {
    const wide = enabledFilters(each).filter(isAccountWide);
    const [first] = wide;
    if (first === undefined) return [];
    const flags = [
      ...flagsOf("--remove-filter", wide, own),
      ...flagsOf("--add-filter", wide.map(ofOneExtension), own),
    ];
    return [
      ofAccountWide.warn(
        `${nameOf(each)}: ${listed(wide, own)} reports ${users}; ${volumeOf(first)}`,
        about([each], {
          hint: `To receive only the signed-in user's events, run \`rcwh update ${each.id} ${flags.join(" ")}\`.`,
        }),
      ),
    ];
  });
}

function isAccountWide(filter: string): boolean {
  const entry = matchEntry(filter);
  return entry !== undefined && accountWide(entry);
}

/** The same of the signed-in user. */
function ofOneExtension(filter: string): string {
  return filter.replace(/(\/account\/[^/]+)\//, "$1/extension/~/");
}

/**
 * What one call makes of an account-wide filter. An answered call of an extension goes through Setup, Proceeding,
 * Answered and Disconnected (statusCode in the guide's page of the filter); presence changes when it begins and ends.
 */
function volumeOf(filter: string): string {
  const { path, query = "" } = splitUri(filter);
  if (path.endsWith("/presence")) return "each call of each extension is 2 requests or more";
  const isOne = /statusCode=|missedCall=true/.test(query);
  return isOne
    ? "each such call of each extension is a request"
    : "each answered call of each extension is 4 requests or more";
}

/** Reports old spellings, with the command that writes the modern ones. */
export function checkDeprecated({ webhooks, inventory }: Audited): readonly Check[] {
  const { own } = inventory;
  const found = webhooks.flatMap((each) => {
    const old = allFilters(each, own).filter(isDeprecated);
    if (old.length === 0) return [];
    const modern = [...new Set(old.flatMap((filter) => modernFilter(filter) ?? []))];
    const renamed = old.map(
      (filter) =>
        `${shortFilter(filter, own)} is now called ${shortFilter(modernFilter(filter) ?? "", own)}`,
    );
    const flags = [
      ...flagsOf("--remove-filter", old, own),
      ...flagsOf("--add-filter", modern, own),
    ];
    return [
      ofDeprecated.warn(
        `${nameOf(each)}: ${renamed.join(", and ")}`,
        about([each], { hint: `Rename it with \`rcwh update ${each.id} ${flags.join(" ")}\`.` }),
      ),
    ];
  });
  return orPass(found, ofDeprecated.pass("none"));
}

/** Reports what RingCentral may stop delivering without a word. */
export function checkUndocumented({ distinct, inventory }: Audited): readonly Check[] {
  const { own } = inventory;
  const found = distinct.flatMap((each) => {
    const odd = allFilters(each, own).filter(
      (filter) => !isDeprecated(filter) && matchEntry(filter)?.confidence !== "documented",
    );
    if (odd.length === 0) return [];
    return [
      ofUndocumented.warn(
        `${nameOf(each)}: ${listed(odd, own)}: RingCentral does not document it, and may stop delivering it unannounced`,
        about([each], { hint: withoutThem(each, odd, own) }),
      ),
    ];
  });
  return orPass(found, ofUndocumented.pass("none"));
}

function withoutThem(
  subscription: OwnedSubscription,
  filters: readonly string[],
  own: OwnIds,
): string {
  const { id } = subscription;
  const left = allFilters(subscription, own).filter((each) => !filters.includes(each));
  return left.every((each) => reminderOf([each]))
    ? `If nothing needs it, delete the webhook with \`rcwh delete ${id}\`.`
    : `If nothing needs it, run \`rcwh update ${id} ${flagsOf("--remove-filter", filters, own).join(" ")}\`.`;
}

function listed(filters: readonly string[], own: OwnIds): string {
  return filters.map((each) => shortFilter(each, own)).join(", ");
}
