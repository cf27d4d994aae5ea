import { canonicalFilter, idBehind, type OwnIds } from "../filters/compare.ts";
import { pluralize } from "../phrases.ts";
import { without } from "../subscriptions/subscription-filters.ts";
import type { Plan, Reason } from "./change.ts";
import type { Members } from "./wanted.ts";

interface Compared {
  /** As the part has them now. */
  readonly present: readonly string[];
  readonly wanted: readonly string[];
  /** What the file asked for when it was last applied; undefined if it never was. */
  readonly asked: readonly string[] | undefined;
}

interface MemberChange {
  readonly reasons: readonly Reason[];
  /** What is not explained by joining and leaving. */
  readonly present: readonly string[];
  readonly wanted: readonly string[];
}

/**
 * Tells who joined and who left from other changes of a part's filters. Somebody else removed a filter that
 * was requested and is missing, or added one that was not requested: in neither case did an extension join or leave.
 */
export function compareMembers(
  { present, wanted, asked }: Compared,
  members: Members,
  own: OwnIds,
): MemberChange {
  const idOf = (filter: string) => extensionOf(filter, own) ?? "";
  const lacking = without(wanted, asked ? [...present, ...asked] : present, own);
  const extra = without(present, wanted, own);
  const dropped = asked ? without(extra, without(extra, asked, own), own) : extra;
  const joined = idsOf(lacking, own).filter((id) => !members.before.has(id));
  const left = idsOf(dropped, own).filter((id) => !members.ids.has(id));
  const moved = new Set(
    dropped.filter((each) => members.ids.has(idOf(each)) && members.isWanted(each)),
  );
  return {
    reasons: describeMembers({ joined, left, moved: idsOf([...moved], own) }, members),
    present: present.filter((each) => !left.includes(idOf(each)) && !moved.has(each)),
    wanted: wanted.filter((each) => !joined.includes(idOf(each))),
  };
}

/** The ids of the extensions that filters are about, each once. */
export function idsOf(filters: readonly string[], own: OwnIds): readonly string[] {
  return [...new Set(filters.flatMap((each) => extensionOf(each, own) ?? []))];
}

function extensionOf(filter: string, own: OwnIds): string | undefined {
  const canonical = canonicalFilter(filter);
  const isOwn = /\/extensions?\/~(?=[/?]|$)/.test(canonical);
  return idBehind("extension", canonical) ?? (isOwn ? own.extensionId : undefined);
}

/** One reason, such as `2 joined: 103 Jane Doe, 104 Kim Lee; 1 left: 117 Bob`. */
function describeMembers(
  { joined, left, moved }: Readonly<Record<"joined" | "left" | "moved", readonly string[]>>,
  { names }: Members,
): readonly Reason[] {
  if (joined.length + left.length + moved.length === 0) return [];
  const who = { joined: namesOf(joined, names), left: namesOf(left, names) };
  const away = moved.length > 0 ? [`${moved.length} to another part`] : [];
  const text = [...textsOf(who), ...away].join("; ");
  return [{ cause: "drift", about: "filters", text, ...who }];
}

function namesOf(ids: readonly string[], names: ReadonlyMap<string, string>): readonly string[] {
  return ids.map((id) => names.get(id) ?? `id ${id}`);
}

function textsOf(who: Readonly<Record<"joined" | "left", readonly string[]>>): readonly string[] {
  return (["joined", "left"] as const).flatMap((what) =>
    who[what].length > 0 ? [`${who[what].length} ${what}: ${listNames(who[what])}`] : [],
  );
}

/** A line for each webhook that somebody joined or left, such as `texts: 1 joined: 103 Jane Doe.` */
export function summarizeMembers({ changes }: Pick<Plan, "changes">): readonly string[] {
  // One person's filters may be in several parts.
  const webhooks = new Map<string, { joined: Set<string>; left: Set<string> }>();
  for (const { name, reasons } of changes) {
    const who = webhooks.get(name) ?? { joined: new Set(), left: new Set() };
    webhooks.set(name, who);
    for (const { joined = [], left = [] } of reasons) {
      for (const each of joined) who.joined.add(each);
      for (const each of left) who.left.add(each);
    }
  }
  return [...webhooks].flatMap(([name, { joined, left }]) => {
    const texts = textsOf({ joined: [...joined], left: [...left] });
    return texts.length > 0 ? [`${name}: ${texts.join("; ")}.`] : [];
  });
}

const mostNames = 5;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, mostNames);
  const more = names.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Why the part no longer exists, and which extensions it was for. */
export function reasonForEmptyPart(
  eventFilters: readonly string[],
  { ids, names }: Members,
  own: OwnIds,
): Reason {
  const gone = idsOf(eventFilters, own).filter((id) => !ids.has(id));
  return {
    ...{ cause: "unnamed", about: "name", text: "no extension is left in it" },
    ...(gone.length > 0 && { left: namesOf(gone, names) }),
  };
}

/** Why there is a new part. */
export function reasonForPart(
  eventFilters: readonly string[],
  { before, names }: Members,
  own: OwnIds,
): Reason {
  const reason = { cause: "new", about: "existence" } as const;
  const ids = idsOf(eventFilters, own);
  if (before.size === 0) {
    const extensions = pluralize(ids.length, "extension");
    return { ...reason, text: `it does not exist yet: ${extensions}` };
  }
  const joined = namesOf(
    ids.filter((id) => !before.has(id)),
    names,
  );
  const moved = ids.length - joined.length;
  const text = [
    ...textsOf({ joined, left: [] }),
    ...(moved > 0 ? [`${moved} from other parts`] : []),
  ].join("; ");
  return { ...reason, text, joined };
}
