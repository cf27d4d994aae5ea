/** Something that needs attention or failed, and what to do about it. */
export interface Hinted {
  readonly id: string;
  readonly hint?: string | undefined;
}

/** Ids that a hint names besides the one in its command. */
const mostNamed = 3;

/** Stands for the ids in a hint that several share. */
const marker = "\u0000";

/** Stands for the URLs in a hint that several share. */
const urlMarker = "\u0001";

/** A command that checks one URL, which is a word of the shell. */
const checkCommand = /`rcwh check ((?:'[^']*'|\\'|[^'` <])+)/;

/** What those have in common that share a hint. */
interface Kind {
  readonly ids: Set<string>;
  readonly urls: Set<string>;
}

/**
 * One hint for each kind of problem, a line each, with the ids or URLs that it is about; undefined where there are none. A
 * command that takes one at a time is about the first, and the others are named after it.
 */
export function hintsByKind(problems: readonly Hinted[]): readonly string[] | undefined {
  const kinds = new Map<string, Kind>();
  for (const { id, hint } of problems) {
    if (hint === undefined) continue;
    const [, url] = checkCommand.exec(hint) ?? [];
    const general = url === undefined ? hint : hint.replace(url, () => urlMarker);
    const text = id === "" ? general : general.replaceAll(id, marker);
    const kind = kinds.get(text) ?? { ids: new Set(), urls: new Set() };
    kinds.set(text, kind);
    kind.ids.add(id);
    if (url !== undefined) kind.urls.add(url);
  }
  const texts = [...kinds.keys()];
  const hints = [...kinds].flatMap(([text, { ids, urls }]) =>
    // Another one says the same, and how to try it.
    texts.some((other) => other.startsWith(`${text.replace(/\.$/, "")}; \`rcwh check `))
      ? []
      : withUrls(withIds(text, [...ids]), [...urls]),
  );
  return hints.length > 0 ? [...new Set(hints)] : undefined;
}

function withUrls(text: string, [first = "", ...others]: readonly string[]): string {
  const hint = text.replace(urlMarker, () => first);
  return others.length === 0 ? hint : `${hint} Do the same for ${namesOf(others)}.`;
}

function namesOf(others: readonly string[]): string {
  return others.length > mostNamed ? `the other ${others.length}` : others.join(" and ");
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
  return `${hint} Do the same for ${namesOf(others)}.`;
}
