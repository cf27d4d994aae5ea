import { CliError } from "../../errors.ts";
import type { OwnIds } from "../../filters/compare.ts";
import type { IO } from "../../io/io.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { findShortfall } from "../../lifecycle/shortfall.ts";
import { oneLine } from "../../one-line.ts";
import type { Difference } from "../../subscriptions/compare.ts";

/** Reports where the server granted something else than rcwh asked for. Throws exit 8 for less, and for an unhealthy subscription. */
export function reportDifferences(
  differences: readonly Difference[],
  subscription: OwnedSubscription,
  own: OwnIds,
  io: IO,
): void {
  for (const { less, sentence } of differences) if (!less) io.note(oneLine(sentence));
  const shortfall = findShortfall(differences, subscription, own);
  if (shortfall) throw new CliError(shortfall.message, shortfall);
}
