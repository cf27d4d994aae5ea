import { subscriptionPaths } from "../../filters/api.ts";
import type { Backend } from "../backend.ts";
import { enabledFilters, type StoredSubscription } from "./store.ts";

/**
 * A subscription as the platform returns it: without its verification token, and with the remaining time. `origin` is
 * the server's, as the client calls it.
 */
export function subscriptionInfo(
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
