import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode } from "../errors.ts";
import { deleteIfThere } from "../lifecycle/delete-if-there.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { roundedSpan, timeOf } from "../subscriptions/time.ts";
import { linkSignal } from "./linked-signal.ts";
import { type LeasedRequest, listenerLifetime } from "./marked-subscriptions.ts";
import type { EventSink } from "./source.ts";

export interface WatchOptions extends LeasedRequest {
  readonly first: Subscription;
  readonly sink: EventSink;
  /** Creates another subscription while the known ones exist. */
  readonly create: (knownIds: ReadonlySet<string>) => Promise<Subscription>;
}

export interface Watch {
  readonly current: Subscription;
  /** False while there may be another subscription, of which only the marker is known. */
  readonly isCertain: boolean;
  /** Rejects once the subscription is permanently lost. */
  readonly ended: Promise<never>;
  /** Resolves once nothing is under way. */
  stop(): Promise<void>;
}

/** Milliseconds between two looks at the clock. */
const tick = 15_000;
/** Milliseconds by which a tick may be late before the machine counts as having slept: RingCentral waits three seconds. */
const tolerance = 5000;
/** Milliseconds between two looks at the subscription: 12 of the 3000 light requests an hour. */
const lookInterval = 300_000;
/** Milliseconds until the next look when RingCentral did not answer. */
const retryInterval = 30_000;
/** Seconds: renewed at half its life, which leaves time for many tries. */
const renewBelow = listenerLifetime / 2;

/**
 * Keeps a listener's subscription alive: looks at it, renews it, and replaces it when it is gone or blacklisted.
 * Reports when events may have been lost.
 */
export function startWatch(options: WatchOptions, context: CommandContext): Watch {
  const { clock, signal } = context;
  const link = linkSignal(signal);
  const keeper = createKeeper(options, clock);
  let lookedAt = clock.now();

  /** Reports the time since the last look at the clock, where it is too long for a machine that was awake. */
  function noteSleep(): boolean {
    const since = lookedAt;
    lookedAt = clock.now();
    const elapsed = lookedAt - since;
    if (elapsed <= tick + tolerance) return false;
    options.sink.gap(
      since,
      lookedAt,
      `this machine was asleep or stopped for ${roundedSpan(elapsed)}`,
    );
    return true;
  }

  async function run(): Promise<never> {
    let nextLook = clock.now() + lookInterval;
    for (;;) {
      await clock.sleep(tick, link.signal);
      if (!noteSleep() && clock.now() < nextLook) continue;
      nextLook = clock.now() + (await keeper.look().then(() => lookInterval, keeper.tolerate));
      lookedAt = clock.now();
    }
  }

  const running = run();
  // Stopping is not a failure.
  const ended = running.catch((error: unknown) =>
    link.signal.aborted ? new Promise<never>(() => {}) : Promise.reject(error),
  );
  ended.catch(() => {});
  return {
    get current() {
      return keeper.current;
    },
    get isCertain() {
      return keeper.isCertain;
    },
    ended,
    async stop() {
      link.abort();
      await running.catch(() => {});
      // The end may come before the next look at the clock.
      noteSleep();
      if (keeper.outage) options.sink.gap(keeper.outage.since, clock.now(), keeper.outage.why);
    },
  };
}

/** Looks at the subscription and does what it needs. */
interface Keeper extends Pick<Watch, "current" | "isCertain"> {
  /** Why and since when nothing is delivered. */
  readonly outage: Outage | undefined;
  look(): Promise<void>;
  /**
   * Milliseconds until the next try, after `look` got no answer. Throws when the subscription has expired meanwhile,
   * and for any other error.
   */
  tolerate(error: unknown): number;
}

interface Outage {
  readonly why: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

function createKeeper(options: WatchOptions, clock: CommandContext["clock"]): Keeper {
  const { api, client, request, lease, sink, create } = options;
  let current = options.first;
  let isCertain = true;
  let expiresAt = expiryOf(current);
  /** When the subscription was last known to deliver. */
  let healthyAt = clock.now();
  let isReachable = true;
  let outage: Outage | undefined;

  async function look(): Promise<void> {
    if (outage) return replace(outage.why);
    const isDue = expiresAt - clock.now() < renewBelow * 1000;
    const latest = await (isDue ? renew() : client.read(api, current.id)).catch(asGone);
    noteAnswer();
    if (!latest) return replace("the subscription was deleted or has expired");
    current = latest;
    expiresAt = expiryOf(latest);
    if (latest.status === "Active") {
      healthyAt = clock.now();
      return;
    }
    const { reason } = latest.blacklistedData ?? {};
    return replace(
      `RingCentral reports the subscription as ${latest.status}${reason ? `: ${reason}` : ""}`,
    );
  }

  async function renew(): Promise<Subscription> {
    await lease.extend(listenerLifetime);
    const { eventFilters } = request;
    return client.update(api, current.id, { eventFilters, expiresIn: listenerLifetime });
  }

  /** Creates the new one first, so that no event is missed in between. */
  async function replace(why: string): Promise<void> {
    const old = current;
    if (!outage) sink.say(`Subscription ${old.id} stopped delivering: ${why}. Replacing it.`);
    outage ??= { why, since: lossOf(old) };
    const wasCertain = isCertain;
    isCertain = false;
    current = await create(new Set([old.id]));
    await deleteIfThere(client, { api, id: old.id });
    // An earlier attempt whose outcome is unknown may have left one too.
    isCertain = wasCertain;
    expiresAt = expiryOf(current);
    noteAnswer();
    sink.gap(outage.since, clock.now(), why);
    outage = undefined;
    healthyAt = clock.now();
    sink.say(`Listening again, with subscription ${current.id}.`);
  }

  /** Since when events may have been lost. */
  function lossOf({ blacklistedData }: Subscription): number {
    const blacklistedAt = Date.parse(blacklistedData?.blacklistedAt ?? "");
    const since = Number.isNaN(blacklistedAt) ? healthyAt : Math.max(blacklistedAt, healthyAt);
    return Math.min(since, clock.now());
  }

  function noteAnswer(): void {
    if (!isReachable) sink.say("RingCentral answers again.");
    isReachable = true;
  }

  function tolerate(error: unknown): number {
    if (!(error instanceof CliError) || error.exitCode !== ExitCode.unavailable) throw error;
    if (clock.now() >= expiresAt) throw lost(error, outage !== undefined);
    if (isReachable) {
      const state = outage
        ? `Events may be missing since ${timeOf(outage.since)}`
        : `The subscription expires in ${roundedSpan(expiresAt - clock.now())}`;
      const pause = roundedSpan(retryInterval);
      sink.say(`${asSentence(error.message)} ${state}; trying again every ${pause}.`);
    }
    isReachable = false;
    return retryInterval;
  }

  /** By the server's count where it gives one: this machine's clock may be wrong. */
  function expiryOf({ expiresIn, expirationTime }: Subscription): number {
    return expiresIn === undefined ? Date.parse(expirationTime) : clock.now() + expiresIn * 1000;
  }

  return {
    get current() {
      return current;
    },
    get isCertain() {
      return isCertain;
    },
    get outage() {
      return outage;
    },
    look,
    tolerate,
  };
}

function asGone(error: unknown): undefined {
  if (error instanceof CliError && error.exitCode === ExitCode.notFound) return undefined;
  throw error;
}

function lost(cause: CliError, isGone: boolean): CliError {
  const what = isGone
    ? "The subscription is gone, and it could not be replaced in time."
    : "The subscription expired while RingCentral could not be reached.";
  return new CliError(`${what} ${asSentence(cause.message)}`, {
    exitCode: ExitCode.unavailable,
    code: "LISTENER_LOST",
    hint: "Check the connection with `rcwh doctor`, then start `rcwh listen` again.",
    cause,
  });
}
