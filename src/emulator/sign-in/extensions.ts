import { json } from "../answers.ts";
import type { Backend, Call, Routes } from "../backend.ts";
import { missingScope, type Problem, problemOf } from "../problems.ts";
import { addPath } from "../routes.ts";
import type { EmulatorSettings } from "../settings.ts";
import { authorize } from "./authorize.ts";
import { findUser, type User, userOf } from "./users.ts";

/** The one route of the account API: the user's own extension, or a colleague's. */
export function addExtensionRoutes(routes: Routes, backend: Backend): void {
  const path = "/restapi/v1.0/account/:accountId/extension/:extensionId";
  const showExtension = (call: Call) => {
    const session = authorize(call, backend);
    if (!session.scopes.includes("ReadAccounts")) throw missingScope("ReadAccounts");

    const reader = userOf(session.user, backend.settings.users);
    const { accountId } = reader;
    refuseOther("accountId", call.req.param("accountId") ?? "", accountId);
    const user = findExtension(call.req.param("extensionId") ?? "", reader, backend.settings);

    const account = `${new URL(call.req.url).origin}/restapi/v1.0/account/${accountId}`;
    const [firstName, lastName = ""] = user.name.split(/ (.*)/s);
    return json({
      uri: `${account}/extension/${user.extensionId}`,
      id: user.extensionId,
      extensionNumber: user.extensionNumber,
      name: user.name,
      type: user.type,
      status: user.status,
      contact: { firstName, lastName, email: `user.${user.number}@example.com` },
      account: { uri: account, id: String(accountId) },
    });
  };
  addPath(routes, path, { GET: showExtension });
}

function findExtension(id: string, reader: User, { users }: EmulatorSettings): User {
  const user = id === "~" ? reader : findUser(id, users);
  if (user?.number === reader.number) return reader;
  if (user?.accountId !== reader.accountId) throw notFound("extensionId");
  const permissionName = "ReadExtensions";
  if (!reader.missingPermissions.includes(permissionName)) return user;
  throw problemOf("CMN-419", { permissionName });
}

function refuseOther(parameterName: string, id: string, own: number): void {
  if (id !== "~" && id !== String(own)) throw notFound(parameterName);
}

function notFound(parameterName: string): Problem {
  return problemOf("CMN-102", { parameterName });
}
