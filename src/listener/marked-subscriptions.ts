import type { RingCentralClient } from "../api/client.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { Api } from "../filters/api.ts";
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
  for (const { id } of marked) await deleteIfThere(client, api, id);
  return marked.length > 0;
}

/** Deletes a subscription; one that no longer exists is fine. */
export async function deleteIfThere(
  client: RingCentralClient,
  api: Api,
  id: string,
): Promise<void> {
  try {
    await client.delete(api, id);
  } catch (error) {
    if (!(error instanceof CliError && error.exitCode === ExitCode.notFound)) throw error;
  }
}
