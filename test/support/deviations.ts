import type { Complaint } from "./openapi.ts";

/** Intended differences between the emulator and RingCentral's definition. docs/emulator-reference.md lists each verbatim. */
export interface Deviation {
  readonly difference: string;
  readonly where: string;
  readonly reason: string;
  readonly covers: (complaint: Complaint) => boolean;
}

export const deviations: readonly Deviation[] = [
  {
    difference: "400, with OAU-232 and OAU-236",
    where: "deleting",
    reason: "an older definition has it for creating, changing, deleting and renewing",
    covers: ({ rule, operation }) => rule === "400" && /delete/i.test(operation),
  },
  {
    difference: "401, with OAU, AGW and CMN codes",
    where: "everywhere",
    reason: "the guide's table of errors has it for every call, the definition has it for none",
    covers: ({ rule }) => rule === "401",
  },
  {
    difference: "403, with CMN-401, CMN-408 and SUB codes",
    where: "OAuth, and listing, reading and deleting",
    reason: "a missing scope or permission is 403 for every call, says the guide",
    covers: ({ rule }) => rule === "403",
  },
  {
    difference: "405 with `Allow`",
    where: "other methods of a known path",
    reason: "HTTP's status for it; RingCentral's answer is **open**",
    covers: ({ rule }) => rule === "405",
  },
  {
    difference: "413 and 415, with CMN-104",
    where: "calls with a body; 415 for forms",
    reason: "a body that is too large, or not a form where one is expected; the code is **open**",
    covers: ({ rule, operation }) => rule === "413" || (rule === "415" && /token/i.test(operation)),
  },
  {
    difference: "429, with CMN-301 to CMN-310",
    where: "everywhere",
    reason: "the guide's rate limits hold for every call, the definition has them for a token only",
    covers: ({ rule }) => rule === "429",
  },
  {
    difference: "a body of 415 and 429",
    where: "`POST /restapi/oauth/token`",
    reason: "the definition has none; clients read the code from it",
    covers: ({ rule }) => rule === "body of 415" || rule === "body of 429",
  },
  {
    difference: "AGW-401 and AGW-402 without `errors`",
    where: "everywhere",
    reason: "seen from the gateway in front of the API",
    covers: ({ rule }) => rule === "no errors",
  },
  {
    difference: "subscription ids of 36 characters",
    where: "paths",
    reason: "the definition allows 20, and its samples of subscriptions have UUIDs",
    covers: ({ rule }) => rule === "long id",
  },
  {
    difference: "a PUT without a body",
    where: "webinar subscriptions, with `webinarEmptyUpdate: renew`",
    reason: "the definition requires one, but its text says that it may be empty",
    covers: ({ rule, operation }) =>
      rule === "no body" && operation === "rcwN11sUpdateSubscription",
  },
  {
    difference: "token lifetimes out of range",
    where: "`POST /restapi/oauth/token`",
    reason: "@ringcentral/sdk asks for -1 when it refreshes; the nearest lifetime is granted",
    covers: ({ rule, detail }) =>
      rule === "request" &&
      /^(?:data\/(?:access|refresh)_token_ttl must be [<>]= \d+, )+data must match a schema in anyOf$/.test(
        detail,
      ),
  },
];
