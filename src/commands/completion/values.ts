import { catalogue } from "../../filters/catalogue/catalogue.ts";
import { shortFilter } from "../../filters/search.ts";
import { fillOwnPlaceholders } from "../../filters/uri.ts";
import { formats } from "../../io/format.ts";
import { statuses, transports } from "../flags/selector-flags.ts";

/** Something that the Tab key can complete. */
export interface Suggestion {
  /** A whole word. */
  readonly value: string;
  readonly description: string;
}

/** What a value is, and so where its suggestions come from. */
export type ValueKind =
  | {
      readonly from: "choices";
      readonly choices: readonly string[];
      /** There may be others, or several with commas. */
      readonly areSome?: true;
    }
  | { readonly from: "filters" | "extensions" | "rules" | "profiles" }
  | { readonly from: "ids" | "codes" | "settings" }
  /** Addresses of subscriptions: those that are known whole, what matches each of them, and what each begins with. */
  | { readonly from: "urls" | "globs" | "prefixes" }
  /** Commands of rcwh, a word at a time; `printing`: those with JSON output. */
  | { readonly from: "names"; readonly which: "all" | "printing" }
  /** The shell completes them itself. */
  | { readonly from: "files" | "commands" }
  /** Free text, numbers, durations: nothing to suggest. */
  | { readonly from: "nothing" };

const nothing: ValueKind = { from: "nothing" };
const files: ValueKind = { from: "files" };
const filters: ValueKind = { from: "filters" };
const ids: ValueKind = { from: "ids" };
const urls: ValueKind = { from: "urls" };
const globs: ValueKind = { from: "globs" };
const prefixes: ValueKind = { from: "prefixes" };
const profiles: ValueKind = { from: "profiles" };
const choices = (...words: readonly string[]): ValueKind => ({ from: "choices", choices: words });
const some = (...words: readonly string[]): ValueKind => ({
  from: "choices",
  choices: words,
  areSome: true,
});

/** Where the name of a value says it all, whichever command takes it. */
const byName: Readonly<Record<string, ValueKind>> = {
  api: choices("platform", "webinar", "all"),
  action: choices("error", "reuse", "new"),
  command: nothing,
  conditions: some("blacklisted", "disabled-filters", "gone", "expiring=24h"),
  code: { from: "codes" },
  change: { from: "settings" },
  file: files,
  filter: filters,
  format: choices(...formats),
  id: ids,
  method: some("GET", "POST", "PUT", "DELETE"),
  path: files,
  place: urls,
  profile: profiles,
  query: filters,
  rules: { from: "rules" },
  selector: ids,
  shell: choices("bash", "zsh", "fish", "powershell"),
  source: files,
  status: some(...statuses),
  type: some(...transports),
  url: urls,
  when: choices("before", "after"),
};

/** Where one command means something else by a name. */
const byCommand: Readonly<Record<string, ValueKind>> = {
  "--filter glob": filters,
  "--ignore selector": ids,
  "--profile name": profiles,
  "--status status": some(...statuses),
  "--url glob": globs,
  "apply plan": files,
  "check url": nothing,
  "commands command": { from: "names", which: "all" },
  "create --extensions selector": { from: "extensions" },
  "cron print format": choices("crontab", "systemd", "launchd", "kubernetes", "github-actions"),
  "cron print --only file": nothing,
  "emulator blacklist id": ids,
  "emulator exec arguments": files,
  "emulator exec command": { from: "commands" },
  "emulator fault --code code": { from: "codes" },
  "emulator fault --path glob": nothing,
  "emulator fault --status status": nothing,
  "emulator fault clear id": nothing,
  "forecast --output format": choices(...formats, "svg"),
  "listen --path path": nothing,
  "listen --reject-status status": nothing,
  "listen --url url": nothing,
  "login --server url": nothing,
  "mcp --allow-profile glob": profiles,
  "move --from url": prefixes,
  "profile remove name": profiles,
  "profile use name": profiles,
  "replay --speed speed": some("1x", "10x", "max"),
  "schema command": { from: "names", which: "printing" },
};

/**
 * @param command without `rcwh`, such as `cron print`
 * @param flag such as `--filter`; undefined for an argument
 * @param value what the help calls it
 */
export function kindOf(command: string, flag: string | undefined, value: string): ValueKind {
  const name = flag === undefined ? value : `${flag} ${value}`;
  return byCommand[`${command} ${name}`] ?? byCommand[name] ?? byName[value] ?? nothing;
}

/**
 * Addresses of which nothing secret is known: `…` stands in place of a query, a fragment or a password, and is no part of
 * a URL that works. For `globs`, `*` takes its place.
 */
export function suggestUrls(
  addresses: readonly string[],
  how: "urls" | "globs" | "prefixes",
): Suggestion[] {
  const values = addresses.flatMap((address) => {
    if (!address.includes("…")) return [address];
    const start = address.replace(/[?#]….*$/, "");
    if (how === "globs") return [`${start}*`.replaceAll("…", "*")];
    return how === "prefixes" && !start.includes("…") ? [start] : [];
  });
  const known = new Set(values.filter((value) => value !== ""));
  return Array.from(known, (value) => ({ value, description: "" }));
}

/** What the last of a list with commas can be, each after what is before it, and none twice. */
export function continueList(text: string, suggestions: readonly Suggestion[]): Suggestion[] {
  const before = text.slice(0, text.lastIndexOf(",") + 1);
  const given = before.split(",");
  return suggestions
    .filter(({ value }) => !given.includes(value))
    .map(({ value, description }) => ({ value: before + value, description }));
}

/** How extensions can be named; the names themselves are not known here. */
export const extensionForms: readonly Suggestion[] = [
  { value: "all", description: "every enabled user of the account" },
  { value: "queue:", description: "the members of a call queue" },
  { value: "site:", description: "the users of a site" },
  { value: "department:", description: "the users of a department" },
];

/** Aliases, and with a slash paths. Of a list with commas, its last filter. */
export function suggestFilters(text: string): Suggestion[] {
  const start = text.includes("?") ? 0 : text.lastIndexOf(",") + 1;
  const before = text.slice(0, start);
  const named = catalogue.flatMap(({ aliases, filter, summary, deprecated }) => {
    if (deprecated) return [];
    const path = shortFilter(fillOwnPlaceholders(filter));
    const names = text.slice(start).includes("/") ? [path, `/${path}`, filter] : aliases;
    return names.map((name) => ({ value: before + name, description: summary }));
  });
  return named;
}
