import type { RingCentralClient } from "../api/client.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { carriesMarker } from "../subscriptions/marker.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";
import type { HeldLease } from "./leases.ts";

/** Seconds that a listener's subscription lives without it. */
export const listenerLifetime = 3600;

/** What it takes to make a subscription, and to find it again. */
export interface Making {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  readonly lease: HeldLease;
  readonly client: RingCentralClient;
}

/** Deletes what carries the marker; whether there was something. */
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

/** Gone already is as good. */
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
