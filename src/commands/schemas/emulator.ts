import type { Delivery } from "../../emulator/backend.ts";
import type { ActiveFault } from "../../emulator/control/faults.ts";
import type { LoggedRequest } from "../../emulator/request-log.ts";
import type { EmulatorState, SessionState, SubscriptionState } from "../../emulator/state.ts";
import type { Access } from "../../emulator/testing/environment.ts";
import type { BlacklistResult } from "../emulator/blacklist.ts";
import type { Clock } from "../emulator/clock.ts";
import type { CutResult } from "../emulator/cut.ts";
import {
  anything,
  choice,
  documentOf,
  instant,
  integer,
  list,
  mapOf,
  number,
  type Output,
  optional,
  record,
  type Schema,
  text,
  texts,
  uri,
  yes,
  yesOrNo,
} from "./schema.ts";
import { ref } from "./shared.ts";

const user = integer("The number of the user: 1 for the JWT user-1.", 1);

const delivery = record<Delivery>("A delivery of an event to one subscriber.", {
  uuid: text("The event's id."),
  subscriptionId: text("The subscription that the event was for."),
  user,
  event: text("The event filter that matched."),
  address: optional(uri("The URL that it was sent to; absent for a WebSocket.")),
  timestamp: instant("When it happened, by the emulator's clock."),
  body: optional(anything("The event's body.")),
  attempt: optional(integer("The number of the attempt, from the second one on.", 2)),
  delivered: yesOrNo("Whether the answer was accepted."),
  status: optional(integer("The HTTP status that the endpoint answered.")),
  reason: optional(text("Why it failed, in the words of blacklistedData.reason.")),
  duration: optional(number("How long it took, in milliseconds of real time.")),
});
const deliveries = list("The latest deliveries, oldest first.", delivery);

const request = record<LoggedRequest>("A request, and its answer.", {
  requestId: text("RCRequestId."),
  timestamp: instant("When it arrived, by the emulator's clock."),
  method: text("The HTTP method."),
  path: text("The path, without the query."),
  status: integer("The HTTP status; 0 if the connection was closed without an answer."),
  code: optional(text("RingCentral's error code.")),
  fault: optional(text("The id of the fault that was applied.")),
  note: optional(text("A problem for which RingCentral might refuse the request.")),
  body: optional(anything("The JSON body of a subscription request, without secrets.")),
  user: optional(user),
});
const requests = list("The latest requests, oldest first.", request);

const subscription = record<SubscriptionState>("A subscription of any user.", {
  id: text("Its id."),
  api: ref("api"),
  user,
  clientId: text("The app that made it."),
  eventFilters: texts("Its event filters."),
  disabledFilters: list(
    "Its disabled filters, which deliver nothing.",
    record<SubscriptionState["disabledFilters"][number]>("", {
      filter: text("The event filter."),
      reason: text("A code."),
      message: text("Why."),
    }),
  ),
  transportType: choice<SubscriptionState["transportType"]>("How it delivers.", {
    WebHook: "",
    WebSocket: "",
  }),
  address: optional(uri("The URL of a webhook.")),
  creationTime: instant("When it was created, by the emulator's clock."),
  expirationTime: instant("When it expires."),
  status: choice<SubscriptionState["status"]>("Whether it delivers.", {
    Active: "",
    Blacklisted: "",
  }),
  hasVerificationToken: yesOrNo("Whether its deliveries carry a verification token."),
});

const session = record<SessionState>("A session.", {
  id: text("Its id."),
  user,
  clientId: text("The app."),
  startedAt: instant("When it began."),
  accessTokenExpiresAt: instant("When its access token expires."),
});

const fault = record<ActiveFault>("A fault: what goes wrong, and for which requests.", {
  id: text("Its id."),
  match: optional(
    record<NonNullable<ActiveFault["match"]>>("The requests that it applies to; absent for all.", {
      method: optional(text("The HTTP method.")),
      path: optional(text("The path; * stands for anything.")),
    }),
  ),
  status: optional(integer("The HTTP status of the answer.")),
  code: optional(text("The RingCentral error code of the answer.")),
  html: optional(yes("A gateway's error page.")),
  body: optional(anything("The body of the answer.")),
  headers: optional(mapOf("Headers of the answer.", { type: "string" })),
  truncate: optional(integer("Bytes of the body after which the connection breaks.", 0)),
  drop: optional(
    choice<NonNullable<ActiveFault["drop"]>>("The connection is closed without an answer.", {
      before: "the request is not processed",
      after: "the request is processed",
    }),
  ),
  delay: optional(text("How long the answer waits, such as 20ms.")),
  times: optional({
    description: "How many requests it applies to.",
    anyOf: [{ type: "integer" }, { const: "always" }],
  }),
  rate: optional(number("The probability that it applies to a request.")),
  seed: optional({ type: ["number", "string"], description: "Makes the choice repeatable." }),
  fired: integer("How many requests it was applied to.", 0),
});
const faults = documentOf("faults", "The faults that are active, oldest first.", fault);

/** One object on one line, once it listens. */
const access: Schema = record<Access & { schemaVersion: 1 }>("How to sign in to it.", {
  schemaVersion: { const: 1 },
  url: uri("Its server."),
  clientId: text("Its app, which is public."),
  clientSecret: text("The app's secret, which is public."),
  jwt: text("The JWT of user 1, which is public."),
});

type BesideState = Omit<EmulatorState, "schemaVersion" | "subscriptions">;
const besideState: Readonly<Record<keyof BesideState, Schema>> = {
  now: instant("The time of its clock."),
  sessions: list("The sessions.", session),
  deliveries,
};

export const emulatorOutputs: Readonly<Record<string, Output>> = {
  emulator: { document: access, line: access },
  "emulator clock": documentOf(
    "clocks",
    "The clock.",
    record<Clock>("", {
      now: instant("Its time."),
      frozen: yesOrNo("Whether it is frozen."),
    }),
  ),
  "emulator event": documentOf("deliveries", "Where the event went.", delivery),
  "emulator fault": faults,
  "emulator fault list": faults,
  "emulator fault clear": faults,
  "emulator blacklist": documentOf(
    "results",
    "The subscription.",
    record<BlacklistResult>("", {
      id: text("Its id."),
      outcome: choice<BlacklistResult["outcome"]>("What was done.", { blacklisted: "" }),
    }),
  ),
  "emulator cut": documentOf(
    "results",
    "What was done.",
    record<CutResult>("", {
      outcome: choice<CutResult["outcome"]>("What was done with the WebSockets.", { cut: "" }),
      count: integer("How many were cut.", 0),
    }),
  ),
  "emulator state": documentOf(
    "subscriptions",
    "The subscriptions of all users.",
    subscription,
    besideState,
  ),
  "emulator log": {
    document: record<{ schemaVersion: 1; requests: object; deliveries: object }>("", {
      schemaVersion: { const: 1 },
      requests,
      deliveries,
    }),
    line: { type: "object", anyOf: [request, delivery] },
  },
  "emulator settings": documentOf(
    "settings",
    "The settings, or those that were changed.",
    record<{ name: string; value: unknown }>("", {
      name: text("Its name."),
      value: anything("Its value."),
    }),
  ),
};
