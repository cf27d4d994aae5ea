import type { Command, OptionValues } from "@commander-js/extra-typings";
import { expandAlias, readAlias } from "../../filters/aliases.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import type { Selector } from "../../subscriptions/select.ts";

/** The flags that narrow down which subscriptions a command is about. */
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
    .option("--url <glob>", "deliver to an address that matches")
    .option("--filter <glob>", "have an event filter that matches; or an alias")
    .option("--status <status>", "active, unhealthy, or a status such as Blacklisted")
    .option("--transport <type>", "WebHook, WebSocket, PubNub …")
    .option("--expiring-within <duration>", "expire within this time, such as 48h");
}

/** Throws UsageError for a duration that is none. */
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

/** What `create` takes selects as well: an alias stands for its filter, whatever ids that names. */
function withoutAlias(filter: string): string {
  const alias = readAlias(filter);
  return alias ? expandAlias(alias).replace(/\{\w+\}/g, "*") : filter;
}
