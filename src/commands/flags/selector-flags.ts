import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { expandAlias, readAlias } from "../../filters/aliases.ts";
import { closest } from "../../filters/edit-distance.ts";
import { unknownSought } from "../../filters/parse.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import { isSelective, type Selector } from "../../subscriptions/select.ts";

/** Flags that select subscriptions. */
export interface SelectorFlags {
  readonly url?: string;
  readonly filter?: string;
  readonly status?: string;
  readonly transport?: string;
  readonly expiringWithin?: string;
}

export function addSelectorFlags<Arguments extends unknown[], Options extends OptionValues>(
  command: Command<Arguments, Options>,
) {
  return command
    .optionsGroup("Selection (rcwh help selectors):")
    .option("--url <glob>", "delivering to this address")
    .option("--filter <glob>", "with this event filter or alias")
    .option("--status <status>", "active, unhealthy, or a status such as Blacklisted")
    .option("--transport <type>", "WebHook, WebSocket, PubNub …")
    .option("--expiring-within <duration>", "expiring within this time, such as 48h");
}

/** RingCentral's, older ones among them, and rcwh's own for what is only on record. */
export const statuses = [
  "active",
  "unhealthy",
  "Blacklisted",
  "Suspended",
  "Blocked",
  "Expired",
  "Gone",
];
export const transports = ["WebHook", "WebSocket", "PubNub", "RC/APNS", "RC/GCM", "Internal"];

/** Throws UsageError for an invalid duration, and for a value that nothing can match. */
export function createSelector(
  ids: readonly string[],
  { url, filter, status, transport, expiringWithin, all }: SelectorFlags & { readonly all?: true },
): Selector {
  if (status !== undefined) requireOneOf(status, statuses, "--status");
  if (transport !== undefined) requireOneOf(transport, transports, "--transport");
  const unknownFilter = filter === undefined ? undefined : unknownSought(filter);
  // A path may have been sent with --allow-unknown-filter: the list tells.
  if (unknownFilter && !filter?.includes("/")) throw unknownFilter;
  return {
    ids,
    ...(url !== undefined && { url }),
    ...(filter !== undefined && { filter: withoutAlias(filter) }),
    ...(unknownFilter && { unknownFilter }),
    ...(status !== undefined && { status }),
    ...(transport !== undefined && { transport }),
    ...(expiringWithin !== undefined && {
      expiringWithin: parseDuration(expiringWithin, "--expiring-within", "h"),
    }),
    ...(all && { all }),
  };
}

/** Whether a command without a selection of its own may ask for one: nothing is selected, on a terminal. */
export function asksForSelection(
  ids: readonly string[],
  flags: SelectorFlags & { readonly all?: true },
  { io }: Pick<CommandContext, "io">,
): boolean {
  return !isSelective(createSelector(ids, flags)) && io.interactive;
}

function requireOneOf(value: string, known: readonly string[], flag: string): void {
  if (known.some((each) => each.toLowerCase() === value.toLowerCase())) return;
  const nearest = closest(value, known);
  const all = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
  throw new UsageError(
    `Invalid ${flag} value ${JSON.stringify(value)}: nothing can match it.`,
    nearest === undefined ? `Use ${all}.` : `Try ${flag} ${nearest}, or another of ${all}.`,
  );
}

/** An alias selects its filter with any ids. */
function withoutAlias(filter: string): string {
  const alias = readAlias(filter);
  return alias ? expandAlias(alias).replace(/\{\w+\}/g, "*") : filter;
}
