import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode } from "../errors.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import { roundedSpan, timeOf } from "../subscriptions/time.ts";
import { createGate } from "./linked-signal.ts";
import { deleteIfThere, listenerLifetime, type Making } from "./marked-subscriptions.ts";
import type { EventSink } from "./source.ts";

export interface WatchOptions extends Making {
  readonly first: Subscription;
  readonly sink: EventSink;
  /** Makes another one, besides these. */
  readonly make: (knownIds: ReadonlySet<string>) => Promise<Subscription>;
}

export interface Watch {
  readonly current: Subscription;
  /** False while there may be another one, of which only the marker is known. */
  readonly isCertain: boolean;
  readonly ended: Promise<never>;
  /** Resolves once nothing is under way. */
  stop(): Promise<void>;
}

/** Milliseconds from one look at the clock to the next. */
const tick = 15_000;
/** Milliseconds by which a tick may be late before the machine is taken to have slept. */
const tolerance = 45_000;
/** Milliseconds from one look at the subscription to the next: twelve light requests an hour, of 3000. */
const lookInterval = 300_000;
/** Milliseconds before the next look where the server could not be asked. */
const retryInterval = 30_000;
/** Renewed at half its life: there is time for many tries. */
const renewBelow = listenerLifetime / 2;

/**
 * Keeps a listener's subscription alive for as long as it is wanted: looks at it, renews it, and makes it anew
 * where it is gone or delivers no more. Says what may have been missed.
 */
export function startWatch(options: WatchOptions, context: CommandContext): Watch {
  const { api, client, request, lease, sink, make } = options;
  const { clock, signal } = context;
  const gate = createGate(signal);
  let current = options.first;
  let isCertain = true;
  let expiresAt = expiryOf(current);
  /** When it was last known to deliver. */
  let healthyAt = clock.now();
  let isReachable = true;
  /** Why and since when nothing is delivered, where that is known. */
  let outage: { readonly why: string; readonly since: number } | undefined;

  async function look(): Promise<void> {
    if (outage) return replace(outage.why);
    const isDue = expiresAt - clock.now() < renewBelow * 1000;
    const latest = await (isDue ? renew() : client.read(api, current.id)).catch(asGone);
    isReachable ||= sayReachable();
    if (!latest) return replace("it is gone: somebody deleted it, or it has expired");
    current = latest;
    expiresAt = expiryOf(latest);
    if (latest.status === "Active") {
      healthyAt = clock.now();
      return;
    }
    const { reason } = latest.blacklistedData ?? {};
    return replace(`RingCentral says it is ${latest.status}${reason ? `: ${reason}` : ""}`);
  }

  async function renew(): Promise<Subscription> {
    await lease.extend(listenerLifetime);
    const { eventFilters } = request;
    return client.update(api, current.id, { eventFilters, expiresIn: listenerLifetime });
  }

  /** The new one first, so that nothing is missed meanwhile. */
  async function replace(why: string): Promise<void> {
    const old = current;
    if (!outage)
      sink.say(`The subscription ${old.id} delivers no more: ${why}. Making another one.`);
    outage ??= { why, since: lossOf(old) };
    const wasCertain = isCertain;
    isCertain = false;
    current = await make(new Set([old.id]));
    await deleteIfThere(client, api, old.id);
    // After an attempt of which nobody knows what became, that one may be there too.
    isCertain = wasCertain;
    expiresAt = expiryOf(current);
    isReachable ||= sayReachable();
    sink.gap(outage.since, clock.now(), why);
    outage = undefined;
    healthyAt = clock.now();
    sink.say(`Listening again, with the subscription ${current.id}.`);
  }

  /** Since when what comes may have been lost. */
  function lossOf({ blacklistedData }: Subscription): number {
    const blacklistedAt = Date.parse(blacklistedData?.blacklistedAt ?? "");
    const since = Number.isNaN(blacklistedAt) ? healthyAt : Math.max(blacklistedAt, healthyAt);
    return Math.min(since, clock.now());
  }

  function sayReachable(): true {
    sink.say("RingCentral answers again.");
    return true;
  }

  /** Without an answer it goes on for as long as the subscription may live; any other refusal is final. */
  function endure(error: unknown): number {
    if (!(error instanceof CliError) || error.exitCode !== ExitCode.unavailable) throw error;
    if (clock.now() >= expiresAt) throw lost(error, outage !== undefined);
    if (isReachable) {
      const state = outage
        ? `Nothing is delivered, since ${timeOf(outage.since)} at the earliest`
        : `The subscription lives for ${roundedSpan(expiresAt - clock.now())} more`;
      const pause = roundedSpan(retryInterval);
      sink.say(`${asSentence(error.message)} ${state}; trying again every ${pause}.`);
    }
    isReachable = false;
    return retryInterval;
  }

  async function run(): Promise<never> {
    let nextLook = clock.now() + lookInterval;
    for (;;) {
      const before = clock.now();
      await clock.sleep(tick, gate.signal);
      const elapsed = clock.now() - before;
      const hasSlept = elapsed > tick + tolerance;
      if (hasSlept) {
        const span = roundedSpan(elapsed);
        sink.gap(before, clock.now(), `this machine slept, or was stopped, for ${span}`);
      }
      if (!hasSlept && clock.now() < nextLook) continue;
      nextLook = clock.now() + (await look().then(() => lookInterval, endure));
    }
  }

  const running = run();
  // An end that was asked for is none that anybody waits for.
  const ended = running.catch((error: unknown) =>
    gate.signal.aborted ? new Promise<never>(() => {}) : Promise.reject(error),
  );
  ended.catch(() => {});
  return {
    get current() {
      return current;
    },
    get isCertain() {
      return isCertain;
    },
    ended,
    async stop() {
      gate.shut();
      await running.catch(() => {});
    },
  };

  function expiryOf({ expiresIn, expirationTime }: Subscription): number {
    // By the server's count where there is one: this machine's clock may be wrong.
    return expiresIn === undefined ? Date.parse(expirationTime) : clock.now() + expiresIn * 1000;
  }
}

function asGone(error: unknown): undefined {
  if (error instanceof CliError && error.exitCode === ExitCode.notFound) return undefined;
  throw error;
}

function lost(cause: CliError, isGone: boolean): CliError {
  const what = isGone
    ? "The subscription is gone, and another one could not be made for too long."
    : "RingCentral could not be asked for so long that the subscription has expired.";
  return new CliError(`${what} ${asSentence(cause.message)}`, {
    exitCode: ExitCode.unavailable,
    code: "LISTENER_LOST",
    hint: "Check the connection with `rcwh doctor`, then start `rcwh listen` again.",
    cause,
  });
}
