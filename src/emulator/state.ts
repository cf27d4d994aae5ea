import type { Backend, Delivery } from "./backend.ts";
import type { StoredSubscription } from "./subscriptions/store.ts";

/** The state of the emulator, without secrets. */
export interface EmulatorState {
  readonly schemaVersion: 1;
  /** The time by the emulator's clock, RFC 3339. */
  readonly now: string;
  readonly subscriptions: readonly SubscriptionState[];
  readonly sessions: readonly SessionState[];
  readonly deliveries: readonly Delivery[];
}

export interface SubscriptionState
  extends Pick<
    StoredSubscription,
    "id" | "api" | "user" | "clientId" | "eventFilters" | "disabledFilters"
  > {
  readonly transportType: StoredSubscription["deliveryMode"]["transportType"];
  /** For a webhook only. */
  readonly address?: string;
  readonly creationTime: string;
  readonly expirationTime: string;
  readonly status: "Active" | "Blacklisted";
  readonly hasVerificationToken: boolean;
}

export interface SessionState {
  readonly id: string;
  readonly user: number;
  readonly clientId: string;
  readonly startedAt: string;
  readonly accessTokenExpiresAt: string;
}

export function readState({ clock, subscriptions, sessions, deliveries }: Backend): EmulatorState {
  return {
    schemaVersion: 1,
    now: instant(clock.now()),
    subscriptions: subscriptions.all().map((one) => ({
      id: one.id,
      api: one.api,
      user: one.user,
      clientId: one.clientId,
      ...readDeliveryMode(one),
      eventFilters: one.eventFilters,
      disabledFilters: one.disabledFilters,
      creationTime: instant(one.createdAt),
      expirationTime: instant(one.expiresAt),
      status: one.blacklisted ? "Blacklisted" : "Active",
    })),
    sessions: sessions.all().map(({ id, user, clientId, startedAt, accessTokenExpiresAt }) => ({
      id,
      user,
      clientId,
      startedAt: instant(startedAt),
      accessTokenExpiresAt: instant(accessTokenExpiresAt),
    })),
    deliveries: [...deliveries.log],
  };
}

function readDeliveryMode({ deliveryMode }: StoredSubscription) {
  const { transportType } = deliveryMode;
  if (transportType === "WebSocket") return { transportType, hasVerificationToken: false };
  const { address, verificationToken } = deliveryMode;
  return { transportType, address, hasVerificationToken: verificationToken !== undefined };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
