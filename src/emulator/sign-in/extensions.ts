import { json } from "../answers.ts";
import type { Backend, Call, Routes } from "../backend.ts";
import { missingScope, type Problem, problemOf } from "../problems.ts";
import { addPath } from "../routes.ts";
import type { EmulatorSettings } from "../settings.ts";
import { authorize } from "./authorize.ts";
import { findUser, type User, userOf } from "./users.ts";

/** The routes of the account API: the user's own extension, or a colleague's, and its features. */
export function addExtensionRoutes(routes: Routes, backend: Backend): void {
  const path = "/restapi/v1.0/account/:accountId/extension/:extensionId";
  const find = (call: Call) => {
    const session = authorize(call, backend);
    if (!session.scopes.includes("ReadAccounts")) throw missingScope("ReadAccounts");

    const reader = userOf(session.user, backend.settings.users);
    const { accountId } = reader;
    refuseOther("accountId", call.req.param("accountId") ?? "", accountId);
    const user = findExtension(call.req.param("extensionId") ?? "", reader, backend.settings);
    return { reader, user };
  };
  const showExtension = (call: Call) => {
    const { user } = find(call);
    const { accountId } = user;
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
  const listFeatures = (call: Call) => {
    const { missingPermissions } = find(call).reader;
    if (missingPermissions.includes(readExtensions)) {
      throw problemOf("CMN-408", { permissionName: readExtensions });
    }
    const ids = call.req.queries("featureId");
    const onlyAvailable = call.req.query("availableOnly") === "true";
    const records = featuresOf(backend.settings).filter(
      ({ id, available }) => (!ids || ids.includes(id)) && (available || !onlyAvailable),
    );
    return json({ records });
  };
  addPath(routes, path, { GET: showExtension });
  addPath(routes, `${path}/features`, { GET: listFeatures });
}

/** The one feature that matters to webhooks, in the words of RingCentral's guide to Message Threads. */
function featuresOf({ messageThreads }: EmulatorSettings) {
  const id = "MessageThreads";
  if (!messageThreads) {
    const message = "The feature is unavailable for the current service plan";
    return [{ id, available: false, reason: { code: "ServicePlanLimitation", message } }];
  }
  const params = ["callQueueSupported", "siteSupported"].map((name) => ({ name, value: "true" }));
  return [{ id, available: true, params }];
}

const readExtensions = "ReadExtensions";

function findExtension(id: string, reader: User, { users }: EmulatorSettings): User {
  const user = id === "~" ? reader : findUser(id, users);
  if (user?.number === reader.number) return reader;
  if (user?.accountId !== reader.accountId) throw notFound("extensionId");
  if (!reader.missingPermissions.includes(readExtensions)) return user;
  throw problemOf("CMN-419", { permissionName: readExtensions });
}

function refuseOther(parameterName: string, id: string, own: number): void {
  if (id !== "~" && id !== String(own)) throw notFound(parameterName);
}

function notFound(parameterName: string): Problem {
  return problemOf("CMN-102", { parameterName });
}
