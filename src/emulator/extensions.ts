import { json } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { Backend, Routes } from "./backend.ts";
import { apiProblem, methodNotAllowed, missingScope } from "./problems.ts";
import { userOf } from "./users.ts";

/** The one read of the account API that clients need: who am I. */
export function addExtensionRoutes(routes: Routes, backend: Backend): void {
  const path = "/restapi/v1.0/account/:accountId/extension/:extensionId";

  routes.get(path, (context) => {
    const session = authorize(context, backend);
    if (!session.scopes.includes("ReadAccounts")) throw missingScope("ReadAccounts");

    const { accountId, extensionId, extensionNumber, name, number } = userOf(session.user);
    const own = { accountId, extensionId };
    for (const parameterName of ["accountId", "extensionId"] as const) {
      const text = context.req.param(parameterName);
      if (text === "~" || text === String(own[parameterName])) continue;
      const message = `Resource for parameter [${parameterName}] is not found`;
      throw apiProblem(404, "CMN-102", message, { parameterName });
    }

    const account = `${new URL(context.req.url).origin}/restapi/v1.0/account/${accountId}`;
    return json({
      uri: `${account}/extension/${extensionId}`,
      id: extensionId,
      extensionNumber,
      name,
      type: "User",
      status: "Enabled",
      contact: { firstName: "User", lastName: String(number), email: `user.${number}@example.com` },
      account: { uri: account, id: String(accountId) },
    });
  });

  routes.all(path, () => {
    throw methodNotAllowed("GET");
  });
}
