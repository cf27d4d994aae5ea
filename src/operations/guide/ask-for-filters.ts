import type { Prompter, Prompts } from "../../io/prompts.ts";
import { type FilterChoices, typedFilter } from "./filter-choices.ts";
import { askWithin } from "./run-steps.ts";
import { verdict } from "./verdict.ts";

/**
 * Asks for filters, then for the ids and paths that the chosen ones leave open. Escape in a later question leads back to
 * the first.
 *
 * @param former the answer of somebody who comes back
 * @param check throws UsageError for filters that cannot be, alone or together
 */
export async function askForFilters(
  prompts: Prompts,
  question: string,
  former: readonly string[],
  filters: FilterChoices,
  check: (chosen: readonly string[]) => unknown,
): Promise<readonly string[]> {
  const formerOf = new Map(former.map((each) => [spellingFor(each, filters), each]));
  let chosen: readonly string[] = [...formerOf.keys()];
  return askWithin(
    async () => {
      chosen = await prompts.searchMany(question, filters.choices, {
        find: filters.find,
        chosen,
        validate: (spellings) => {
          const whole = spellings.filter((each) => isWhole(each, filters));
          return whole.length === 0 || verdict(() => check(whole));
        },
      });
    },
    async () => {
      const known = chosen.filter((each) => isWhole(each, filters));
      for (const spelling of chosen.filter((each) => !isWhole(each, filters))) {
        const filter = await complete(prompts, spelling, formerOf.get(spelling), filters, (text) =>
          check([...known, text]),
        );
        known.push(filter);
      }
      return known;
    },
  );
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
