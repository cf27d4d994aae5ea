import { matchPath } from "../../filters/match.ts";
import { queryPairs, splitUri } from "../../filters/uri.ts";
import type { ProblemCode } from "../problem-codes.ts";
import { problemOf } from "../problems.ts";
import type { EmulatorSettings } from "../settings.ts";
import { findUser, type User } from "../sign-in/users.ts";

/** Throws the Problem for a filter on another extension or account that the user may not subscribe to. */
export function refuseTarget(filter: string, user: User, settings: EmulatorSettings): void {
  const { path } = splitUri(filter);
  const account = /\/accounts?\/(\d+)(?=\/|$)/.exec(path)?.[1];
  if (account !== undefined && account !== String(user.accountId)) throw problemOf("SUB-406");

  const extension = /\/extensions?\/(~|\d+)(?=\/|$)/.exec(path)?.[1];
  if (extension === undefined) {
    refuseAccount(path, user, settings);
    return;
  }
  const own = extension === "~" || extension === String(user.extensionId);
  const target = own ? user : findUser(extension, settings.users);
  if (!target) throw problemOf("SUB-408");
  if (target.accountId !== user.accountId) throw problemOf("SUB-406");
  if (!own) refuseColleague(filter, target, user);
  if (isPresence(path) && target.type !== "User") throw problemOf("SUB-402");
}

function refuseAccount(
  path: string,
  { admin }: User,
  { accountTelephonyWithoutAdmin }: EmulatorSettings,
): void {
  const refused = !admin && accountTelephonyWithoutAdmin === "reject";
  if (refused && path.endsWith("/telephony/sessions")) throw problemOf("CMN-402");
}

function refuseColleague(filter: string, target: User, { admin }: User): void {
  const { path, query } = splitUri(filter);
  const rest = path.replace(/^.*\/extensions?\/\d+/, "");
  const rule = privateFilters.find(({ pattern }) => pattern.test(rest));
  if (rule && !(rule.openToAdmins && admin)) throw problemOf(rule.code);
  if (!isPresence(path)) return;
  if (target.presenceHidden) throw problemOf("SUB-403");
  // Picking up a call takes its SIP data.
  const withSipData = queryPairs(query).some(
    ({ name, value }) => name === "sipData" && value === "true",
  );
  if (target.pickupForbidden && withSipData) throw problemOf("SUB-404");
}

interface PrivateFilter {
  /** Matches the part of a path after the extension. */
  readonly pattern: RegExp;
  readonly code: ProblemCode;
  readonly openToAdmins?: true;
}

/** Filters that are refused on a colleague's extension. */
const privateFilters: readonly PrivateFilter[] = [
  {
    pattern: /^\/(?:message-store|fax|voicemail|inbound-messages|sms)(?:\/|$)/,
    code: "SUB-405",
    openToAdmins: true,
  },
  { pattern: /^\/favorite(?:\/|$)/, code: "SUB-518" },
  { pattern: /^\/missed-calls$/, code: "SUB-527" },
  { pattern: /^\/(?:start-ring|stop-ring|incoming-call-pickup)$/, code: "SUB-530" },
  { pattern: /^\/presence\/line(?:\/|$)/, code: "SUB-531" },
];

function isPresence(path: string): boolean {
  return matchPath(path).some(({ category }) => category === "presence");
}
