import { UsageError } from "../../errors.ts";
import { selection } from "./read-tools.ts";
import { type ArgumentSchema, type Arguments, type CommandWords, flagsOf } from "./tool.ts";

const subscriptions: ArgumentSchema = {
  type: "array",
  items: { type: "string" },
  maxItems: 100,
  description: "ids of the subscriptions, or unique prefixes of them",
};

/** What the tools that work on several subscriptions have in common. */
export const chosen = { subscriptions, ...selection };

export function chosenWords(
  command: string,
  values: Arguments,
  more: readonly string[] = [],
): CommandWords {
  const { subscriptions = [], ...flags } = values;
  return {
    flags: [command, ...flagsOf(flags, "status", "filter", "url", "expiringWithin"), ...more],
    operands: subscriptions as readonly string[],
  };
}

/** Those of the preview, by their ids: nothing else is touched, whatever there is by then. */
export function previewed(
  { flags }: CommandWords,
  { results }: Readonly<Record<string, unknown>>,
): CommandWords | undefined {
  const ids = (Array.isArray(results) ? results : []).flatMap(({ id, outcome }) =>
    String(outcome).startsWith("would-") ? [String(id)] : [],
  );
  if (ids.length === 0) return undefined;
  const selecting = /^--(?:all|status|filter|url|expiring-within|within)\b/;
  return { flags: [...flags.filter((word) => !selecting.test(word)), "--yes"], operands: ids };
}

/** The one of the preview, by its id. */
export function previewedOne(
  { flags }: CommandWords,
  { results }: Readonly<Record<string, unknown>>,
) {
  const [result] = Array.isArray(results) ? results : [];
  if (!String(result?.outcome).startsWith("would-")) return undefined;
  return { flags: [...flags, "--yes"], operands: [String(result.id)] };
}

/** `--all` is for somebody who types it. */
export function refuseAll(values: Arguments, command: string): void {
  if (Object.keys(values).length > 0) return;
  throw new UsageError(
    `Which subscriptions should ${command} take?`,
    'Name them in "subscriptions", or select them with "status", "filter", "url" or "expiringWithin".',
  );
}
