import type { UsageError } from "../../errors.ts";
import { parseEventFilter, parseEventFilters } from "../../filters/parse.ts";
import { splitFilterList } from "../../filters/split-list.ts";
import { complaintOf } from "./verdict.ts";

/** The filters of a command line, as a guide goes on with them. */
export interface GivenFilters {
  /** Why they cannot be; undefined where they can, and where none is given. */
  readonly mistake: UsageError | undefined;
  /** Those that are right. */
  readonly right: readonly string[];
  /** The first that is not: what to search for. */
  readonly term: string | undefined;
}

export function readGivenFilters(
  given: readonly string[] | undefined,
  allowUnknown: boolean,
): GivenFilters {
  const filters = given?.flatMap(splitFilterList) ?? [];
  const isRight = (filter: string) =>
    !complaintOf(() => parseEventFilter(filter, { allowUnknown }));
  return {
    mistake: given && complaintOf(() => parseEventFilters(given, { allowUnknown })),
    right: filters.filter(isRight),
    term: filters.find((filter) => !isRight(filter)),
  };
}
