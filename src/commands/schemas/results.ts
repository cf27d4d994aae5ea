import type { Outcome } from "../../lifecycle/results.ts";
import type { Change, Definition, Reason } from "../../manifest/change.ts";
import type { ChangeDocument } from "../output/print-changes.ts";
import {
  choice,
  documentOf,
  either,
  instant,
  integer,
  list,
  mapOf,
  type Output,
  optional,
  record,
  type Schema,
  text,
  texts,
} from "./schema.ts";
import { failures, gap, ref } from "./shared.ts";

/** What each outcome means. */
const meanings: Readonly<Record<Outcome, string>> = {
  created: "it is new",
  adopted: "it already matched the file, and is managed from now on",
  updated: "changed in place",
  replaced: "newId replaces it",
  renewed: "its lifetime was extended",
  "not-due": "it is not due yet",
  unchanged: "it was already up to date",
  degraded: "renewed with less than was asked for",
  "disabled-filters": "renewed, but RingCentral has disabled some of its filters",
  blacklisted: "it delivers nothing until it is recovered",
  shortened: "RingCentral granted a shorter lifetime than it had left",
  recovered: "newId replaces the blacklisted one",
  recreated: "re-created from its record",
  deleted: "",
  duplicate: "another one delivers the same events to the same URL",
  forgotten: "no longer on record",
  gone: "RingCentral no longer has it",
  malformed: "RingCentral's record of it cannot be read",
  skipped: "left as it is; error says why, if that needs attention",
  unfinished: "a replacement that was interrupted is not complete",
  refused: "failed permanently",
  "try-later": "failed temporarily",
  "not-tried": "the run ended before its turn",
  interrupted: "the run was stopped while working on it",
  failed: "rcwh has a bug",
  "would-create": "",
  "would-renew": "",
  "would-recover": "",
  "would-recreate": "",
  "would-update": "",
  "would-replace": "",
  "would-delete": "",
  "would-forget": "",
};

/** Of everything that works on several subscriptions. */
const failed: readonly Outcome[] = [
  "refused",
  "try-later",
  "gone",
  "not-tried",
  "interrupted",
  "failed",
];

function outcomes(...words: readonly Outcome[]): Schema {
  const chosen = words.map((word) => [word, meanings[word]]);
  return choice("What was done with it; would-… under --dry-run.", Object.fromEntries(chosen));
}

/** A result with these outcomes, and further keys. */
function result(words: readonly Outcome[], more: Readonly<Record<string, Schema>> = {}): Schema {
  return { ...ref("result"), properties: { outcome: outcomes(...words), ...more } };
}

const described = "A result for each subscription.";

function resultsOf(...words: readonly Outcome[]): Output {
  return documentOf("results", described, result(words));
}

function runOf(...words: readonly Outcome[]): Output {
  return documentOf("results", described, result(words), { failures: optional(failures) });
}

const renewOutcomes = [
  "renewed",
  "not-due",
  "unchanged",
  "degraded",
  "disabled-filters",
  "blacklisted",
  "shortened",
  "recovered",
  "recreated",
  "duplicate",
  "deleted",
  "skipped",
  "unfinished",
  "malformed",
  ...failed,
  "would-renew",
  "would-recover",
  "would-recreate",
] as const;

/** A token that rcwh has made, which it prints once. */
const generatedToken = text("The token that rcwh generated. It is printed only once.");

/** Of a replacement: the token comes first, and in NDJSON as a line of its own. */
const tokenLine: Output = {
  line: record<{ verificationToken: string }>("The first line.", {
    verificationToken: generatedToken,
  }),
};

const updateOutcomes = [
  "updated",
  "replaced",
  "unchanged",
  "would-update",
  "would-replace",
] as const;
const update = documentOf(
  "results",
  described,
  result(updateOutcomes, {
    requests: list("Under --dry-run: what would be sent.", ref("request")),
  }),
  { verificationToken: optional(generatedToken) },
);

const definition = record<Definition>("A subscription, without secrets.", {
  address: text("The URL that it delivers to."),
  eventFilters: texts("Its event filters."),
  expiresIn: optional(integer("The lifetime asked for, in seconds; absent for RingCentral's own.")),
  verificationToken: choice<Definition["verificationToken"]>("Whether deliveries carry a token.", {
    set: "",
    none: "",
    unknown: "rcwh has no record of it",
    new: "a different one",
  }),
});

const applyOutcomes = [
  ...(["created", "recreated", "updated", "replaced", "deleted", "adopted"] as const),
  ...(["unchanged", "skipped"] as const),
  ...failed,
] as const;

const change = record<ChangeDocument>(
  "A webhook of the file, or one that the file no longer names.",
  {
    name: text("Its name in the file."),
    part: optional(integer("Its number, if the webhook consists of several subscriptions.", 1)),
    profile: text("The profile of the account."),
    id: optional(text("The id of its subscription, if there is one.")),
    action: choice<Change["action"]>("The change that makes it match the file.", {
      create: "",
      update: "change in place",
      replace: "a new subscription, then delete the old one",
      delete: "the file no longer names it",
      adopt: "manage the existing subscription under the file's name",
      unchanged: "",
    }),
    reasons: list(
      "Why.",
      record<Reason>("", {
        cause: choice<Reason["cause"]>("Why it differs.", {
          edit: "the file says something new",
          drift: "somebody changed the subscription elsewhere",
          unrecorded: "it differs, and no record tells which side has changed",
          new: "the file has a new webhook",
          expired: "",
          gone: "somebody deleted it",
          renamed: "the file has another name for it",
          found: "it exists already",
          unnamed: "the file no longer names it",
        }),
        about: choice<Reason["about"]>("What differs.", {
          existence: "",
          name: "",
          url: "",
          filters: "",
          token: "",
          lifetime: "",
        }),
        text: text("A short description."),
        joined: optional(texts("The extensions that are added.")),
        left: optional(texts("The extensions that are removed.")),
      }),
    ),
    before: optional({ ...definition, description: "Its current state." }),
    after: optional({ ...definition, description: "Its state after the change." }),
    renewAt: optional(instant("When `rcwh renew` extends it.")),
    remarks: optional(texts("What else is worth knowing.")),
    outcome: optional(outcomes(...applyOutcomes)),
    newId: optional(text("The id of its replacement.")),
    gap: optional(gap),
    error: optional(ref("error", "Why it failed, or needs attention.")),
  },
);

const changesBeside = {
  notManaged: integer("How many other subscriptions the account has.", 0),
  heldBack: optional(
    list(
      "Webhooks that keep their filters, because their extensions could not be read.",
      record<{ name: string; error: object }>("", {
        name: text("The name in the file."),
        error: ref("error"),
      }),
    ),
  ),
};

export const resultOutputs: Readonly<Record<string, Output>> = {
  renew: runOf(...renewOutcomes),
  recover: runOf("recovered", "skipped", "malformed", ...failed, "would-recover"),
  ensure: runOf(
    ...(["created", "updated", "replaced", "adopted"] as const),
    ...renewOutcomes,
    ...(["would-create", "would-update", "would-replace", "would-delete"] as const),
  ),
  update: either(update, tokenLine),
  "rotate-token": either(
    documentOf("results", described, result(["replaced"]), {
      verificationToken: optional(generatedToken),
    }),
    tokenLine,
  ),
  move: resultsOf("replaced", "skipped", ...failed, "would-replace"),
  delete: resultsOf("deleted", "forgotten", ...failed, "would-delete", "would-forget"),
  forget: resultsOf("forgotten", "would-forget"),
  plan: documentOf("changes", "Each webhook.", change, {
    ...changesBeside,
    unfinished: optional(integer("How many replacements an interrupted run has left.", 1)),
  }),
  apply: either(
    documentOf("changes", "Each webhook.", change, {
      ...changesBeside,
      verificationTokens: optional(
        mapOf("The tokens that rcwh generated, by the name of the webhook.", generatedToken),
      ),
    }),
    {
      line: record<{ verificationTokens: object }>("The first line.", {
        verificationTokens: mapOf("By the name of the webhook.", generatedToken),
      }),
    },
  ),
};
