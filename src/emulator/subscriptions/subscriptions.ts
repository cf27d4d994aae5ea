import { type Api, subscriptionPaths } from "../../filters/api.ts";
import { json, noContent } from "../answers.ts";
import type { Backend, Call, Routes } from "../backend.ts";
import { shakeHands } from "../deliveries/handshake.ts";
import { invalidParameter, problemOf } from "../problems.ts";
import { copyForLog } from "../request-log.ts";
import { readJson } from "../requests.ts";
import { addPath } from "../routes.ts";
import { userOf } from "../sign-in/users.ts";
import { findOwn, ownerOf, requireTransportScope } from "./access.ts";
import { admitFilters } from "./event-filters.ts";
import {
  grantLifetime,
  parseCreateRequest,
  parseEventFilters,
  parseExpiresIn,
} from "./requests.ts";
import { belongsToSession, enabledFilters, type Owner, type StoredSubscription } from "./store.ts";

/** The six operations, at the platform's path and at the webinar API's. */
export function addSubscriptionRoutes(routes: Routes, backend: Backend): void {
  for (const api of ["platform", "webinar"] as const) {
    const collection = subscriptionPaths[api];
    const one = `${collection}/:subscriptionId`;

    addPath(routes, collection, {
      GET: (call) => listSubscriptions(call, api, backend),
      POST: (call) => createSubscription(call, api, backend),
    });
    addPath(routes, one, {
      GET: (call) => show(findOwn(call, api, backend), call, backend),
      PUT: (call) => updateSubscription(call, api, backend),
      DELETE: (call) => {
        backend.subscriptions.remove(findOwn(call, api, backend).id);
        return noContent();
      },
    });
    addPath(routes, `${one}/renew`, {
      POST: (call) => renewSubscription(call, api, backend),
    });
  }
}

function listSubscriptions(call: Call, api: Api, backend: Backend): Response {
  const owner = ownerOf(call, api, backend);
  const origin = originOf(call);
  return json({
    uri: origin + subscriptionPaths[api],
    records: backend.subscriptions.of(owner).map((one) => subscriptionInfo(one, origin, backend)),
  });
}

async function createSubscription(call: Call, api: Api, backend: Backend): Promise<Response> {
  const owner = ownerOf(call, api, backend);
  const { clock, settings, subscriptions, resetSignal } = backend;
  const { gatewaySession } = call.env;
  const { eventFilters, deliveryMode, expiresIn } = parseCreateRequest(
    await readBody(call, backend),
    api === "platform" ? gatewaySession : undefined,
  );
  requireTransportScope(deliveryMode, owner, settings);
  const lifetime =
    deliveryMode.transportType === "WebSocket"
      ? settings.webSocketLifetime
      : expiresIn === undefined
        ? settings.defaultLifetime
        : grantLifetime(expiresIn, settings);
  const filters = admitFilters(
    {
      texts: eventFilters,
      api,
      user: userOf(owner.user, settings.users),
      scopes: owner.scopes,
      lifetime,
      update: false,
    },
    settings,
  );
  requireRoom(owner, deliveryMode, backend);
  if (deliveryMode.transportType === "WebHook") {
    call.env.note = await shakeHands(deliveryMode, backend);
  }
  if (resetSignal.aborted) throw problemOf("OAU-213");
  // Others may have been created during the handshake.
  requireRoom(owner, deliveryMode, backend);

  // A connection has one subscription: a new one replaces it.
  for (const { id } of replacedBy(deliveryMode, backend)) subscriptions.remove(id);
  const createdAt = clock.now();
  const subscription: StoredSubscription = {
    id: backend.createId(),
    api,
    user: owner.user,
    clientId: owner.clientId,
    deliveryMode,
    ...filters,
    createdAt,
    lifetime,
    expiresAt: createdAt + lifetime * 1000,
  };
  subscriptions.put(subscription);
  return show(subscription, call, backend, api === "webinar" ? 201 : 200);
}

type DeliveryMode = StoredSubscription["deliveryMode"];

function requireRoom(owner: Owner, deliveryMode: DeliveryMode, backend: Backend): void {
  const count = backend.subscriptions.of(owner).length - replacedBy(deliveryMode, backend).length;
  if (count >= backend.settings.subscriptionLimit) throw problemOf("SUB-505");
}

function replacedBy(
  deliveryMode: DeliveryMode,
  { subscriptions }: Backend,
): readonly StoredSubscription[] {
  if (deliveryMode.transportType === "WebHook") return [];
  return subscriptions.all().filter((one) => belongsToSession(one, deliveryMode.session));
}

/** Replaces the filters and renews. Other fields, such as address and token, are ignored. */
async function updateSubscription(call: Call, api: Api, backend: Backend): Promise<Response> {
  const { user, scopes } = ownerOf(call, api, backend);
  const current = findOwn(call, api, backend);
  const { settings } = backend;
  const { transportType } = current.deliveryMode;
  if (transportType === "WebSocket" && !belongsToSession(current, call.env.gatewaySession)) {
    throw problemOf(settings.webSocketUpdateCode, { parameterName: "subscriptionId" });
  }
  const body = await readBody(call, backend);
  if (!body) {
    const refused = api === "webinar" && settings.webinarEmptyUpdate === "reject";
    if (refused) throw invalidParameter("eventFilters");
    return renewSubscription(call, api, backend);
  }

  const texts = parseEventFilters(body);
  const wanted = parseExpiresIn(body);
  const lifetime =
    wanted === undefined || transportType === "WebSocket"
      ? renewedLifetime(current, backend)
      : grantLifetime(wanted, settings);
  const filters = admitFilters(
    { texts, api, user: userOf(user, settings.users), scopes, lifetime, update: true },
    settings,
  );
  return renewWith({ ...filters, lifetime }, call, api, backend);
}

function renewSubscription(call: Call, api: Api, backend: Backend): Promise<Response> {
  const lifetime = renewedLifetime(findOwn(call, api, backend), backend);
  return renewWith({ lifetime }, call, api, backend);
}

async function renewWith(
  changes: Pick<StoredSubscription, "lifetime"> & Partial<StoredSubscription>,
  call: Call,
  api: Api,
  backend: Backend,
): Promise<Response> {
  const { resetSignal } = backend;
  const { deliveryMode } = findOwn(call, api, backend);
  if (backend.settings.handshakeOnRenewal && deliveryMode.transportType === "WebHook") {
    call.env.note = await shakeHands(deliveryMode, backend);
  }
  if (resetSignal.aborted) throw problemOf("OAU-213");
  // Read again: it may have been deleted during the handshake.
  const renewed = {
    ...keptByRenewal(findOwn(call, api, backend), backend),
    ...changes,
    expiresAt: backend.clock.now() + changes.lifetime * 1000,
  };
  backend.subscriptions.put(renewed);
  return show(renewed, call, backend);
}

/** What a renewal keeps. Reminders start again. */
function keptByRenewal(
  subscription: StoredSubscription,
  { settings }: Backend,
): StoredSubscription {
  const { remindedAt: _, blacklisted, ...active } = subscription;
  const stays = blacklisted && settings.renewalOfBlacklisted === "keep";
  return stays ? { ...active, blacklisted } : active;
}

function renewedLifetime(
  { lifetime, deliveryMode }: StoredSubscription,
  { settings }: Backend,
): number {
  if (deliveryMode.transportType === "WebSocket") return settings.webSocketLifetime;
  return settings.lifetimeOnRenewal === "unchanged" ? lifetime : settings.defaultLifetime;
}

async function readBody(call: Call, { settings, resetSignal }: Backend) {
  const body = await readJson(call.req.raw, settings.maximumBodyBytes);
  // The caller was identified before a reset.
  if (resetSignal.aborted) throw problemOf("OAU-213");
  call.env.body = copyForLog(body);
  return body;
}

function show(subscription: StoredSubscription, call: Call, backend: Backend, status = 200) {
  return json(subscriptionInfo(subscription, originOf(call), backend), status);
}

/** The server in URIs, as the client calls it; over the gateway RingCentral's are relative. */
function originOf({ req, env }: Call): string {
  return env.gatewaySession === undefined ? new URL(req.url).origin : "";
}

/**
 * A subscription as the platform returns it: without its verification token, and with the remaining time. `origin` is
 * the server's, as the client calls it.
 */
function subscriptionInfo(
  subscription: StoredSubscription,
  origin: string,
  { clock, settings }: Pick<Backend, "clock" | "settings">,
) {
  const { id, api, deliveryMode, disabledFilters, blacklisted, createdAt, expiresAt } =
    subscription;
  return {
    uri: `${origin}${subscriptionPaths[api]}/${id}`,
    id,
    eventFilters: settings.listDisabledFilters
      ? subscription.eventFilters
      : enabledFilters(subscription),
    ...(disabledFilters.length > 0 && { disabledFilters }),
    creationTime: new Date(createdAt).toISOString(),
    expirationTime: new Date(expiresAt).toISOString(),
    // Some time has passed since the grant, if only a moment: captures show one less than asked for.
    expiresIn: Math.max(1, Math.ceil((expiresAt - clock.now()) / 1000) - 1),
    status: blacklisted ? "Blacklisted" : "Active",
    deliveryMode: showDeliveryMode(deliveryMode),
    ...(blacklisted && {
      blacklistedData: {
        blacklistedAt: new Date(blacklisted.at).toISOString(),
        reason: blacklisted.reason,
      },
    }),
  };
}

function showDeliveryMode(deliveryMode: StoredSubscription["deliveryMode"]) {
  const { transportType } = deliveryMode;
  if (transportType === "WebSocket") return { transportType, encryption: false };
  return { transportType, encryption: false, address: deliveryMode.address };
}
