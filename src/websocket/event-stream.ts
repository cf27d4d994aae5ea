import type { RingCentralClient } from "../api/client.ts";
import type { Clock } from "../machine/clock.ts";
import { deferred } from "../machine/promises.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { instant } from "../subscriptions/time.ts";
import { createBackoff } from "./backoff.ts";
import type { ConnectionOptions, GatewayConnection } from "./connection.ts";
import { createConnector } from "./connector.ts";
import { createDeliveredEvents } from "./delivered-events.ts";
import type { GatewayFrame } from "./frames.ts";
import { connectionLost, isFromGateway, isLocalProblem, isTransient } from "./gateway-errors.ts";
import { startTicks } from "./heartbeats.ts";
import { faultOf, subscribe, unsubscribe } from "./subscribing.ts";

/** What a stream reports to. */
export interface EventStreamListener {
  /** A `ServerNotification` that has not arrived before. */
  event(notification: GatewayFrame): void;
  /** Events between these instants, milliseconds since the epoch, may have been lost. */
  gap(since: number, until: number, reason: string): void;
  /** A line for the person who is watching. */
  say(line: string): void;
  /** There is a subscription, the first or a new one; earlier ones may still exist. */
  subscribed(subscription: Subscription): Promise<void>;
  /** This subscription no longer exists. */
  unsubscribed(id: string): Promise<void>;
}

export interface EventStreamOptions extends Omit<ConnectionOptions, "onNotification" | "clock"> {
  readonly client: Pick<RingCentralClient, "webSocketToken">;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter of pauses. */
  readonly random: () => number;
}

/** The events of one subscription, over as many connections as it takes. */
export interface EventStream {
  /** Rejects with what ends it: exit 4 where RingCentral refuses the credentials, 5 where it is out of reach for too long. */
  readonly ended: Promise<never>;
  /** Deletes the subscription, if it can, and disconnects. Never throws. */
  close(): Promise<void>;
}

/** Tries to connect and subscribe at first. */
const firstTries = 3;

/** Milliseconds before another try to replace the connection, or to check the subscription. */
const retryPause = 60_000;

/** Milliseconds between two checks of the subscription: twelve light requests an hour. */
const checkInterval = 300_000;

type State = Listening | Disconnected;

/** Connected and subscribed: events arrive. All instants are milliseconds since the epoch. */
interface Listening {
  readonly kind: "listening";
  readonly connection: GatewayConnection;
  readonly subscription: ConfirmedSubscription;
  /** When to check that the subscription still delivers. */
  readonly checkAt: number;
  /** When to replace the connection, which RingCentral would end soon. */
  readonly replaceAt: number;
  /** Connections in a row, before this one, that were lost before anything arrived. */
  readonly failures: number;
  /** What this state has replaced, to be cleaned up. */
  readonly replaced?: Replaced;
  /** The subscription delivers nothing, and could not be replaced. */
  readonly fault?: Fault;
}

/** Without a connection. */
interface Disconnected {
  readonly kind: "disconnected";
  /** Why the connection was lost: the end of a sentence. */
  readonly reason: string;
  /** When the connection last showed that it works; events since then may be lost. */
  readonly since: number;
  /** Whether RingCentral closed the connection in order, so that it keeps all that is missing. */
  readonly wasClosed: boolean;
  /** The lost connection, over which something may still arrive. */
  readonly connection: GatewayConnection;
  readonly subscription: ConfirmedSubscription;
  readonly failures: number;
  readonly fault: Fault | undefined;
}

interface ConfirmedSubscription {
  readonly id: string;
  /** When RingCentral last reported it as active. */
  readonly confirmedAt: number;
}

interface Fault {
  /** When the subscription was last known to deliver. */
  readonly since: number;
  readonly reason: string;
}

interface Replaced {
  readonly connection?: GatewayConnection;
  readonly subscription?: ConfirmedSubscription;
}

/** Connects and subscribes. Throws what the client throws, and the signal's reason. */
export async function openEventStream(
  eventFilters: readonly string[],
  listener: EventStreamListener,
  options: EventStreamOptions,
): Promise<EventStream> {
  const { clock, timings, redactor, random } = options;
  const life = new AbortController();
  const signal = AbortSignal.any([options.signal, life.signal]);
  const delivered = createDeliveredEvents(clock.now);
  const connector = createConnector(options.client, {
    ...options,
    signal,
    onNotification: receive,
  });
  const backoffOptions = { clock, signal, random };

  let state: State = await connectFirst();
  /** When the connection last showed that it works, as of the last tick that was on time. */
  let aliveAt = clock.now();
  const ticks = startTicks(clock, timings, {
    tick() {
      if (state.kind === "listening") aliveAt = state.connection.lastAliveAt;
    },
    slept(since, until) {
      listener.say(`This machine slept from ${instant(since)} to ${instant(until)}.`);
      if (state.kind === "listening") state.connection.giveUp(asleep, aliveAt);
    },
  });
  const running = run();
  running.catch(() => {});
  return { ended: unlessAborted(running, signal), close };

  function receive(frame: GatewayFrame): void {
    if (frame.bodyText === "") return;
    const { isNew, overflow } = delivered.add(frame.body);
    if (isNew) listener.event(frame);
    if (!overflow) return;
    listener.gap(overflow.since, overflow.until, "RingCentral's buffer of missed events was full");
  }

  async function connectFirst(): Promise<Listening> {
    const backoff = createBackoff(0, 0, backoffOptions);
    for (let tries = 1; ; tries += 1) {
      await backoff.pause();
      try {
        const connection = await connector.connect(undefined);
        return listeningOver(connection, await subscribeOver(connection), 0);
      } catch (error) {
        signal.throwIfAborted();
        if (tries === firstTries || !isTransient(error) || isLocalProblem(error)) throw error;
      }
    }
  }

  async function run(): Promise<never> {
    for (;;) {
      state = state.kind === "listening" ? await listen(state) : await reconnect(state);
    }
  }

  /** Waits until something is due, or the connection is lost. */
  async function listen({ replaced, ...current }: Listening): Promise<State> {
    const { connection, checkAt, replaceAt, failures } = current;
    const lost = connection.lost.then(() => {});
    await cleanUp(connection, replaced);
    while (connection.isOpen) {
      await Promise.race([ticks.next(), lost]);
      if (signal.aborted || !connection.isOpen) continue;
      if (clock.now() >= replaceAt) return await replaceConnection(current);
      if (clock.now() >= checkAt) return await checkSubscription(current);
    }
    const reason = await connection.lost;
    signal.throwIfAborted();
    return {
      ...{ kind: "disconnected", connection, subscription: current.subscription },
      ...lossOf(connection, reason),
      failures: connection.isProven ? 0 : failures + 1,
      fault: current.fault,
    };
  }

  /** The message about a lost connection. After a sleep, its close reason does not count: it had been waiting on this machine. */
  function lossOf(connection: GatewayConnection, reason: string) {
    const { lastAliveAt, wasClosed } = connection;
    return ticks.overdueSince() === undefined
      ? { reason, since: lastAliveAt, wasClosed }
      : { reason: asleep, since: Math.min(aliveAt, lastAliveAt), wasClosed: false };
  }

  /** The next connection is there before the old one ends, so that nothing is lost even without a recovery. */
  async function replaceConnection(current: Listening): Promise<Listening> {
    const { connection: former, subscription, failures } = current;
    try {
      const connection = await connector.connect(former.details.sessionToken);
      if (connection.details.recovered) {
        return {
          ...listeningOver(connection, subscription, failures),
          checkAt: current.checkAt,
          replaced: { connection: former },
        };
      }
      return {
        ...listeningOver(connection, await subscribeOver(connection), failures),
        replaced: { connection: former, subscription },
      };
    } catch {
      return { ...current, replaceAt: clock.now() + retryPause };
    }
  }

  /** A connection may work while nothing arrives over it, because somebody deleted the subscription. */
  async function checkSubscription(current: Listening): Promise<Listening> {
    const { connection, subscription, failures } = current;
    let fault: Fault | undefined;
    try {
      const reason = await faultOf(connection, subscription.id, redactor);
      const confirmedAt = clock.now();
      if (reason === undefined) {
        const checkAt = confirmedAt + checkInterval;
        return { ...current, subscription: { ...subscription, confirmedAt }, checkAt };
      }
      fault = { since: Math.max(subscription.confirmedAt, delivered.latestAt), reason };
      listener.say(
        `Subscription ${subscription.id} delivers no more events: ${reason}. Creating another one.`,
      );
      const next = listeningOver(connection, await subscribeOver(connection), failures);
      listener.gap(fault.since, clock.now(), reason);
      listener.say(`Listening again, with subscription ${next.subscription.id}.`);
      return { ...next, replaceAt: current.replaceAt, replaced: { subscription } };
    } catch {
      return { ...current, checkAt: clock.now() + retryPause, ...(fault && { fault }) };
    }
  }

  async function reconnect(lost: Disconnected): Promise<Listening> {
    listener.say(`Lost the connection to RingCentral: ${lost.reason}. Reconnecting.`);
    const { details } = lost.connection;
    const backoff = createBackoff(lost.failures, details.recoveryTimeout, backoffOptions);
    let { sessionToken } = details;
    for (;;) {
      try {
        await backoff.pause();
        return await resume(await connector.connect(sessionToken), lost);
      } catch (error) {
        signal.throwIfAborted();
        // Where the gateway refuses to recover the session it may accept a new one.
        const mayBegin = sessionToken !== undefined && isFromGateway(error);
        if (!isTransient(error) && !mayBegin) throw error;
        if (backoff.isExhausted()) throw connectionLost(error);
        if (!isTransient(error)) sessionToken = undefined;
      }
    }
  }

  async function resume(connection: GatewayConnection, lost: Disconnected): Promise<Listening> {
    aliveAt = clock.now();
    const { subscription, failures, fault } = lost;
    if (connection.details.recovered && !fault) {
      delivered.expectBacklog({ since: lost.since, until: clock.now() }, connection.details);
      listener.say("Reconnected. RingCentral resumed the session.");
      // RingCentral keeps events from the moment in which it notices the loss, and nobody knows that moment.
      if (!lost.wasClosed) reportGap(lost);
      return {
        ...listeningOver(connection, subscription, failures),
        replaced: { connection: lost.connection },
      };
    }
    const next = listeningOver(connection, await subscribeOver(connection), failures);
    delivered.expectNoBacklog();
    reportGap(fault ?? lost);
    // The former subscription may outlive its connection, and what it delivers then would be lost.
    return { ...next, replaced: { connection: lost.connection, subscription } };
  }

  function reportGap({ since, reason }: Fault): void {
    if (since < clock.now()) listener.gap(since, clock.now(), reason);
  }

  function listeningOver(
    connection: GatewayConnection,
    subscription: ConfirmedSubscription,
    failures: number,
  ): Listening {
    const { absoluteTimeout } = connection.details;
    return {
      kind: "listening",
      connection,
      subscription,
      checkAt: subscription.confirmedAt + checkInterval,
      replaceAt: clock.now() + absoluteTimeout - Math.min(10 * 60_000, absoluteTimeout / 10),
      failures,
    };
  }

  /** A connection that gets no subscription is abandoned. */
  async function subscribeOver(connection: GatewayConnection): Promise<ConfirmedSubscription> {
    const hurry = () =>
      void setTimeout(() => connection.abandon("it was closed"), timings.closeTimeout).unref();
    signal.addEventListener("abort", hurry, { once: true });
    try {
      const subscription = await subscribe(connection, eventFilters, redactor);
      await listener.subscribed(subscription);
      if (signal.aborted) await drop(connection, subscription.id);
      signal.throwIfAborted();
      return { id: subscription.id, confirmedAt: clock.now() };
    } catch (error) {
      connection.abandon("it has no subscription");
      throw error;
    } finally {
      signal.removeEventListener("abort", hurry);
    }
  }

  /** Deletes over the present connection: the former login, and with it the former connection's rights, may have ended. */
  async function cleanUp(over: GatewayConnection, replaced: Replaced = {}): Promise<void> {
    if (replaced.subscription) await drop(over, replaced.subscription.id);
    await replaced.connection?.close();
  }

  /** Deletes a subscription, if it can; undefined if no answer arrived. Never throws. */
  async function drop(over: GatewayConnection, id: string): Promise<boolean | undefined> {
    const isGone = await unsubscribe(over, id);
    if (isGone) await listener.unsubscribed(id).catch(() => {});
    return isGone;
  }

  async function close(): Promise<void> {
    life.abort(new Error("The stream was closed."));
    const last = state;
    const { connection, subscription } = last;
    const loss = last.kind === "listening" ? lossOf(connection, "") : last;
    const wasAsleep = loss.reason === asleep;
    ticks.stop();
    const wasOpen = connection.isOpen;
    const answer = wasOpen
      ? await withinCloseTimeout(drop(connection, subscription.id))
      : undefined;
    if (last.fault) reportGap(last.fault);
    else if (answer === undefined || wasAsleep) {
      const reason =
        loss.reason || (wasOpen ? "the gateway did not answer at the end" : await connection.lost);
      reportGap({ since: loss.since, reason });
    }
    if (last.kind === "listening") await connection.close();
    else connection.abandon("it was closed");
    await withinCloseTimeout(running.catch(() => {}));
  }

  /** Resolves to the work's result, or to undefined when it has taken too long. */
  function withinCloseTimeout<Result>(work: Promise<Result>): Promise<Result | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timings.closeTimeout);
      void work.then(resolve).finally(() => clearTimeout(timer));
    });
  }
}

/** Why a connection is given up after a sleep, also that of a process that was stopped. */
const asleep = "this machine slept";

/** Rejects as `running` does, unless the stream was closed or the run interrupted. */
function unlessAborted(running: Promise<never>, signal: AbortSignal): Promise<never> {
  const { promise, reject } = deferred<never>();
  running.catch((error: unknown) => {
    if (!signal.aborted) reject(error);
  });
  return promise;
}
