import { statusMarks } from "../../io/marks.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import type { MissingCandidate } from "../../lifecycle/missing.ts";
import { countIs } from "../../phrases.ts";
import { isKeptByOthers } from "../../subscriptions/due.ts";
import { isHealthy } from "../../subscriptions/health.ts";

/** How to bring back what delivers nothing, or not all, with the ids where they are few and of one account. */
export function noteUnhealthy(subscriptions: readonly OwnedSubscription[]): readonly string[] {
  const ours = subscriptions.filter((each) => !isKeptByOthers(each));
  const note = (
    found: readonly OwnedSubscription[],
    state: readonly [one: string, several: string],
    wayOut: (ids: string) => string,
  ) => {
    if (found.length === 0) return [];
    const isMany = new Set(found.map(({ profile }) => profile)).size > 1;
    const ids = isMany || found.length > 3 ? "" : found.map(({ id }) => ` ${id}`).join("");
    const [one, several] = state;
    const subject = found.length === 1 ? `1 ${one}` : `${found.length} ${several}`;
    return [`${subject}: ${wayOut(ids)}${isMany ? ", each with --profile" : ""}.`];
  };
  const unhealthy = ours.filter((each) => !isHealthy(each));
  const partial = ours.filter((each) => isHealthy(each) && each.disabledFilters?.length);
  return [
    ...note(
      unhealthy,
      ["delivers nothing", "deliver nothing"],
      (ids) => `fix the endpoint, then run \`rcwh recover${ids}\``,
    ),
    ...note(
      partial,
      ["has disabled filters", "have disabled filters"],
      () => `see what is missing with \`rcwh show ${partial[0]?.id}\``,
    ),
  ];
}

/** What the mark beside an expiry means. */
export function noteDue(count: number): readonly string[] {
  if (count === 0) return [];
  const are = countIs(count);
  return [`${statusMarks.warn} ${are} due for renewal: run \`rcwh renew\`.`];
}

/** What can be done about what is gone, with the ids where they are few and of one account. */
export function noteRecorded(recorded: readonly MissingCandidate[]): readonly string[] {
  if (recorded.length === 0) return [];
  const isMany = new Set(recorded.map(({ profile }) => profile)).size > 1;
  const ids = recorded.map(({ id }) => id).join(" ");
  const what =
    recorded.length === 1 ? "1 is only on record" : `${recorded.length} are only on record`;
  return [
    isMany || recorded.length > 3
      ? `${what}: re-create what has expired with \`rcwh renew --recreate\`, or drop all with \`rcwh forget --all\`${isMany ? ", each with --profile" : ""}.`
      : `${what}: re-create with \`rcwh renew --recreate ${ids}\`, or drop with \`rcwh forget ${ids}\`.`,
  ];
}
