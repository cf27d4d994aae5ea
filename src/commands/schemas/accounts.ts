import type { BackOff } from "../../config/last-run.ts";
import type { ProfileResult } from "../output/print-done.ts";
import type { IdentityRecord } from "../output/print-identity.ts";
import type { ProfileRecord } from "../profile.ts";
import type { RunStatus } from "../status.ts";
import {
  choice,
  documentOf,
  instant,
  integer,
  mapOf,
  optional,
  record,
  text,
  texts,
  uri,
  yesOrNo,
} from "./schema.ts";

/** Of `login` and `whoami`. */
export const identity = documentOf(
  "identities",
  "The one that is signed in.",
  record<IdentityRecord>("Who is signed in, without a secret.", {
    profile: text("The profile, or a name for credentials from elsewhere."),
    server: uri("RingCentral's server."),
    source: text("Where the credentials come from."),
    clientId: optional(text("The app; absent with an access token.")),
    extensionId: optional(text("The user.")),
    accountId: optional(text("The user's account; needs the scope ReadAccounts.")),
    extensionNumber: optional(text("The user's extension; needs the scope ReadAccounts.")),
    name: optional(text("The user's name; needs the scope ReadAccounts.")),
    scopes: texts("The scopes of the token."),
    tokenExpirationTime: optional(
      instant("When the access token expires; it is renewed automatically."),
    ),
  }),
);

export const profiles = documentOf(
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

/** Of `status`. */
export const runStatus = record<RunStatus>("The last unattended run of an account.", {
  profile: text("The profile."),
  status: choice<RunStatus["status"]>("Whether the account's runs succeed.", {
    ok: "",
    "try-later": "the last run failed temporarily, and the last success is recent",
    failed: "",
    overdue: "the last success is too long ago",
    never: "there is no run on record",
  }),
  command: optional(text("The command that ran.")),
  file: optional(text("The file that `ensure` applied.")),
  startedAt: optional(instant("When it began.")),
  endedAt: optional(instant("When it ended.")),
  exitCode: optional(integer("Its exit code.")),
  outcomes: optional(mapOf("How many subscriptions had each outcome.", { type: "integer" })),
  message: optional(text("The error.")),
  attention: optional(texts("The ids of the subscriptions that needed attention.")),
  lastSuccessAt: optional(instant("When a run last ended with exit code 0.")),
  failingSince: optional(instant("The end of the first failed run since then.")),
  backOff: optional(
    record<Omit<BackOff, "credentials">>(
      "Set while runs over many accounts skip this one after permanent failures.",
      {
        since: instant("The first failure."),
        tries: integer("How many runs have tried it since.", 0),
        until: instant("When it is tried again."),
        code: text("The error's code."),
        message: text("The error."),
      },
    ),
  ),
});

export const profileResults = documentOf(
  "results",
  "The profile.",
  record<ProfileResult>("", {
    profile: text("Its name."),
    outcome: choice<ProfileResult["outcome"]>("What was done.", {
      "signed-out": "its credentials are forgotten, its records are kept",
      removed: "",
      "in-use": "commands use it from now on",
    }),
  }),
);
