import type { KeptAnswer } from "../../endpoint/delivery.ts";
import type { EndpointOutcome } from "../../endpoint/endpoint-call.ts";
import type { Delivery } from "../backend.ts";

type Log = readonly Delivery[];

/** Of the logs that somebody shows: what endpoints answered. The log itself has only the outcomes. */
const kept = new WeakMap<Log, WeakMap<Delivery, KeptAnswer>>();

/** From now on keeps what endpoints answer, as long as the log has the delivery. Returns what finds it. */
export function keepAnswers(log: Log): (delivery: Delivery) => KeptAnswer | undefined {
  const answers = kept.get(log) ?? new WeakMap<Delivery, KeptAnswer>();
  kept.set(log, answers);
  return (delivery) => answers.get(delivery);
}

export function keepAnswer(log: Log, delivery: Delivery, outcome: EndpointOutcome): void {
  const answers = kept.get(log);
  if (!answers || outcome.kind !== "answer") return;
  const { headers, body = "" } = outcome;
  answers.set(delivery, {
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
    ),
    body: Buffer.from(body, "latin1").toString(),
  });
}
