import type { Check } from "../../check/check.ts";
import { ExitCode } from "../../errors.ts";
import type { Api } from "../../filters/api.ts";
import type { OwnedSubscription, RecordedSubscription } from "../../lifecycle/inventory.ts";
import type { Gap, Result, ResultError } from "../../lifecycle/results.ts";
import type { AccountFailureObject } from "../output/conclude-accounts.ts";
import {
  anything,
  choice,
  instant,
  integer,
  list,
  mapOf,
  open,
  optional,
  record,
  type Schema,
  text,
  texts,
  uri,
  yes,
  yesOrNo,
} from "./schema.ts";

export const gap = record<Gap>(
  "The time in which it delivered nothing. Events from then are lost.",
  {
    from: optional(instant("When it was blacklisted, if RingCentral says so.")),
    to: instant("When it was replaced."),
  },
);

/** What outputs have in common: the `$defs` of their schemas. */
export type Definition =
  | "api"
  | "exitCode"
  | "error"
  | "failure"
  | "check"
  | "deliveryMode"
  | "subscription"
  | "recorded"
  | "malformed"
  | "result"
  | "request";

export function ref(name: Definition, description?: string): Schema {
  return { $ref: `#/$defs/${name}`, ...(description !== undefined && { description }) };
}

const profile = text("The profile of the account that has it.");
const filters = texts("The event filters, with numeric ids in place of ~.");

/** RingCentral's list may leave out `uri`. */
type Subscription = Omit<OwnedSubscription, "uri"> & Partial<Pick<OwnedSubscription, "uri">>;

export const definitions: Readonly<Record<Definition, Schema>> = {
  api: choice<Api>("The API that has it.", { platform: "", webinar: "for webinar events" }),
  exitCode: {
    type: "integer",
    description: "An exit code of rcwh; see `rcwh help exit-codes`.",
    enum: Object.values(ExitCode),
  },
  error: record<ResultError>("A failure, or what needs attention.", {
    code: text(
      "RingCentral's code, such as SUB-521, or a word of rcwh's own, such as USAGE or NETWORK. `rcwh explain` knows it.",
    ),
    message: text("What was tried and what came back."),
    hint: optional(text("What to do, with a command.")),
    exitCode: ref("exitCode"),
    checks: optional(
      list("For a refused endpoint: what a check from this machine found.", ref("check")),
    ),
  }),
  failure: record<AccountFailureObject>("An account that failed.", {
    profile: text("The profile, or the name of the account in --profiles-from."),
    error: ref("error"),
  }),
  check: record<Check>("One rule and what was found.", {
    rule: text("The name of the rule."),
    status: choice<Check["status"]>("The result.", {
      pass: "",
      warn: "worth attention (exit code 8)",
      fail: "broken",
      skip: "not tried, or not applicable here",
    }),
    measured: text("What was found, or why it was not tried."),
    limit: text("What is required."),
    code: optional(text("RingCentral's code for a broken rule, or a word of rcwh's own.")),
    hint: optional(text("What to do.")),
    subscriptions: optional(texts("The ids of the subscriptions that it is about.")),
    profile: optional(text("The profile that was checked; absent for a check of the machine.")),
    exitCode: optional(ref("exitCode", "The exit code of a failure.")),
  }),
  deliveryMode: record<OwnedSubscription["deliveryMode"]>("How events are delivered.", {
    transportType: text("WebHook, WebSocket, or an older kind such as PubNub."),
    address: optional(text("The URL that events are sent to, whole.")),
    encryption: optional(yesOrNo("Whether event bodies are encrypted.")),
  }),
  subscription: record<Subscription>(
    "A subscription as RingCentral has it, with its profile and API.",
    {
      id: text("Its id."),
      uri: optional(text("Its resource in RingCentral's API.")),
      eventFilters: filters,
      disabledFilters: optional(
        list(
          "The event filters that deliver nothing.",
          record<NonNullable<Subscription["disabledFilters"]>[number]>("", {
            filter: text("The event filter."),
            reason: text("Why: a code such as SUB-412."),
            message: optional(text("RingCentral's own words.")),
          }),
        ),
      ),
      deliveryMode: ref("deliveryMode"),
      creationTime: instant("When it was created; a renewal does not change it."),
      expirationTime: instant("When it expires unless it is renewed."),
      expiresIn: optional({
        type: "number",
        description: "Seconds until then, by RingCentral's clock.",
      }),
      status: text(
        "Active, or Blacklisted, or an older word such as Suspended. Anything but Active delivers nothing.",
      ),
      blacklistedData: optional(
        record<NonNullable<Subscription["blacklistedData"]>>("Details, if it is blacklisted.", {
          blacklistedAt: optional(text("Since when.")),
          reason: optional(text("Why, in RingCentral's words; `rcwh explain` knows them.")),
        }),
      ),
      profile,
      api: ref("api"),
    },
  ),
  recorded: record<RecordedSubscription>(
    "What rcwh has on record of a subscription that RingCentral no longer has.",
    {
      id: text("The id that it had."),
      status: choice<RecordedSubscription["status"]>("Whether it expired or was deleted.", {
        Expired: "its expirationTime has passed",
        Gone: "somebody deleted it before",
      }),
      eventFilters: filters,
      deliveryMode: ref("deliveryMode"),
      expirationTime: instant("When it would have expired, as far as rcwh knows."),
      recorded: yes("It exists on record only."),
      goneAt: optional(instant("When rcwh first found it gone.")),
      profile,
      api: ref("api"),
    },
  ),
  malformed: open(
    record<{ malformed: string; value?: unknown; profile: string; api: Api }>(
      "A record of RingCentral's list that is not a subscription, as it came. rcwh never touches it.",
      {
        malformed: text("What is wrong with it: the end of a sentence."),
        value: optional(anything("The record itself, where it is not an object.")),
        profile,
        api: ref("api"),
      },
    ),
  ),
  result: record<Result>("The result for one subscription.", {
    id: text("Its id; empty if it has none yet."),
    profile,
    outcome: text("What was done with it."),
    webhook: optional(text("Its name in the file of webhooks.")),
    subscription: optional(ref("subscription", "As it is now, or was before it was deleted.")),
    recorded: optional(ref("recorded")),
    newId: optional(text("The id of its replacement, which delivers in its place.")),
    newAddress: optional(uri("The URL that it is moved to.")),
    gap: optional(gap),
    error: optional(ref("error", "Why it failed, or needs attention.")),
  }),
  request: record<{ method: string; url: string; body?: object }>(
    "A request that --dry-run did not send. A verification token is shown as ….",
    {
      method: text("The HTTP method."),
      url: uri("Its URL."),
      body: optional(mapOf("Its body.", {})),
    },
  ),
};

/** Accounts that failed, where a command works on several. */
export const failures = list("For several accounts: those that failed.", ref("failure"));

/** What is printed under `error` on stderr. */
const runError = {
  ...definitions.error,
  properties: {
    ...definitions.error.properties,
    status: integer("The HTTP status of RingCentral's answer."),
    requestId: text("RingCentral's id of the request, for its support."),
    retryAfter: { type: "number", description: "Seconds to wait before another try." },
    problems: list(
      "The mistakes in a file.",
      record<{ file: string; line: number; column: number; message: string; hint?: string }>("", {
        file: text("Its name."),
        line: integer("From 1.", 1),
        column: integer("From 1.", 1),
        message: text("What is wrong."),
        hint: optional(text("What to write.")),
      }),
    ),
    command: text("For a bug in rcwh: the command line, without values."),
    system: text("For a bug in rcwh: the versions that it ran with."),
  },
} satisfies Schema;

/** The one object on stderr of a run with -o json or ndjson that failed, or has warnings. */
export const errorDocument: Schema = {
  type: "object",
  description: "What a run prints on stderr under -o json or ndjson when it fails or warns.",
  properties: {
    schemaVersion: { const: 1 },
    error: { ...runError, description: "Why the exit code is not 0." },
    warnings: texts("Warnings."),
  },
  required: ["schemaVersion"],
  anyOf: [{ required: ["error"] }, { required: ["warnings"] }],
};
