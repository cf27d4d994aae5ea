import { parseEventFilter } from "../filters/parse.ts";
import { splitFilterList } from "../filters/split-list.ts";
import type { WantedChange } from "../lifecycle/change-subscription.ts";
import { parseLifetime } from "../subscriptions/lifetime.ts";

/** What `rcwh update` changes in place. */
export interface ChangeFlags {
  readonly addFilter?: readonly string[];
  readonly removeFilter?: readonly string[];
  readonly filter?: readonly string[];
  readonly expiresIn?: string;
  readonly allowShorter?: true;
  readonly allowUnknownFilter?: true;
}

/** Reads the flags. `note` gets sentences about filters that are accepted. Throws UsageError. */
export function parseChange(flags: ChangeFlags, note: (text: string) => void): WantedChange {
  const allowUnknown = flags.allowUnknownFilter ?? false;
  const parse = (inputs: readonly string[]) =>
    inputs.flatMap(splitFilterList).map((text) => {
      const { eventFilter, notes } = parseEventFilter(text, { allowUnknown });
      for (const each of notes) note(each);
      return eventFilter;
    });
  const removed = (flags.removeFilter ?? []).flatMap(splitFilterList);
  return {
    whole: flags.filter && parse(flags.filter),
    added: parse(flags.addFilter ?? []),
    removed: removed.map((text) => parseEventFilter(text, { allowUnknown: true })),
    lifetime: flags.expiresIn === undefined ? undefined : parseLifetime(flags.expiresIn),
    allowShorter: flags.allowShorter ?? false,
  };
}
