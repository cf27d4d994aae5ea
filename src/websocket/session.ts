import type { RingCentralClient } from "../api/client.ts";
import type { Clock } from "../machine/clock.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { instant } from "../subscriptions/time.ts";
import { type Backlog, createBacklog } from "./backlog.ts";
import type { ConnectionOptions, GatewayConnection } from "./connection.ts";
import { createDeliveredEvents } from "./delivered.ts";
import { createEntrance } from "./entrance.ts";
import { cannotGoOn, isOfGateway, isOfThisMachine, isPassing } from "./failures.ts";
import type { GatewayFrame } from "./frames.ts";
import { lookOut } from "./look-out.ts";
import { beginOutage } from "./outage.ts";
import { faultOf, subscribe, unsubscribe } from "./subscribing.ts";

/** What a session tells. */
export interface SessionListener {
  /** A `ServerNotification` that has not come before. */
  event(notification: GatewayFrame): void;
  /** Events between these instants, milliseconds since the epoch, may have been lost. */
  gap(since: number, until: number, reason: string): void;
  say(line: string): void;
  /** There is a subscription, the first one or another; those before it may be there too. */
  subscribed(subscription: Subscription): Promise<void>;
  /** This one is gone for certain. */
  unsubscribed(id: string): Promise<void>;
}

export interface SessionOptions extends Omit<ConnectionOptions, "onNotification" | "clock"> {
  readonly client: Pick<RingCentralClient, "webSocketToken">;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter of pauses. */
  readonly random: () => number;
}

/** One subscription over as many connections as it takes. */
export interface GatewaySession {
  /** Rejects with what ends it: 4 where RingCentral does not take the credentials any more, 5 where it cannot be reached. */
  readonly ended: Promise<never>;
  /** Deletes the subscription, if it can, and disconnects. Never throws. */
  close(): Promise<void>;
}

/** How often it is tried before there is a first connection. */
const firstTries = 3;

/** Milliseconds before the next try to change the connection in time, or to look, after one that failed. */
const pauseAfterFailure = 60_000;

/** Milliseconds from one look at the subscription to the next: twelve light requests an hour. */
const lookInterval = 300_000;

/** Connects and subscribes. Throws as the client does, and the signal's reason. */
export async function openSession(
  eventFilters: readonly string[],
  listener: SessionListener,
  options: SessionOptions,
): Promise<GatewaySession> {
  const { clock, pace, redactor } = options;
  const life = new AbortController();
  const signal = AbortSignal.any([options.signal, life.signal]);
  const delivered = createDeliveredEvents();
  const entrance = createEntrance(options.client, { ...options, signal, onNotification: take });
  const pauses = { clock, signal, random: options.random };
  let backlog: Backlog | undefined;
  let sleptSince = Number.POSITIVE_INFINITY;
  /** Connections in a row that were lost before anything came over them. */
  let unproven = 0;
  /** A change of the connection, or a look at the subscription. */
  let upkeep: Promise<void> | undefined;
  let renewAt = Number.POSITIVE_INFINITY;
  let lookAt = clock.now() + lookInterval;
  /** When the subscription was last known to deliver. */
  let healthyAt = clock.now();
  /** Why it delivers no more, while there is no other. */
  let fault: string | undefined;
  let stopLooking = () => {};

  let { connection, subscription } = await begin();
  adopt(connection);
  const running = keepConnected();
  running.catch(() => {});
  return {
    ended: untilEnd(running, signal),
    async close() {
      stopLooking();
      life.abort(new Error("The session was closed."));
      if (connection.isOpen) await inTime(drop(connection, subscription.id).catch(() => {}));
      await connection.close();
      await inTime(running.catch(() => {}));
    },
  };

  function take(frame: GatewayFrame): void {
    if (frame.bodyText === "") return;
    healthyAt = clock.now();
    if (delivered.isNew(frame.body)) listener.event(frame);
    if (!backlog?.isFullWith(frame.body)) return;
    listener.gap(backlog.since, backlog.until, "RingCentral keeps no more events than came");
  }

  async function begin() {
    const outage = beginOutage(0, 0, pauses);
    for (let tries = 1; ; tries += 1) {
      await outage.pause();
      try {
        const opened = await entrance.open(undefined);
        return { connection: opened, subscription: await subscribeOver(opened) };
      } catch (error) {
        signal.throwIfAborted();
        if (tries === firstTries || !isPassing(error) || isOfThisMachine(error)) throw error;
      }
    }
  }

  /** The connection is of no use without. */
  async function subscribeOver(opened: GatewayConnection): Promise<Subscription> {
    const hurry = () => void setTimeout(() => opened.lose("it was closed"), pace.farewell).unref();
    signal.addEventListener("abort", hurry, { once: true });
    try {
      const made = await subscribe(opened, eventFilters, redactor);
      await listener.subscribed(made);
      if (signal.aborted) await drop(opened, made.id);
      signal.throwIfAborted();
      healthyAt = clock.now();
      lookAt = healthyAt + lookInterval;
      fault = undefined;
      return made;
    } catch (error) {
      opened.lose("there is no subscription");
      throw error;
    } finally {
      signal.removeEventListener("abort", hurry);
    }
  }

  function adopt(next: GatewayConnection): void {
    connection = next;
    const { absoluteTimeout } = next.details;
    renewAt = clock.now() + absoluteTimeout - Math.min(10 * 60_000, absoluteTimeout / 10);
    stopLooking();
    stopLooking = lookOut(clock, pace, { slept, looked });
  }

  function slept(since: number, until: number): void {
    listener.say(`This machine slept from ${instant(since)} to ${instant(until)}.`);
    sleptSince = since;
    connection.lose("this machine slept");
  }

  function looked(): void {
    if (upkeep || !connection.isOpen) return;
    const keepUp = clock.now() >= renewAt ? renew : clock.now() >= lookAt ? look : undefined;
    upkeep = keepUp?.(connection)
      .catch(() => {
        if (keepUp === renew) renewAt = clock.now() + pauseAfterFailure;
        else lookAt = clock.now() + pauseAfterFailure;
      })
      .finally(() => {
        upkeep = undefined;
      });
  }

  /** A connection may be sound while nothing comes over it, because somebody has deleted the subscription. */
  async function look(over: GatewayConnection): Promise<void> {
    const { id } = subscription;
    fault = await faultOf(over, id, redactor);
    if (fault === undefined) {
      healthyAt = clock.now();
      lookAt = healthyAt + lookInterval;
      return;
    }
    const [since, why] = [healthyAt, fault];
    listener.say(`The subscription ${id} delivers no more: ${why}. Making another one.`);
    subscription = await subscribeOver(over);
    listener.gap(since, clock.now(), why);
    listener.say(`Listening again, with the subscription ${subscription.id}.`);
    await drop(over, id);
  }

  /** The next connection is there before the old one ends, so that nothing is lost even where there is no recovery. */
  async function renew(former: GatewayConnection): Promise<void> {
    const next = await entrance.open(former.details.sessionToken);
    if (next.details.recovered) {
      adopt(next);
    } else {
      const { id } = subscription;
      subscription = await subscribeOver(next);
      adopt(next);
      // The former login, and with it the former connection's right to do so, may have ended.
      await drop(next, id);
    }
    await former.close();
  }

  async function keepConnected(): Promise<never> {
    for (;;) {
      const former = connection;
      const reason = await former.lost;
      await upkeep;
      signal.throwIfAborted();
      if (connection === former) await reconnect(former, reason);
    }
  }

  async function reconnect(former: GatewayConnection, reason: string): Promise<void> {
    stopLooking();
    const since = Math.min(former.lastAliveAt, sleptSince);
    sleptSince = Number.POSITIVE_INFINITY;
    unproven = former.isProven ? 0 : unproven + 1;
    listener.say(`The connection to RingCentral was lost: ${reason}. Connecting again.`);
    const outage = beginOutage(unproven, former.details.recoveryTimeout, pauses);
    let { sessionToken } = former.details;
    for (;;) {
      try {
        await outage.pause();
        return await resume(await entrance.open(sessionToken), since, reason);
      } catch (error) {
        signal.throwIfAborted();
        // What the gateway does not let in to recover may come in anew.
        const mayBegin = sessionToken !== undefined && isOfGateway(error);
        if (!isPassing(error) && !mayBegin) throw error;
        if (outage.lastsTooLong()) throw cannotGoOn(error);
        if (!isPassing(error)) sessionToken = undefined;
      }
    }
  }

  async function resume(next: GatewayConnection, since: number, reason: string): Promise<void> {
    if (next.details.recovered && fault === undefined) {
      backlog = createBacklog(since, clock.now(), next.details);
      listener.say("Connected again, and RingCentral goes on where it was.");
      adopt(next);
      return;
    }
    const { id } = subscription;
    const [lostSince, why] = fault === undefined ? [since, reason] : [healthyAt, fault];
    subscription = await subscribeOver(next);
    backlog = undefined;
    listener.gap(lostSince, clock.now(), why);
    adopt(next);
    // It may outlive its connection, and what comes for it then goes nowhere.
    await drop(next, id);
  }

  async function drop(over: GatewayConnection, id: string): Promise<void> {
    if (await unsubscribe(over, id)) await listener.unsubscribed(id);
  }

  /** Resolves with the work, or when a farewell may take no longer. */
  function inTime(work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pace.farewell);
      void work.then(() => resolve()).finally(() => clearTimeout(timer));
    });
  }
}

/** Whoever has closed the session, or interrupts the run, does not want to hear of it. */
function untilEnd(running: Promise<never>, signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    running.catch((error: unknown) => {
      if (!signal.aborted) reject(error);
    });
  });
  ended.catch(() => {});
  return ended;
}
