import type { Command, OptionValues } from "@commander-js/extra-typings";
import { expandAlias, readAlias } from "../../filters/aliases.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import type { Selector } from "../../subscriptions/select.ts";

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

/** Throws UsageError for an invalid duration. */
export function createSelector(
  ids: readonly string[],
  { url, filter, status, transport, expiringWithin, all }: SelectorFlags & { readonly all?: true },
): Selector {
  return {
    ids,
    ...(url !== undefined && { url }),
    ...(filter !== undefined && { filter: withoutAlias(filter) }),
    ...(status !== undefined && { status }),
    ...(transport !== undefined && { transport }),
    ...(expiringWithin !== undefined && {
      expiringWithin: parseDuration(expiringWithin, "--expiring-within"),
    }),
    ...(all && { all }),
  };
}

/** An alias selects its filter with any ids. */
function withoutAlias(filter: string): string {
  const alias = readAlias(filter);
  return alias ? expandAlias(alias).replace(/\{\w+\}/g, "*") : filter;
}
