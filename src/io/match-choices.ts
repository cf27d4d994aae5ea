import type { Listed } from "./search-prompt.ts";

type Grouped = Listed & { readonly group?: string | undefined };

/** Puts the heading of each group before its first choice. */
export function withHeadings(
  found: readonly Grouped[],
): readonly (Listed | { readonly heading: string })[] {
  return found.flatMap((choice, index) => {
    const { group } = choice;
    return group === undefined || group === found[index - 1]?.group
      ? [choice]
      : [{ heading: group }, choice];
  });
}

/**
 * The choices with every word: those with all of them in the name before those that need the description. Groups stay
 * together, in the order of their best choices.
 */
export function matching<Found extends Grouped>(
  choices: readonly Found[],
  term: string,
): readonly Found[] {
  const words = term.toLowerCase().split(/\s+/);
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = choices.filter(({ name, description = "" }) => has(`${name}\n${description}`));
  const byName = found.filter(({ name }) => has(name));
  const ranked = new Set([...byName, ...found]);
  const groups = [...new Set([...ranked].map(({ group }) => group))];
  return groups.flatMap((group) => [...ranked].filter((choice) => choice.group === group));
}
