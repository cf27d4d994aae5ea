import { scopesOf } from "../../api/describe-user.ts";
import type { CachedToken } from "../../config/credentials.ts";
import { UsageError } from "../../errors.ts";
import { openPlaceholders } from "../../filters/aliases.ts";
import { catalogue } from "../../filters/catalogue/catalogue.ts";
import { byCategory, categoryNames } from "../../filters/catalogue/categories.ts";
import type { CatalogueEntry } from "../../filters/catalogue/entry.ts";
import { parseEventFilters } from "../../filters/parse.ts";
import { searchFilters, shortFilter } from "../../filters/search.ts";
import { fillOwnPlaceholders } from "../../filters/uri.ts";
import type { Choice, Prompts } from "../../io/prompts.ts";
import { askWithin } from "../../operations/guide/run-steps.ts";

/** The value of the choice of a filter that is typed. */
const typed = "";

interface FilterOptions {
  readonly allowUnknown: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/**
 * Asks which events, from the whole catalogue, then for what the chosen filters leave open. Escape in a later question leads
 * back to the first.
 */
export async function askFilters(
  prompts: Prompts,
  former: readonly string[],
  session: CachedToken | undefined,
  options: FilterOptions,
): Promise<readonly string[]> {
  const { choices, find } = filterChoices(lackingScopes(session), options.width);
  const known = new Set(choices.map(({ value }) => value));
  const formerPath = former.find((each) => !known.has(each) && each.includes("/"));
  let chosen: readonly string[] = [
    ...new Set(former.map((each) => (known.has(each) ? each : typed))),
  ];
  return askWithin(
    async () => {
      chosen = await prompts.searchMany("Which events?", choices, {
        find,
        chosen,
        validate: (values) => {
          const whole = values.filter(isWhole);
          return (
            whole.length === 0 || verdict(() => parseEventFilters(whole, { allowUnknown: true }))
          );
        },
      });
    },
    () => fillAll(prompts, chosen, formerPath, options),
  );
}

async function fillAll(
  prompts: Prompts,
  chosen: readonly string[],
  formerPath: string | undefined,
  { allowUnknown }: FilterOptions,
): Promise<readonly string[]> {
  const filters: string[] = chosen.filter(isWhole);
  const fits = (filter: string) =>
    verdict(() => parseEventFilters([...filters, filter], { allowUnknown }));
  for (const spelling of chosen.filter((each) => !isWhole(each))) {
    if (spelling === typed) {
      const path = await prompts.input("Filter", {
        ...(formerPath !== undefined && { default: formerPath }),
        validate: fits,
      });
      filters.push(path.trim());
      continue;
    }
    const id = await prompts.input(`${openOf(spelling)} for ${spelling}`, {
      validate: (answer) =>
        /^[\w.-]+$/.test(answer.trim())
          ? fits(filled(spelling, answer.trim()))
          : "Type the id alone: letters, digits and dashes.",
    });
    filters.push(filled(spelling, id.trim()));
  }
  return filters;
}

/** Every filter that RingCentral still wants to be used, by category, with those that need something else marked. */
function filterChoices(lacks: (entry: CatalogueEntry) => boolean, width: number) {
  const current = byCategory(
    catalogue.filter(
      ({ deprecated, confidence, category }) =>
        // `--remind` adds the reminder.
        !deprecated && confidence !== "third-party" && category !== "subscription",
    ),
  );
  // The longest alias, where that leaves room.
  const column = width < 80 ? 22 : 27;
  const byEntry = new Map<CatalogueEntry, readonly Choice<string>[]>(
    current.map((entry) => {
      const mark = lacks(entry) ? "! " : "";
      const scopes = [entry.permission, ...(entry.permissionDisputed ?? [])].join(" or ");
      const lacking = lacks(entry) ? ", which your app's token does not have" : "";
      return [
        entry,
        spellingsOf(entry).map((value) => {
          const preset = entry.presets?.[value];
          const summary = `${entry.summary}${preset ? ` (only ${preset})` : ""}`;
          return {
            name: `${value.padEnd(column)} ${mark}${summary}`,
            value,
            short: value,
            group: categoryNames[entry.category],
            description: `${summary}. Needs the scope ${scopes}${lacking}.`,
          };
        }),
      ] as const;
    }),
  );
  const other: Choice<string> = {
    name: "Another filter, by its path",
    value: typed,
    short: "another one",
    group: "Others",
    description: "Such as account/~/extension/~/message-store?type=SMS, or one with ids of others.",
  };
  return {
    choices: [...[...byEntry.values()].flat(), other],
    find: (term: string) => [
      ...byCategory(searchFilters(term)).flatMap((entry) => byEntry.get(entry) ?? []),
      other,
    ],
  };
}

/** An alias of its own for each preset, without the names of other programs. */
function spellingsOf({ aliases, presets = {}, filter }: CatalogueEntry): readonly string[] {
  const [first = shortFilter(fillOwnPlaceholders(filter))] = aliases;
  return [first, ...aliases.slice(1).filter((alias) => alias in presets && alias.includes("-"))];
}

/**
 * Whether the token certainly lacks what a filter needs. How scopes are spelled in a token is not documented: one in which
 * none is known says nothing.
 */
export function lackingScopes(session: CachedToken | undefined) {
  const named = session ? scopesOf(session) : new Set<string>();
  const has = (scope: string) => named.has(scope.toLowerCase());
  const isReadable = catalogue.some(({ permission }) => has(permission));
  return ({ permission, permissionDisputed = [] }: CatalogueEntry): boolean =>
    isReadable && ![permission, ...permissionDisputed].some(has);
}

function isWhole(spelling: string): boolean {
  return spelling !== typed && openOf(spelling) === undefined;
}

/** The placeholder that an alias or a path leaves open, such as `batchId`. */
function openOf(spelling: string): string | undefined {
  const entry = catalogue.find((each) => spellingsOf(each).includes(spelling));
  return openPlaceholders(fillOwnPlaceholders(entry?.filter ?? ""))[0]?.slice(1, -1);
}

/** `a2p-batch` as `a2p-batch:<id>`. */
function filled(spelling: string, id: string): string {
  return spelling.includes("{") ? spelling.replace(/\{\w+\}/, id) : `${spelling}:${id}`;
}

/** True, or why the answer is wrong. */
export function verdict(check: () => unknown): true | string {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [error.message, error.hint].filter(Boolean).join(" ");
  }
}
