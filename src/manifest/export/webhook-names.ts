import { entriesByAlias } from "../../filters/aliases.ts";
import { parseUrl } from "../../machine/parse-url.ts";

/** Segments of a path that say nothing about what it is for. */
const empty =
  /^(?:api|callbacks?|events?|hooks?|listener|notifications?|public|rc|receive|ringcentral|v\d+|web-?hooks?)$/i;

/** What of a URL tells people what it is for: the end of its path, or else its host. Never its query. */
function subjectOf(address: string): string {
  const url = parseUrl(address);
  const segments = (url?.pathname ?? "").split("/").map(cleaned);
  // What looks random may be a secret.
  const telling = segments.filter(
    (each) => each !== "" && !empty.test(each) && each.length <= 30 && !/\d.*\d.*\d/.test(each),
  );
  const [host = "", ...rest] = (url?.hostname ?? "").split(".");
  const isWord = rest.length > 0 && !/^(?:www|api|hooks?|webhooks?|\d+)$/i.test(host);
  return telling.at(-1) ?? (cleaned(isWord ? host : (rest[0] ?? host)) || "webhook");
}

function cleaned(text: string): string {
  return text
    .replace(/%../g, "-")
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/\.\w{1,5}$/, "")
    .replace(/^[._-]+/, "")
    .replace(trailing, "");
}

/** Not after another such character: else each one would be tried as the first. */
const trailing = /(?<![._-])[._-]+$/;

export interface Nameless {
  readonly address: string;
  /** As they are exported. */
  readonly filters: readonly string[];
  /** The one on record. */
  readonly name: string | undefined;
}

/** A name for each: the one on record, else one of its URL, with its first filter where several have that. */
export function nameWebhooks(webhooks: readonly Nameless[]): readonly string[] {
  const taken = new Set(webhooks.map(({ name }) => name));
  const subjects = webhooks.map(({ address }) => subjectOf(address));
  const counts = new Map<string, number>();
  for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return webhooks.map(({ name, filters }, index) => {
    if (name !== undefined) return name;
    const subject = subjects[index] ?? "webhook";
    const whole = counts.get(subject) === 1 ? subject : `${subject}-${eventOf(filters[0] ?? "")}`;
    const base = whole.slice(0, 80).replace(trailing, "");
    let free = base;
    for (let count = 2; taken.has(free); count += 1) free = `${base}-${count}`;
    taken.add(free);
    return free;
  });
}

/** A word for a filter: its alias, or the last word of its path. */
function eventOf(filter: string): string {
  const [path = ""] = filter.split("?");
  if (entriesByAlias.has(path)) return path;
  const words = path
    .split("/")
    .map(cleaned)
    .filter((word) => /^\p{L}/u.test(word));
  return words.at(-1) ?? "events";
}
