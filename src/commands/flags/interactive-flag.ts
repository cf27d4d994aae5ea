import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import type { AccountFlags } from "../../operations/accounts/accounts.ts";
import { type Offer, runOnMany } from "../../operations/guide/pick.ts";
import { createSelector, type SelectorFlags } from "./selector-flags.ts";

type SelectiveFlags = SelectorFlags & AccountFlags & { readonly all?: true };

/** `-i`: lets the user pick from what selectors and flags select, or else from everything, and runs the command on that. */
export async function runOnPicked<Flags extends SelectiveFlags>(
  { name, ...offer }: Omit<Offer, "command" | "selector"> & { readonly name: string },
  selectors: readonly string[],
  flags: Flags,
  context: CommandContext,
  run: (ids: readonly string[], flags: Flags, context: CommandContext) => Promise<void>,
): Promise<void> {
  if (!context.io.interactive) {
    throw new UsageError(
      `\`rcwh ${name} -i\` needs a terminal.`,
      `Use \`rcwh list\`, then \`rcwh ${name}\` with an id.`,
    );
  }
  const selector = createSelector(selectors, flags);
  const rest = {
    ...flags,
    ...{ url: undefined, filter: undefined, status: undefined, transport: undefined },
    ...{ expiringWithin: undefined, all: undefined },
  };
  const command = { name, flags: Object.fromEntries(Object.entries(rest)) };
  await runOnMany(
    { ...offer, command, selector },
    context,
    (ids, back) => run(ids, rest, back),
    flags,
  );
}
