import type { Choice, Prompter, Prompts } from "../../io/prompts.ts";
import { type FilterChoices, typedFilter } from "./filter-choices.ts";
import { askWithin } from "./run-steps.ts";
import { verdict } from "./verdict.ts";

interface FiltersQuestion {
  readonly message: string;
  readonly filters: FilterChoices;
  /** Chosen at first: the answer of somebody who comes back. */
  readonly former: readonly string[];
  /** What is typed in the search at first. */
  readonly term?: string | undefined;
  /** Throws UsageError for filters that cannot be, alone or together. */
  readonly check: (chosen: readonly string[]) => unknown;
  /** Called with what is chosen so far, in case the question is left with Escape. */
  readonly keep?: (chosen: readonly string[]) => void;
}

/**
 * Asks for filters, then for the ids and paths that the chosen ones leave open. Escape in a later question leads back to
 * the first.
 */
export async function askForFilters(
  prompts: Prompts,
  { message, filters: offered, former, term, check, keep = () => {} }: FiltersQuestion,
): Promise<readonly string[]> {
  const filters = withPaths(former, offered);
  const formerOf = new Map(former.map((each) => [spellingFor(each, filters), each]));
  const formerOr = (spelling: string) => formerOf.get(spelling) ?? spelling;
  let chosen: readonly string[] = [...formerOf.keys()];
  return askWithin(
    prompts,
    async () => {
      chosen = await prompts.searchMany(message, filters.choices, {
        find: filters.find,
        term,
        chosen,
        keep: (spellings) => keep(spellings.map(formerOr)),
        validate: (spellings) => {
          const whole = spellings.filter((each) => isWhole(each, filters));
          return whole.length === 0 || verdict(() => check(whole));
        },
      });
      keep(chosen.map(formerOr));
    },
    async () => {
      const known = chosen.filter((each) => isWhole(each, filters));
      const path = term?.includes("/") ? term : undefined;
      for (const spelling of chosen.filter((each) => !isWhole(each, filters))) {
        const before = formerOf.get(spelling) ?? (spelling === typedFilter ? path : undefined);
        const filter = await complete(prompts, spelling, before, filters, (text) =>
          check([...known, text]),
        );
        known.push(filter);
      }
      keep(known);
      return known;
    },
  );
}

/** With the paths that somebody typed before as choices, where they are not among the choices already. */
function withPaths(former: readonly string[], filters: FilterChoices): FilterChoices {
  const paths = former.filter((each) => spellingFor(each, filters) === typedFilter && each !== "");
  if (paths.length === 0) return filters;
  const typed = paths.map((path): Choice<string> => ({ name: path, value: path, group: "Yours" }));
  const find: FilterChoices["find"] = (term) => [
    ...typed.filter(({ name }) => name.includes(term.trim())),
    ...filters.find(term),
  ];
  return { ...filters, choices: [...typed, ...filters.choices], find };
}

/** The same for one filter. Nothing is before its first question. */
export async function askForFilter(
  prompter: Prompter,
  question: string,
  filters: FilterChoices,
  check: (filter: string) => unknown,
): Promise<string> {
  const { choices, find } = filters;
  return askWithin(
    prompter,
    () => prompter.search(question, choices, { find }),
    async (spelling) =>
      isWhole(spelling, filters)
        ? spelling
        : complete(prompter.withBack, spelling, undefined, filters, check),
  );
}

/** Asks for the id that a filter leaves open, or for all of it. */
async function complete(
  prompts: Prompts,
  spelling: string,
  former: string | undefined,
  { placeholderOf }: FilterChoices,
  check: (filter: string) => unknown,
): Promise<string> {
  if (spelling === typedFilter) {
    const path = await prompts.input("Filter", {
      ...(former !== undefined && { default: former }),
      validate: (text) => verdict(() => check(text.trim())),
    });
    return path.trim();
  }
  const id = await prompts.input(`${placeholderOf(spelling)} for ${spelling}`, {
    ...(former !== undefined && { default: former.slice(spelling.length + 1) }),
    validate: (text) =>
      /^[\w.-]+$/.test(text.trim())
        ? verdict(() => check(withId(spelling, text.trim())))
        : "Type only the ID: letters, digits and dashes.",
  });
  return withId(spelling, id.trim());
}

/** The choice that led to a filter. */
function spellingFor(filter: string, { choices, placeholderOf }: FilterChoices): string {
  const choice = choices.find(
    ({ value }) =>
      value === filter || (placeholderOf(value) !== undefined && filter.startsWith(`${value}:`)),
  );
  return choice?.value ?? typedFilter;
}

function isWhole(spelling: string, { placeholderOf }: FilterChoices): boolean {
  return spelling !== typedFilter && placeholderOf(spelling) === undefined;
}

/** `a2p-batch` as `a2p-batch:<id>`. */
function withId(spelling: string, id: string): string {
  return spelling.includes("{") ? spelling.replace(/\{\w+\}/, id) : `${spelling}:${id}`;
}
