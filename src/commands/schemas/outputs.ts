import type { EndpointRule } from "../../check/report.ts";
import type { BackOff } from "../../config/last-run.ts";
import type { DeliveryOutcome } from "../../endpoint/delivery.ts";
import type { Explanation } from "../../explanations/explanation.ts";
import type { CatalogueEntry, QueryParameter } from "../../filters/catalogue/entry.ts";
import type { ScheduleFormat } from "../cron.ts";
import type { ForecastDocument } from "../forecast/forecast-rows.ts";
import type { DeliveryRow } from "../output/delivery-report.ts";
import type { IdentityRecord } from "../output/print-identity.ts";
import type { ProfileRecord } from "../profile.ts";
import type { RunStatus } from "../status.ts";
import { commandsOutput } from "./commands-output.ts";
import { emulatorOutputs } from "./emulator.ts";
import { resultOutputs } from "./results.ts";
import {
  anything,
  choice,
  documentOf,
  either,
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
import { failures, ref } from "./shared.ts";

const manyFailures = { failures: optional(failures) };

const listed: Schema = { anyOf: [ref("subscription"), ref("malformed"), ref("recorded")] };

const generatedToken = optional(text("The token that rcwh generated. It is printed this once."));
const created: Output = {
  ...documentOf(
    "subscriptions",
    "The one that was created, or with --if-exists reuse the one that exists; with --extensions several.",
    ref("subscription"),
    { verificationToken: generatedToken },
  ),
  // A line has no place beside it.
  hasRecordLines: false,
  line: { ...ref("subscription"), properties: { verificationToken: generatedToken.optional } },
};

const checks = (description: string, others = {}) =>
  documentOf("checks", description, ref("check"), others);

const endpointRules = Object.keys({
  url: "",
  dns: "",
  "public-address": "",
  "tcp-ipv4": "",
  "tcp-ipv6": "",
  "tls-version": "",
  "certificate-chain": "",
  "certificate-name": "",
  "certificate-days": "",
  http: "",
  status: "",
  redirect: "",
  "validation-token": "",
  time: "",
  size: "",
  "content-type": "",
  "content-encoding": "",
  "http-version": "",
  "keep-alive": "",
  "repeated-handshake": "",
  "event-status": "",
  "event-time": "",
  "event-size": "",
} satisfies Readonly<Record<EndpointRule, "">>);

const endpointCheck: Schema = {
  ...ref("check"),
  properties: { rule: { type: "string", description: "The rule.", enum: endpointRules } },
};

const queryParameter = record<QueryParameter>("A query parameter that the filter takes.", {
  name: text("Its name."),
  type: choice<QueryParameter["type"]>("What its value is.", {
    enum: "one of values",
    boolean: "",
    string: "",
    integer: "",
    flag: "a name without a value",
  }),
  values: optional(texts("The only values that it takes.")),
  required: optional(yes("The filter needs it.")),
  needs: optional(text("Another pair that the query must have as well.")),
  note: optional(text("What else is known.")),
});

const filter = record<CatalogueEntry & { readonly sample?: unknown }>("An event filter.", {
  filter: text("The whole path with placeholders such as {accountId}, and its fixed query."),
  name: text("What it is called."),
  category: choice<CatalogueEntry["category"]>("What its events are about.", {
    sms: "",
    messages: "",
    "contact-center": "",
    telephony: "",
    presence: "",
    "team-messaging": "",
    account: "",
    webinar: "",
    ringsense: "",
    subscription: "",
  }),
  summary: text("When it delivers an event."),
  permission: text("The app scope that it needs, as the Developer Console names it."),
  permissionDisputed: optional(texts("Other scopes that sources give.")),
  userPermission: optional(text("What the user's role needs besides.")),
  query: list("The query parameters that it takes.", queryParameter),
  api: ref("api"),
  aliases: texts("Short names for --filter, the preferred one first."),
  presets: optional(mapOf("The query behind an alias, where it has one.", { type: "string" })),
  since: optional(text("The version of the API that introduced it.")),
  deprecated: optional(yes("RingCentral has a newer one.")),
  replacedBy: optional(text("The newer one.")),
  confidence: choice<CatalogueEntry["confidence"]>("How reliable it is.", {
    documented: "in RingCentral's guide",
    observed: "only in RingCentral's own code",
    preview: "announced but not published",
    legacy: "known from mobile push and changelogs",
    "third-party": "only in other people's code",
  }),
  notes: optional(texts("What else is known.")),
  sample: optional(anything("A sample of an event's body; only in `filters show`.")),
});
const filters = documentOf("filters", "The filters that match.", filter);

const deliveryRow = record<DeliveryRow>("An event at one endpoint.", {
  event: text("The event filter that it was delivered for."),
  uuid: text("The event's id."),
  subscriptionId: optional(text("Whose event it is, where the emulator sent it.")),
  address: optional(uri("Where it went, where the emulator sent it.")),
  status: optional(integer("The HTTP status of the answer; absent without one.")),
  milliseconds: optional(number("Until the answer had come.")),
  bytes: optional(integer("Of the whole answer.", 0)),
  accepted: yesOrNo("Whether RingCentral would accept the answer."),
  problem: optional(text("Why not, in RingCentral's own words.")),
});
const plannedDelivery = record<{ method: "POST"; url?: string; headers: object; body: unknown }>(
  "A request that --dry-run did not send. A verification token is shown as ….",
  {
    method: { const: "POST" },
    url: optional(uri("The endpoint; absent where none was given.")),
    headers: mapOf("Its headers.", { type: "string" }),
    body: anything("The event."),
  },
);
const deliveries = either(
  documentOf("deliveries", "Each event.", deliveryRow, {
    summary: record<{ sent: number; accepted: number; p50?: number; max?: number }>("The sum.", {
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
  receivedAt: instant("When it came."),
  transport: choice<"WebHook" | "WebSocket">("How it came.", { WebHook: "", WebSocket: "" }),
  headers: mapOf("Its headers, without secrets.", { type: "string" }),
  event: anything("The event as RingCentral sends it: uuid, event, timestamp, body …"),
  forward: optional(
    record<Pick<DeliveryOutcome, "status" | "milliseconds" | "problem">>(
      "What the target of --forward-to answered.",
      {
        status: optional(integer("The HTTP status; absent without an answer.")),
        milliseconds: number("Until the answer had come."),
        problem: optional(text("Why RingCentral would reject the answer, in its own words.")),
      },
    ),
  ),
});
const gap = record<{ gap: object }>("A time in which events may have been lost.", {
  gap: record<{ since: string; until: string; reason: string }>("", {
    since: instant("When it began."),
    until: instant("When it was over."),
    reason: text("The end of a sentence."),
  }),
});

const identity = documentOf(
  "identities",
  "The one that is signed in.",
  record<IdentityRecord>("Who is signed in, without a secret.", {
    profile: text("The profile, or what stands for it where credentials come from elsewhere."),
    server: uri("RingCentral's server."),
    source: text("Where the credentials come from."),
    clientId: optional(text("The app; absent with an access token.")),
    extensionId: optional(text("The user.")),
    accountId: optional(text("The user's account; needs the scope ReadAccounts.")),
    extensionNumber: optional(text("The user's extension; needs the scope ReadAccounts.")),
    name: optional(text("The user's name; needs the scope ReadAccounts.")),
    scopes: texts("What the token may do."),
    tokenExpirationTime: optional(
      instant("When the access token expires; it is renewed automatically."),
    ),
  }),
);

const schedule = documentOf(
  "files",
  "The files of the schedule.",
  record<{ path: string; text: string }>("", {
    path: text("Where to put it."),
    text: text("What to put there."),
  }),
  {
    schedule: record<{
      format: string;
      intervalSeconds: number;
      command: unknown;
      environment: object;
    }>("What it runs, and how often.", {
      format: choice<ScheduleFormat>("What it is for.", {
        crontab: "",
        systemd: "",
        launchd: "",
        kubernetes: "",
        "github-actions": "",
      }),
      intervalSeconds: integer("Between two runs.", 1),
      command: texts("The words of the command line."),
      environment: mapOf("The variables that it needs.", { type: "string" }),
    }),
  },
);

const explanation = record<Explanation>("What a code means.", {
  code: text("The code, or the beginning of a reason."),
  kind: choice<Explanation["kind"]>("Where it comes from.", {
    ringcentral: "",
    oauth: "the token endpoint",
    blacklist: "blacklistedData.reason",
    http: "an HTTP status",
    rcwh: "a code or exit code of rcwh's own",
  }),
  status: optional(integer("The HTTP status that it comes with.")),
  meaning: text("One sentence."),
  causes: texts("What may be behind it."),
  remedies: texts("What to do, the most likely fix first."),
  open: optional(text("What sources leave open.")),
  exitCode: optional(ref("exitCode", "What rcwh exits with.")),
});

const runStatus = record<RunStatus>("The last unattended run of an account.", {
  profile: text("The profile."),
  status: choice<RunStatus["status"]>("Whether to worry.", {
    ok: "",
    "try-later": "it failed for now, and the last success is recent",
    failed: "",
    overdue: "the last success is too long ago",
    never: "there is no run on record",
  }),
  command: optional(text("What ran.")),
  file: optional(text("Of `ensure`: its file.")),
  startedAt: optional(instant("When it began.")),
  endedAt: optional(instant("When it ended.")),
  exitCode: optional(integer("What it exited with.")),
  outcomes: optional(mapOf("How many subscriptions had each outcome.", { type: "integer" })),
  message: optional(text("The error.")),
  attention: optional(texts("The ids of the subscriptions that needed attention.")),
  lastSuccessAt: optional(instant("When a run last ended with exit code 0.")),
  failingSince: optional(instant("The end of the first failed run since then.")),
  backOff: optional(
    record<Omit<BackOff, "credentials">>(
      "Runs over many accounts leave this one alone, because it fails for good.",
      {
        since: instant("The first failure."),
        tries: integer("Runs that have tried it since.", 0),
        until: instant("When it is tried again."),
        code: text("The error's code."),
        message: text("The error."),
      },
    ),
  ),
});

const forecast = documentOf(
  "forecast",
  "What is to come for each subscription.",
  record<ForecastDocument>("", {
    id: text("Its id."),
    profile: text("The profile of the account that has it."),
    api: ref("api"),
    status: text("As RingCentral has it, or Expired, Gone or Malformed."),
    address: optional(uri("The URL that it delivers to.")),
    expirationTime: text("When it expires, RFC 3339; empty where nobody knows."),
    renewals: list("When runs of `rcwh renew` extend it.", {
      type: "string",
      format: "date-time",
    }),
    gapFrom: optional(instant("When events stop although every run works.")),
    lost: optional(text("Why it delivers nothing now.")),
    keptByOthers: optional(yes("RingCentral or a listener renews it.")),
  }),
  {
    from: instant("Where the forecast begins: now."),
    until: instant("Where it ends."),
    everySeconds: number("Between two runs."),
    withinSeconds: optional(number("As --within.")),
    firstGapIfRunsFail: optional(
      record<{ id: string; profile: string; at: string }>(
        "What expires first if no run works from now on.",
        {
          id: text("Its id."),
          profile: text("The profile."),
          at: instant("When."),
        },
      ),
    ),
    ...manyFailures,
  },
);

const profiles = documentOf(
  "profiles",
  "The profiles, without secrets.",
  record<ProfileRecord>("", {
    profile: text("Its name."),
    server: uri("RingCentral's server."),
    clientId: text("The app."),
    current: yesOrNo("Whether commands use it."),
    extensionId: optional(text("The user.")),
    accountId: optional(text("The user's account.")),
    extensionNumber: optional(text("The user's extension.")),
    name: optional(text("The user's name.")),
  }),
);

/** By the command's path. Commands that print no records have none. */
export const outputs: Readonly<Record<string, Output>> = {
  ...resultOutputs,
  ...emulatorOutputs,
  create: either(
    created,
    documentOf("requests", "Under --dry-run: what would be sent.", ref("request")),
  ),
  list: documentOf("subscriptions", "Soonest to expire first.", listed, manyFailures),
  show: documentOf("subscriptions", "The one.", listed),
  forecast,
  filters,
  "filters show": filters,
  check: documentOf("checks", "A row for each rule, in their order.", endpointCheck),
  listen: { line: { type: "object", anyOf: [received, gap] } },
  trigger: deliveries,
  replay: deliveries,
  explain: documentOf("explanations", "An explanation for each code.", explanation),
  status: documentOf("runs", "One for each account.", runStatus, manyFailures),
  cron: schedule,
  "cron print": schedule,
  audit: checks("A row for each finding, and for each rule without one.", manyFailures),
  doctor: checks("A row for each rule."),
  login: identity,
  whoami: identity,
  profile: profiles,
  "profile list": profiles,
  commands: commandsOutput,
};
