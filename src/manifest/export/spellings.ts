import { UsageError } from "../../errors.ts";
import { aliasesFor } from "../../filters/aliases.ts";
import { canonicalFilter, type OwnIds, withTildes } from "../../filters/compare.ts";
import { parseEventFilter } from "../../filters/parse.ts";
import { parseReminder, reminderFilter, reminderOf } from "../../filters/reminder.ts";
import { shortFilter } from "../../filters/search.ts";
import { splitFilterList } from "../../filters/split-list.ts";

/** How what exists is written in a manifest. */

export interface Spelling {
  readonly text: string;
  /** The catalogue does not know it. */
  readonly isUnknown: boolean;
}

/** The shortest text of which a file makes this filter; undefined where there is none. */
export function spellFilter(filter: string, own: OwnIds): Spelling | undefined {
  const whole = withTildes(filter, own);
  const canonical = canonicalFilter(whole);
  const candidates = [
    ...aliasesFor(whole),
    shortFilter(whole),
    whole,
    whole.replaceAll(",", "%2C"),
  ];
  for (const isUnknown of [false, true]) {
    for (const text of candidates) {
      try {
        const parsed = parseEventFilter(text, { allowUnknown: isUnknown });
        const isOne = splitFilterList(text).length === 1;
        if (isOne && canonicalFilter(parsed.eventFilter) === canonical) return { text, isUnknown };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
      }
    }
  }
  return undefined;
}

export function spellReminder(filter: string): string | undefined {
  const reminder = reminderOf([filter]);
  if (!reminder) return undefined;
  const text = `${spellDuration(reminder.threshold)}/${spellDuration(reminder.interval)}`;
  const isSame =
    problemOf(() => parseReminder(text)) === undefined &&
    canonicalFilter(reminderFilter(parseReminder(text))) === canonicalFilter(filter);
  return isSame ? text : undefined;
}

/** Exactly these seconds, as `parseDuration` reads them. */
export function spellDuration(seconds: number): string {
  const units = { y: 31_536_000, d: 86_400, h: 3600, m: 60 };
  const [unit, size] = Object.entries(units).find(([, each]) => seconds % each === 0) ?? ["s", 1];
  return `${seconds / size}${unit}`;
}

/** Why something is refused; undefined where it is not. */
export function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message.replace(/\.$/, "");
    throw error;
  }
}
