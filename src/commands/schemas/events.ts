import type { DeliveryOutcome } from "../../endpoint/delivery.ts";
import type { DeliveryRow } from "../output/delivery-report.ts";
import {
  anything,
  choice,
  documentOf,
  either,
  instant,
  integer,
  mapOf,
  number,
  type Output,
  optional,
  record,
  text,
  uri,
  yesOrNo,
} from "./schema.ts";

const deliveryRow = record<DeliveryRow>("An event at one endpoint.", {
  event: text("The event filter that matched."),
  uuid: text("The event's id."),
  subscriptionId: optional(text("The user of the event, if the emulator sent it.")),
  address: optional(uri("The URL that it was sent to, if the emulator sent it.")),
  status: optional(integer("The HTTP status of the answer; absent without one.")),
  milliseconds: optional(number("Milliseconds until the answer was complete.")),
  bytes: optional(integer("The size of the whole answer.", 0)),
  accepted: yesOrNo("Whether RingCentral would accept the answer."),
  problem: optional(text("Why not, in RingCentral's own words.")),
});
const plannedDelivery = record<{ method: "POST"; url?: string; headers: object; body: unknown }>(
  "A request that --dry-run did not send. A verification token is shown as ….",
  {
    method: { const: "POST" },
    url: optional(uri("The endpoint; absent if none was given.")),
    headers: mapOf("Its headers.", { type: "string" }),
    body: anything("The event."),
  },
);
/** Of `trigger` and `replay`. */
export const deliveries = either(
  documentOf("deliveries", "Each event.", deliveryRow, {
    summary: record<{ sent: number; accepted: number; p50?: number; max?: number }>("The totals.", {
      sent: integer("Events that were sent.", 0),
      accepted: integer("Answers that RingCentral would accept.", 0),
      p50: optional(number("The median, in milliseconds.")),
      max: optional(number("The slowest, in milliseconds.")),
    }),
  }),
  documentOf("requests", "Under --dry-run: what would be sent.", plannedDelivery),
);

const received = record<{
  receivedAt: string;
  transport: string;
  headers: object;
  event: unknown;
  forward?: object;
}>("An event.", {
  receivedAt: instant("When it arrived."),
  transport: choice<"WebHook" | "WebSocket">("How it arrived.", { WebHook: "", WebSocket: "" }),
  headers: mapOf("Its headers, without secrets.", { type: "string" }),
  event: anything("The event as RingCentral sends it: uuid, event, timestamp, body …"),
  forward: optional(
    record<Pick<DeliveryOutcome, "status" | "milliseconds" | "problem">>(
      "What the target of --forward-to answered.",
      {
        status: optional(integer("The HTTP status; absent without an answer.")),
        milliseconds: number("Milliseconds until the answer was complete."),
        problem: optional(text("Why RingCentral would reject the answer, in its own words.")),
      },
    ),
  ),
});
const gap = record<{ gap: object }>("A time in which events may have been lost.", {
  gap: record<{ since: string; until: string; reason: string }>("", {
    since: instant("When it began."),
    until: instant("When it was over."),
    reason: text("The reason, as the end of a sentence."),
  }),
});

/** Of `listen`. */
export const receivedEvents: Output = { line: { type: "object", anyOf: [received, gap] } };
