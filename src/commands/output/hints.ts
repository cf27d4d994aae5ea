/** Something that needs attention or failed, and what to do about it. */
export interface Hinted {
  readonly id: string;
  readonly hint?: string | undefined;
}

/** Ids that a hint names besides the one in its command. */
const mostNamed = 3;

/** Stands for the ids in a hint that several share. */
const marker = "\u0000";

/**
 * One hint for each kind of problem, a line each, with the ids that it is about; undefined where there are none. A
 * command that takes one id at a time is about the first, and the others are named after it.
 */
export function hintsByKind(problems: readonly Hinted[]): readonly string[] | undefined {
  const kinds = new Map<string, string[]>();
  for (const { id, hint } of problems) {
    if (hint === undefined) continue;
    const kind = id === "" ? hint : hint.replaceAll(id, marker);
    const ids = kinds.get(kind) ?? [];
    if (!ids.includes(id)) kinds.set(kind, [...ids, id]);
  }
  const hints = [...kinds].map(([kind, ids]) => withIds(kind, ids));
  return hints.length > 0 ? hints : undefined;
}

function withIds(kind: string, ids: readonly string[]): string {
  if (ids.length === 1) return kind.replaceAll(marker, ids[0] ?? "");
  const [first = "", ...others] = ids;
  const oneAtATime = /`rcwh (?:show|update) [^`]*`/g;
  const isAboutOne = (kind.match(oneAtATime) ?? []).some((command) => command.includes(marker));
  const hint = kind
    .replace(oneAtATime, (command) => command.replaceAll(marker, first))
    .replaceAll(`--ignore ${marker}`, ids.map((id) => `--ignore ${id}`).join(" "))
    .replaceAll(marker, ids.join(" "))
    .replace(
      "Fix the endpoint, then bring the subscription back",
      "Fix the endpoints, then bring the subscriptions back",
    )
    .replace(
      isAboutOne
        ? /\b(Re-create|Delete|Renew) it with\b/g
        : /\b(Re-create|Delete|See|Renew) it with\b/g,
      "$1 them with",
    )
    .replace("drop its record", "drop their records")
    .replace("Drop its record", "Drop their records");
  if (!isAboutOne) return hint;
  const rest = others.length > mostNamed ? `the other ${others.length}` : others.join(" and ");
  return `${hint} Do the same for ${rest}.`;
}
