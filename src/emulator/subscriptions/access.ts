import type { Api } from "../../filters/api.ts";
import type { Backend, Call } from "../backend.ts";
import { missingScope, problemOf } from "../problems.ts";
import type { EmulatorSettings } from "../settings.ts";
import { authorize } from "../sign-in/authorize.ts";
import type { Session } from "../sign-in/sessions.ts";
import { userOf } from "../sign-in/users.ts";
import { belongsTo, type StoredSubscription } from "./store.ts";

/** The owner of the subscriptions that a call is about. Throws the Problem if the app or the user may have none. */
export function ownerOf(call: Call, api: Api, backend: Backend): Session & { readonly api: Api } {
  const session = authorize(call, backend);
  const { settings } = backend;
  const webhook = "SubscriptionWebhook";
  const overSocket = call.env.gatewaySession !== undefined;
  const sufficient = overSocket ? [webhook, settings.webSocketScope] : [webhook];
  if (!sufficient.some((scope) => session.scopes.includes(scope))) {
    throw settings.missingScopeCode === "CMN-401" ? missingScope(webhook) : problemOf("SUB-528");
  }
  const { missingPermissions } = userOf(session.user, settings.users);
  if (!overSocket && missingPermissions.includes(webhook)) throw problemOf("CMN-408");
  return { ...session, api };
}

/** The subscription that a call names. Throws the 404 Problem if it is not the caller's. */
export function findOwn(call: Call, api: Api, backend: Backend): StoredSubscription {
  const owner = ownerOf(call, api, backend);
  const id = call.req.param("subscriptionId") ?? "";
  const found = backend.subscriptions.find(id);
  if (found && belongsTo(found, owner)) return found;
  if (backend.settings.expiredCode === "SUB-507" && backend.subscriptions.expired(id, owner)) {
    throw problemOf("SUB-507", { subscriptionId: id });
  }
  throw problemOf("CMN-102", { parameterName: "subscriptionId" });
}

/** Throws SUB-528 if the app may not have subscriptions with this transport. */
export function requireTransportScope(
  { transportType }: StoredSubscription["deliveryMode"],
  { scopes }: Session,
  settings: EmulatorSettings,
): void {
  const webSocket = transportType === "WebSocket";
  const permissionName = webSocket ? settings.webSocketScope : "SubscriptionWebhook";
  if (!scopes.includes(permissionName)) {
    throw problemOf("SUB-528", { permissionName, transportType });
  }
}
