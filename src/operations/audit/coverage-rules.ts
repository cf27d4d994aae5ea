import { type Check, rule } from "../../check/check.ts";
import { canonicalFilter, type OwnIds } from "../../filters/compare.ts";
import { containsFilter } from "../../filters/contains.ts";
import { matchEntry } from "../../filters/match.ts";
import { shortFilter } from "../../filters/search.ts";
import { losesToThreads } from "../../filters/threads.ts";
import { splitUri } from "../../filters/uri.ts";
import { type Extension, extensionName } from "../../lifecycle/extensions.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { redactAddress } from "../../machine/redact.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { pluralize } from "../../phrases.ts";
import { isHealthy } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { enabledFilters } from "../../subscriptions/subscription-filters.ts";
import { type Audited, about } from "./audited.ts";
import { type DirectNumber, Unknown } from "./everybody.ts";
import { flagsOf } from "./overlap-rules.ts";

const ofCoverage = rule("coverage", "events from every extension and number");

/** Filters that a command takes at most; beyond that it names everybody. */
const mostFilters = 5;

/** Names in a message. */
const mostNames = 3;

/** Filters that only the extension itself may use, whatever a user's role (SUB-518, 527, 530, 531). */
const isPrivate =
  /\/(?:favorite(?:\/presence)?|missed-calls|start-ring|stop-ring|incoming-call-pickup|presence\/line(?:\/presence)?)$/;

/** Parameters of one number's events, which no other extension has. */
const isOfNumber = /(?:^|&)(?:phoneNumber|from|to)=/;

/** A filter that webhooks have, with `~` for the extension. */
interface Kind {
  readonly filter: string;
  readonly webhooks: readonly OwnedSubscription[];
}

/**
 * Reports whose events no webhook hears, for each kind of event that the webhooks are about; of SMS, those that have a
 * number for it. An Active webhook never fires where the number's SMS comes to another extension.
 */
export async function checkCoverage({
  distinct,
  inventory: { own },
  everybody,
}: Audited): Promise<readonly Check[]> {
  const delivering = distinct.filter(isHealthy);
  const kinds = kindsOf(delivering, own);
  if (kinds.length === 0) return [ofCoverage.skip("no webhook is for one extension's events")];
  const extensions = await everybody.extensions();
  if (extensions instanceof Unknown) return [unknown(extensions)];
  const filters = delivering.flatMap((each) => enabledFilters(each));
  const rows: Check[] = [];
  for (const kind of kinds) {
    const hears = ({ id }: Pick<Extension, "id">) => {
      const wanted = filterFor(kind.filter, id, own);
      return filters.some((each) => isHeardBy(each, wanted, own));
    };
    const numbers = losesToThreads(kind.filter) ? await everybody.numbers() : undefined;
    if (numbers instanceof Unknown) return [unknown(numbers)];
    const able = numbers
      ? extensions.filter(({ id }) => numbers.some(({ extensionId }) => extensionId === id))
      : extensions;
    const deaf = able.filter((each) => !hears(each));
    if (deaf.length === 0) continue;
    const idle = numbers ? extensions.filter((each) => hears(each) && !able.includes(each)) : [];
    rows.push(describe(kind, deaf, idle, numbers, own));
  }
  const names = kinds.map(({ filter }) => shortFilter(filter, own)).join(", ");
  return rows.length > 0
    ? rows
    : [ofCoverage.pass(`${pluralize(extensions.length, "extension")}, all covered for ${names}`)];
}

function unknown({ reason, hint }: Unknown): Check {
  return ofCoverage.skip(`not known: ${reason}`, hint === undefined ? {} : { hint });
}

/** The filters of single extensions that could be had for others. Of SMS only one, because it comes to several filters. */
function kindsOf(webhooks: readonly OwnedSubscription[], own: OwnIds): readonly Kind[] {
  const kinds = new Map<string, OwnedSubscription[]>();
  let sms: string | undefined;
  for (const each of webhooks) {
    for (const filter of enabledFilters(each)) {
      const entry = matchEntry(filter);
      const isShareable =
        entry?.filter.includes("/extension/{extensionId}/") &&
        entry.confidence === "documented" &&
        ["sms", "messages", "telephony", "presence"].includes(entry.category);
      const kind = canonicalFilter(filter.replace(/(\/extension\/)[^/?]+/, "$1~"), own);
      const { path, query = "" } = splitUri(kind);
      if (!isShareable || isPrivate.test(path) || isOfNumber.test(query)) continue;
      if (losesToThreads(kind)) sms ??= kind;
      const key = losesToThreads(kind) ? (sms ?? kind) : kind;
      kinds.set(key, [...(kinds.get(key) ?? []), each]);
    }
  }
  return [...kinds]
    .filter(([kind]) =>
      [...kinds.keys()].every((each) => each === kind || !containsFilter(each, kind, own)),
    )
    .map(([filter, heardBy]) => ({ filter, webhooks: [...new Set(heardBy)] }));
}

function filterFor(kind: string, extensionId: string, own: OwnIds): string {
  const id = extensionId === own.extensionId ? "~" : extensionId;
  return kind.replace(/(\/extension\/)~/, `$1${id}`);
}

/** SMS comes to several filters. */
function isHeardBy(filter: string, wanted: string, own: OwnIds): boolean {
  if (containsFilter(filter, wanted, own)) return true;
  const extensionOf = (text: string) => /\/extension\/([^/?]+)/.exec(text)?.[1];
  const [one, other] = [extensionOf(filter), extensionOf(wanted)];
  const isSame = one === other || (other === "~" && one === own.extensionId);
  return isSame && losesToThreads(filter) && losesToThreads(wanted);
}

function describe(
  { filter, webhooks }: Kind,
  deaf: readonly Extension[],
  idle: readonly Extension[],
  numbers: readonly DirectNumber[] | undefined,
  own: OwnIds,
): Check {
  const shown = deaf.slice(0, mostNames).map((each) => {
    const number = numbers?.find(({ extensionId }) => extensionId === each.id)?.phoneNumber;
    return number === undefined ? extensionName(each) : `${number} (${extensionName(each)})`;
  });
  const more = deaf.length - shown.length;
  const names = `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const [first] = webhooks;
  const why =
    idle[0] && first
      ? `; ${nameOf(first)} never fires for ${extensionName(idle[0])}, who has no direct number`
      : "";
  const what = numbers ? "SMS to" : `${shortFilter(filter, own)} of`;
  return ofCoverage.warn(
    `no webhook receives ${what} ${names}${why}`,
    about(webhooks, { hint: wayOut(filter, deaf, first, own) }),
  );
}

/** Who may hear others is a super administrator (SUB-405). */
function wayOut(
  filter: string,
  deaf: readonly Extension[],
  webhook: OwnedSubscription | undefined,
  own: OwnIds,
): string {
  const address = webhook?.deliveryMode.address ?? "";
  if (deaf.length <= mostFilters || redactAddress(address) !== address) {
    const added = deaf.slice(0, mostFilters).map(({ id }) => filterFor(filter, id, own));
    const flags = flagsOf("--add-filter", added, own).join(" ");
    return `As a super administrator, run \`rcwh update ${webhook?.id} ${flags}\`.`;
  }
  const words = ["--filter", shortFilter(filter, own), "--url", address, "--extensions", "all"];
  return `As a super administrator, run \`rcwh create ${words.map(shellWord).join(" ")} --if-exists reuse\`.`;
}
