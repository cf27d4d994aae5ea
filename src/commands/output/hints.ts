/** Something that needs attention or failed, and what to do about it. */
export interface Hinted {
  readonly id: string;
  readonly hint?: string | undefined;
}

/** Stands for the ids in a hint that several share. */
const marker = "\u0000";

/**
 * One hint for each kind of problem, a line each, with the ids that it is about; undefined where there are none. What
 * takes one id at a time is named with `<id>`.
 */
export function hintsByKind(problems: readonly Hinted[]): string | undefined {
  const kinds = new Map<string, string[]>();
  for (const { id, hint } of problems) {
    if (hint === undefined) continue;
    const kind = id === "" ? hint : hint.replaceAll(id, marker);
    const ids = kinds.get(kind) ?? [];
    if (!ids.includes(id)) kinds.set(kind, [...ids, id]);
  }
  const hints = [...kinds].map(([kind, ids]) => withIds(kind, ids));
  return hints.length > 0 ? hints.join("\n") : undefined;
}

function withIds(kind: string, ids: readonly string[]): string {
  if (ids.length === 1) return kind.replaceAll(marker, ids[0] ?? "");
  return kind
    .replace(/`rcwh (?:show|update) [^`]*`/g, (command) => command.replaceAll(marker, "<id>"))
    .replaceAll(`--ignore ${marker}`, ids.map((id) => `--ignore ${id}`).join(" "))
    .replaceAll(marker, ids.join(" "))
    .replace(
      "Fix the endpoint, then bring the subscription back",
      "Fix the endpoints, then bring the subscriptions back",
    )
    .replace(/\b(Re-create|Delete|See|Renew) it with\b/g, "$1 them with")
    .replace("drop its record", "drop their records")
    .replace("Drop its record", "Drop their records");
}
