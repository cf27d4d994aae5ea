import type { UsageError } from "../../errors.ts";
import { parseEventFilter, parseEventFilters } from "../../filters/parse.ts";
import { splitFilterList } from "../../filters/split-list.ts";
import { complaintOf } from "./verdict.ts";

/** The filters of a command line, where a guide begins. */
export interface GivenFilters {
  /** Why they are invalid; undefined if they are valid, and if none is given. */
  readonly mistake: UsageError | undefined;
  /** The valid ones. */
  readonly valid: readonly string[];
  /** The first invalid one: what to search for. */
  readonly term: string | undefined;
}

export function readGivenFilters(
  given: readonly string[] | undefined,
  allowUnknown: boolean,
): GivenFilters {
  const filters = given?.flatMap(splitFilterList) ?? [];
  const isValid = (filter: string) =>
    !complaintOf(() => parseEventFilter(filter, { allowUnknown }));
  return {
    mistake: given && complaintOf(() => parseEventFilters(given, { allowUnknown })),
    valid: filters.filter(isValid),
    term: filters.find((filter) => !isValid(filter)),
  };
}
