import type { EndpointRule } from "../../check/report.ts";
import type { Explanation } from "../../explanations/explanation.ts";
import type { ScheduleFormat } from "../cron.ts";
import type { ForecastDocument } from "../forecast/forecast-rows.ts";
import { identity, profileResults, profiles, runStatus } from "./accounts.ts";
import { commandsOutput } from "./commands-output.ts";
import { emulatorOutputs } from "./emulator.ts";
import { deliveries, receivedEvents } from "./events.ts";
import { exported, jsonSchema } from "./files.ts";
import { filters } from "./filters.ts";
import { resultOutputs } from "./results.ts";
import {
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
} from "./schema.ts";
import { failures, ref } from "./shared.ts";

const manyFailures = { failures: optional(failures) };

const listed: Schema = { anyOf: [ref("subscription"), ref("malformed"), ref("recorded")] };

const generatedToken = optional(text("The token that rcwh generated. It is printed only once."));
const created: Output = {
  ...documentOf(
    "subscriptions",
    "The new subscription, or with --if-exists reuse the existing one; with --extensions several.",
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
      intervalSeconds: integer("Seconds between two runs.", 1),
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
  causes: texts("Possible causes."),
  remedies: texts("What to do, the most likely fix first."),
  open: optional(text("What public sources leave open.")),
  exitCode: optional(ref("exitCode", "The exit code of rcwh.")),
});

const forecast = documentOf(
  "forecast",
  "The forecast for each subscription.",
  record<ForecastDocument>("", {
    id: text("Its id."),
    profile: text("The profile of the account that has it."),
    api: ref("api"),
    status: text("As RingCentral has it, or Expired, Gone or Malformed."),
    address: optional(uri("The URL that it delivers to.")),
    expirationTime: text("When it expires (RFC 3339); empty if unknown."),
    renewals: list("When runs of `rcwh renew` extend it.", {
      type: "string",
      format: "date-time",
    }),
    gapFrom: optional(instant("When events stop even if every run works.")),
    lost: optional(text("Why it delivers nothing now.")),
    keptByOthers: optional(yes("RingCentral or a listener renews it.")),
  }),
  {
    from: instant("Where the forecast begins: now."),
    until: instant("Where it ends."),
    everySeconds: number("Seconds between two runs."),
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

/** By the command's path. Commands that print no records have none. */
export const outputs: Readonly<Record<string, Output>> = {
  ...resultOutputs,
  ...emulatorOutputs,
  create: either(
    created,
    documentOf("requests", "Under --dry-run: what would be sent.", ref("request")),
  ),
  export: { document: exported, line: exported },
  schema: { document: jsonSchema, line: jsonSchema },
  logout: profileResults,
  list: documentOf("subscriptions", "Soonest to expire first.", listed, manyFailures),
  show: documentOf("subscriptions", "The subscription.", listed),
  forecast,
  filters,
  "filters show": filters,
  check: documentOf("checks", "A row for each rule, in their order.", endpointCheck),
  listen: receivedEvents,
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
  "profile use": profileResults,
  "profile remove": profileResults,
  commands: commandsOutput,
};
