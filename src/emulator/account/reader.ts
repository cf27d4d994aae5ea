import type { Backend, Call } from "../backend.ts";
import { missingScope, type Problem, problemOf } from "../problems.ts";
import type { EmulatorSettings } from "../settings.ts";
import { authorize } from "../sign-in/authorize.ts";
import { findUser, type User, userOf } from "../sign-in/users.ts";

/**
 * The user who reads their account. Throws the Problem for a call that may not, or that names another account.
 *
 * @param permission what the user needs, besides the app's scope ReadAccounts
 */
export function readerOf(call: Call, backend: Backend, permission?: string): User {
  const session = authorize(call, backend);
  if (!session.scopes.includes("ReadAccounts")) throw missingScope("ReadAccounts");
  const reader = userOf(session.user, backend.settings.users);
  const accountId = call.req.param("accountId") ?? "";
  if (accountId !== "~" && accountId !== String(reader.accountId)) throw notFound("accountId");
  if (permission !== undefined && reader.missingPermissions.includes(permission)) {
    throw problemOf("CMN-408", { permissionName: permission });
  }
  return reader;
}

export const readExtensions = "ReadExtensions";

/** The extension that a call names: the reader's, or a colleague's, which takes ReadExtensions. */
export function namedExtension(call: Call, reader: User, { users }: EmulatorSettings): User {
  const id = call.req.param("extensionId") ?? "";
  const user = id === "~" ? reader : findUser(id, users);
  if (user?.number === reader.number) return reader;
  if (user?.accountId !== reader.accountId) throw notFound("extensionId");
  if (!reader.missingPermissions.includes(readExtensions)) return user;
  throw problemOf("CMN-419", { permissionName: readExtensions });
}

export function notFound(parameterName: string): Problem {
  return problemOf("CMN-102", { parameterName });
}

/** The account's URI, as the client calls the server. */
export function accountUri(call: Call, { accountId }: User): string {
  return `${new URL(call.req.url).origin}/restapi/v1.0/account/${accountId}`;
}
