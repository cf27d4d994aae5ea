import type { RingCentralClient } from "../api/client.ts";
import type { Api } from "../filters/api.ts";
import { deleteIfThere } from "../lifecycle/delete-if-there.ts";
import { carriesMarker } from "../subscriptions/marker.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import type { HeldLease } from "./leases.ts";

/** Seconds that a listener's webhook subscription lives without the listener. */
export const listenerLifetime = 3600;

/** A subscription to create, with the lease whose marker finds it again. */
export interface LeasedRequest {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  readonly lease: HeldLease;
  readonly client: RingCentralClient;
}

/** Deletes every subscription with this marker; resolves to whether there was one. */
export async function removeMarked(
  client: RingCentralClient,
  api: Api,
  marker: string,
): Promise<boolean> {
  const marked = (await client.list(api)).filter(({ deliveryMode }) =>
    carriesMarker(deliveryMode.address, marker),
  );
  for (const { id } of marked) await deleteIfThere(client, { api, id });
  return marked.length > 0;
}
