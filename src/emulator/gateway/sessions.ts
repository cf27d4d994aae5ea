import type { Backend, GatewayNotification, Notified } from "../backend.ts";
import type { Session } from "../sign-in/sessions.ts";
import { belongsToSession } from "../subscriptions/store.ts";
import type { Connection } from "./connection.ts";
import type { FrameMeta } from "./frames.ts";

/** A session of the gateway. It outlives its connection for a while, with its subscription and missed notifications. */
export interface GatewaySession {
  readonly id: string;
  /** The token with which a client recovers it. */
  readonly token: string;
  readonly oauthSession: Session;
  connection: Connection | undefined;
  /** How many frames of its connection had the session's context. */
  sequence: number;
  missed: readonly GatewayNotification[];
  /** Whether notifications are kept although there is a connection. */
  isHeld: boolean;
  /** Cancels the end that a lost connection has scheduled. */
  cancelEnd: () => void;
  cancelRenewal: () => void;
}

export interface GatewaySessions {
  open(oauthSession: Session): GatewaySession;
  find(id: string): GatewaySession | undefined;
  /** The session with this token, or the error code. */
  recover(token: string, oauthSession: Session): GatewaySession | RecoveryErrorCode;
  attach(session: GatewaySession, connection: Connection): void;
  /** Starts the time for recovery, unless the session has another connection by now. */
  detach(session: GatewaySession, connection: Connection): void;
  notify(session: GatewaySession, notification: GatewayNotification): Notified;
  /** Sends the missed notifications, in order, when the client is ready. */
  resend(session: GatewaySession): void;
  /** Schedules the renewal of the session's current subscription. */
  scheduleRenewal(session: GatewaySession): void;
  all(): readonly GatewaySession[];
  clear(): void;
}

/** WSG-1003: of another OAuth session; WSG-1005: no subscription. Both were seen in RingCentral's own experiments. */
export type RecoveryErrorCode = "WSG-1003" | "WSG-1005";

/** Whether a text has the form of a session's token, known or not. */
export function looksLikeSessionToken(text: string): boolean {
  return /^EMUC[\w-]{40}$/.test(text);
}

export function createGatewaySessions(backend: () => Backend): GatewaySessions {
  const sessions = new Map<string, GatewaySession>();

  const subscriptionsOf = ({ id }: GatewaySession) =>
    backend()
      .subscriptions.all()
      .filter((one) => belongsToSession(one, id));

  const notify = (session: GatewaySession, notification: GatewayNotification): Notified => {
    const { connection } = session;
    if (connection?.isOpen && !session.isHeld) {
      const requestId = backend().createId();
      connection.send([notificationMeta(session, notification, requestId), notification]);
      // It closes if the client has too much left to read.
      return connection.isOpen ? "sent" : "lost";
    }
    const kept = connection?.isOpen ? Infinity : backend().settings.webSocketRecoveryBufferSize;
    session.missed = kept > 0 ? [...session.missed, notification].slice(-kept) : [];
    return kept > 0 ? "kept" : "lost";
  };

  const end = (session: GatewaySession) => {
    session.cancelEnd();
    session.cancelRenewal();
    sessions.delete(session.id);
    for (const { id } of subscriptionsOf(session)) backend().subscriptions.remove(id);
  };

  /** WebSocket subscriptions renew themselves: here halfway through their lifetime. */
  const keepRenewed = (session: GatewaySession) => {
    session.cancelRenewal();
    const { clock, subscriptions } = backend();
    const [subscription] = subscriptionsOf(session);
    if (!subscription) return;
    const { lifetime, expiresAt } = subscription;
    session.cancelRenewal = clock.schedule(expiresAt - lifetime * 500, () => {
      const current = subscriptions.find(subscription.id);
      if (current) {
        subscriptions.put({ ...current, expiresAt: clock.now() + current.lifetime * 1000 });
      }
      keepRenewed(session);
    });
  };

  return {
    open(oauthSession) {
      const { random } = backend();
      const session: GatewaySession = {
        id: random.uuid(),
        token: `EMUC${random.text(40)}`,
        oauthSession,
        connection: undefined,
        sequence: 0,
        missed: [],
        isHeld: false,
        cancelEnd: () => {},
        cancelRenewal: () => {},
      };
      sessions.set(session.id, session);
      return session;
    },

    find: (id) => sessions.get(id),

    recover(token, oauthSession) {
      const session = [...sessions.values()].find((one) => one.token === token);
      if (!session) return "WSG-1005";
      if (session.oauthSession.id !== oauthSession.id) return "WSG-1003";
      if (subscriptionsOf(session).length > 0) return session;
      session.connection?.cut();
      end(session);
      return "WSG-1005";
    },

    attach(session, connection) {
      const former = session.connection;
      session.cancelEnd();
      session.connection = connection;
      session.sequence = 0;
      session.isHeld = false;
      // The client has noticed first that it was dead.
      former?.cut();
    },

    detach(session, connection) {
      if (session.connection !== connection) return;
      session.connection = undefined;
      if (!sessions.has(session.id)) return;
      const { clock, settings } = backend();
      const endsAt = clock.now() + settings.webSocketRecoveryTimeout * 1000;
      session.cancelEnd = clock.schedule(endsAt, () => end(session));
    },

    notify,

    resend(session) {
      const { connection } = session;
      if (!connection) return;
      session.isHeld = true;
      // RingCentral's own client listens only after the connection details: it would miss what comes along with them.
      connection.whenRead(() => {
        if (session.connection !== connection) return;
        const { missed } = session;
        session.missed = [];
        session.isHeld = false;
        for (const notification of missed) notify(session, notification);
      });
    },

    scheduleRenewal(session) {
      if (sessions.has(session.id)) keepRenewed(session);
      // The session has ended meanwhile: a subscription that was created for it ends too.
      else end(session);
    },

    all: () => [...sessions.values()],

    clear() {
      const ended = [...sessions.values()];
      sessions.clear();
      for (const { connection, cancelEnd, cancelRenewal } of ended) {
        cancelEnd();
        cancelRenewal();
        connection?.cut();
      }
    },
  };
}

/** The next frame's place in the session. */
export function nextContext(session: GatewaySession) {
  session.sequence += 1;
  return { token: session.token, sequence: session.sequence };
}

function notificationMeta(
  session: GatewaySession,
  { uuid }: GatewayNotification,
  requestId: string,
): FrameMeta {
  return {
    type: "ServerNotification",
    messageId: uuid,
    status: 200,
    headers: { RCRequestId: requestId },
    wsc: nextContext(session),
  };
}
