import { entriesByAlias } from "../../filters/aliases.ts";
import { parseUrl } from "../../machine/parse-url.ts";

/** Segments of a path that say nothing about what it is for. */
const empty =
  /^(?:api|callbacks?|events?|hooks?|listener|notifications?|public|rc|receive|ringcentral|v\d+|web-?hooks?)$/i;

/**
 * What of a URL tells people what it is for: the end of its path, or else its host, or else a general word of the path.
 * Never its query, and never a number alone. Undefined where nothing does.
 */
function subjectOf(address: string): string | undefined {
  const url = parseUrl(address);
  const words = (url?.pathname ?? "").split("/").map(decoded).map(cleaned);
  // What looks random may be a secret.
  const telling = words.filter(
    (each) => each !== "" && !empty.test(each) && each.length <= 30 && !/\d.*\d.*\d/.test(each),
  );
  const last = telling.findLastIndex((each) => /^\p{L}/u.test(each));
  const general = words.findLast((each) => empty.test(each) && !/^v\d+$/i.test(each));
  const [number] = telling.slice(last + 1);
  if (number !== undefined) return `${telling[last] ?? general ?? "hook"}-${number}`;
  return telling[last] ?? (hostWord(url?.hostname ?? "") || general);
}

/** The telling label of a host's name. An address of numbers, and this machine, have none. */
function hostWord(hostname: string): string | undefined {
  const labels = hostname.split(".");
  if (labels.length < 2 || /^[\d.]+$/.test(hostname)) return undefined;
  const word = labels
    .slice(0, -1)
    .find((each) => !/^(?:www|api|hooks?|webhooks?|\d+)$/i.test(each));
  return word === undefined ? undefined : cleaned(word);
}

/** A segment of a path as people read it; nothing where it has what a terminal would act on. */
function decoded(segment: string): string {
  try {
    const text = decodeURIComponent(segment).normalize("NFC");
    return /[\p{Cc}\p{Cf}]/u.test(text) ? "" : text;
  } catch {
    return "";
  }
}

function cleaned(text: string): string {
  return text
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
  const subjects = webhooks.map(
    ({ address, filters }) => subjectOf(address) ?? eventOf(filters[0] ?? ""),
  );
  const counts = new Map<string, number>();
  for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return webhooks.map(({ name, filters }, index) => {
    if (name !== undefined) return name;
    const subject = subjects[index] ?? "webhook";
    const event = eventOf(filters[0] ?? "");
    const isEnough = counts.get(subject) === 1 || subject === event;
    const whole = isEnough ? subject : `${subject}-${event}`;
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
