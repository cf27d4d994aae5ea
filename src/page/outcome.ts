import type { InspectedEvent } from "../inspector/protocol.ts";

/** What became of an event, from its delivery. */
export type Outcome = "accepted" | "warned" | "refused" | "waiting" | "dropped" | "kept";

/** In the words that the page shows. */
export const outcomes: Readonly<Record<Outcome, string>> = {
  accepted: "Accepted",
  warned: "At risk",
  refused: "Refused",
  waiting: "Waiting",
  dropped: "Dropped",
  kept: "Not forwarded",
};

export function outcomeOf({ delivery }: Pick<InspectedEvent, "delivery">): Outcome {
  if (!delivery) return "kept";
  if (delivery.state === "waiting" || delivery.state === "dropped") return delivery.state;
  const { status } = delivery.verdict ?? { status: delivery.state === "failed" ? "fail" : "pass" };
  return { pass: "accepted", warn: "warned", fail: "refused" }[status] as Outcome;
}

export function isOutcome(value: string): value is Outcome {
  return Object.hasOwn(outcomes, value);
}
