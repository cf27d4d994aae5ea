import type { Context } from "hono";
import { json, noContent } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { Backend, Exchange, Routes } from "./backend.ts";
import { admitFilters } from "./event-filters.ts";
import { shakeHands } from "./handshake.ts";
import { apiProblem, methodNotAllowed, missingScope } from "./problems.ts";
import { readJson } from "./requests.ts";
import type { Session } from "./sessions.ts";
import {
  grantLifetime,
  parseCreateRequest,
  parseEventFilters,
  parseExpiresIn,
} from "./subscription-requests.ts";
import {
  type Api,
  belongsTo,
  collections,
  enabledFilters,
  type StoredSubscription,
} from "./subscription-store.ts";
import { userOf } from "./users.ts";

type Call = Context<{ Bindings: Exchange }>;

/** The six operations, at the platform's path and at the webinar API's. */
export function addSubscriptionRoutes(routes: Routes, backend: Backend): void {
  for (const api of ["platform", "webinar"] as const) {
    const collection = collections[api];
    const one = `${collection}/:subscriptionId`;

    routes.get(collection, (call) => listSubscriptions(call, api, backend));
    routes.post(collection, (call) => createSubscription(call, api, backend));
    routes.all(collection, refuseMethod("GET, POST"));

    routes.get(one, (call) => json(show(findOwn(call, api, backend), call, backend)));
    routes.put(one, (call) => updateSubscription(call, api, backend));
    routes.delete(one, (call) => {
      backend.subscriptions.remove(findOwn(call, api, backend).id);
      return noContent();
    });
    routes.all(one, refuseMethod("GET, PUT, DELETE"));

    routes.post(`${one}/renew`, (call) => renewSubscription(call, api, backend));
    routes.all(`${one}/renew`, refuseMethod("POST"));
  }
}

function listSubscriptions(call: Call, api: Api, backend: Backend): Response {
  const owner = ownerOf(call, api, backend);
  return json({
    uri: new URL(call.req.url).origin + collections[api],
    records: backend.subscriptions.of(owner).map((one) => show(one, call, backend)),
  });
}

async function createSubscription(call: Call, api: Api, backend: Backend): Promise<Response> {
  const owner = ownerOf(call, api, backend);
  const { clock, settings, subscriptions } = backend;
  const request = parseCreateRequest(await readBody(call));
  const lifetime = grantLifetime(request.expiresIn ?? settings.defaultLifetime, settings);
  const texts = request.eventFilters;
  const user = userOf(owner.user);
  const filters = admitFilters(
    { texts, api, user, scopes: owner.scopes, lifetime, update: false },
    settings,
  );
  const requireRoom = () => {
    if (subscriptions.of(owner).length < settings.subscriptionLimit) return;
    throw apiProblem(403, "SUB-505", "Subscriptions limit exceeded");
  };
  requireRoom();
  await shakeHands(request, backend);
  // Others may have been created while the endpoint thought.
  requireRoom();

  const { address, verificationToken } = request;
  const createdAt = clock.now();
  const subscription: StoredSubscription = {
    id: backend.createId(),
    api,
    user: owner.user,
    clientId: owner.clientId,
    deliveryMode: {
      transportType: "WebHook",
      address,
      ...(verificationToken !== undefined && { verificationToken }),
    },
    ...filters,
    createdAt,
    lifetime,
    expiresAt: createdAt + lifetime * 1000,
  };
  subscriptions.put(subscription);
  return json(show(subscription, call, backend), api === "webinar" ? 201 : 200);
}

/** Replaces the filters and renews. Address, token and whatever else comes along are ignored. */
async function updateSubscription(call: Call, api: Api, backend: Backend): Promise<Response> {
  const { user, scopes } = ownerOf(call, api, backend);
  const current = findOwn(call, api, backend);
  const body = await readBody(call);
  if (!body) return renewSubscription(call, api, backend);

  const { settings } = backend;
  const texts = parseEventFilters(body);
  const wanted = parseExpiresIn(body);
  const lifetime =
    wanted === undefined ? renewedLifetime(current, backend) : grantLifetime(wanted, settings);
  const filters = admitFilters(
    { texts, api, user: userOf(user), scopes, lifetime, update: true },
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
  const { deliveryMode } = findOwn(call, api, backend);
  if (backend.settings.handshakeOnRenewal && deliveryMode.transportType === "WebHook") {
    await shakeHands(deliveryMode, backend);
  }
  // Read again: it may have been deleted while the endpoint thought.
  const renewed = {
    ...findOwn(call, api, backend),
    ...changes,
    expiresAt: backend.clock.now() + changes.lifetime * 1000,
  };
  backend.subscriptions.put(renewed);
  return json(show(renewed, call, backend));
}

function renewedLifetime({ lifetime }: StoredSubscription, { settings }: Backend): number {
  return settings.lifetimeOnRenewal === "unchanged" ? lifetime : settings.defaultLifetime;
}

function ownerOf(call: Call, api: Api, backend: Backend): Session & { readonly api: Api } {
  const session = authorize(call, backend);
  if (session.scopes.includes("SubscriptionWebhook")) return { ...session, api };
  if (backend.settings.missingScopeCode === "CMN-401") throw missingScope("SubscriptionWebhook");
  const message =
    "[SubscriptionWebhook] application permission is required for [WebHook] transport";
  throw apiProblem(403, "SUB-528", message, { permissionName: "SubscriptionWebhook" });
}

function findOwn(call: Call, api: Api, backend: Backend): StoredSubscription {
  const owner = ownerOf(call, api, backend);
  const id = call.req.param("subscriptionId") ?? "";
  const found = backend.subscriptions.find(id);
  if (found && belongsTo(found, owner)) return found;
  if (backend.settings.expiredCode === "SUB-507" && backend.subscriptions.expired(id, owner)) {
    throw apiProblem(404, "SUB-507", `Subscription with key [${id}] was expired`);
  }
  throw apiProblem(404, "CMN-102", "Resource for parameter [subscriptionId] is not found", {
    parameterName: "subscriptionId",
  });
}

async function readBody(call: Call) {
  const body = await readJson(call.req.raw);
  call.env.body = withoutTokens(body);
  return body;
}

/** A copy for the log. Tokens under a wrong name or in a wrong place are secrets too. */
function withoutTokens(body: unknown): unknown {
  if (body === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => (/token/i.test(key) ? "…" : value)),
  );
}

function refuseMethod(allowed: string) {
  return () => {
    throw methodNotAllowed(allowed);
  };
}

/** A subscription as the platform shows it: without its verification token, and with the time that is left. */
function show(subscription: StoredSubscription, call: Call, { clock, settings }: Backend) {
  const { id, api, deliveryMode, disabledFilters, blacklisted, createdAt, expiresAt } =
    subscription;
  return {
    uri: `${new URL(call.req.url).origin}${collections[api]}/${id}`,
    id,
    eventFilters: settings.listDisabledFilters
      ? subscription.eventFilters
      : enabledFilters(subscription),
    ...(disabledFilters.length > 0 && { disabledFilters }),
    creationTime: new Date(createdAt).toISOString(),
    expirationTime: new Date(expiresAt).toISOString(),
    expiresIn: Math.max(1, Math.floor((expiresAt - clock.now()) / 1000)),
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
  if (transportType === "WebSocket") return { transportType };
  return { transportType, encryption: false, address: deliveryMode.address };
}
