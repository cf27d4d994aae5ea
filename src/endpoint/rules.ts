import type { Socket } from "node:net";
import type { Environment } from "../environment.ts";
import type { Check } from "../checks.ts";
import { checkName, checkPublic, checkUrl } from "./address-rules.ts";
import { checkAnswer } from "./answer-rules.ts";
import { readAuthorities } from "./authorities.ts";
import { shakeHandsOn } from "./calls.ts";
import type { Target } from "./connection.ts";
import { checkConnections, type Reached } from "./connection-rules.ts";
import { checkEvent } from "./event-rules.ts";
import { createReport, type Report, ruleNames } from "./report.ts";
import { checkRepetition, checkTime } from "./time-rules.ts";
import { checkTls } from "./tls-rules.ts";

export interface EndpointCheckOptions {
  readonly verificationToken?: string | undefined;
  /** Handshakes to time; 1 unless given. */
  readonly samples?: number;
  /** Milliseconds that an answer may take; the platform's 3000 unless given. */
  readonly timeout?: number;
  /** One event to deliver after the handshake. */
  readonly event?: { readonly text: string } | undefined;
  /** One handshake and nothing more, as a creation has it. */
  readonly once?: boolean;
  /** The server is on this machine, as an emulator is, and reaches what is on it. */
  readonly ownServer?: boolean;
  readonly signal: AbortSignal;
  readonly env: Environment;
  /** Called as each row becomes known. */
  readonly onRow?: (row: Check) => void;
  /** Called when a rule is begun to be tried. */
  readonly onStart?: (rule: string) => void;
}

/** RingCentral's own limit for an endpoint's answer, milliseconds. */
const platformTimeout = 3000;

/** Every rule's name, in the order of the report. */
export const endpointRules: readonly string[] = ruleNames;

/**
 * Tries an endpoint from this machine by the platform's rules: one handshake as it does it, with every
 * step of it looked at; and where that passes more of them, and an event. Only the rule for which the
 * platform would refuse the endpoint fails, with its code; others that are broken too are warnings.
 * Never throws for what an endpoint does. Rows in the order of `endpointRules`.
 */
export async function checkEndpoint(
  address: string,
  options: EndpointCheckOptions,
): Promise<readonly Check[]> {
  const { timeout = platformTimeout, event, signal, onRow, onStart } = options;
  signal.throwIfAborted();
  const report = createReport({ timeout, onRow, onStart });
  if (!event) skipEvent(report);
  const url = checkUrl(address, report);
  if (!url) return report.conclude();
  const target: Target = {
    url,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    secure: url.protocol === "https:",
    authorities: await readAuthorities(options.env),
    timeout,
    signal,
  };
  const startedAt = performance.now();
  const reached = await reach(target, startedAt + timeout, options, report);
  if (!reached) return report.conclude();
  try {
    await tryEndpoint({ reached, target, startedAt }, options, report);
  } finally {
    reached.socket.destroy();
    await reached.settled;
  }
  signal.throwIfAborted();
  return report.conclude();
}

async function reach(
  target: Target,
  endsAt: number,
  { ownServer = false, env, signal }: EndpointCheckOptions,
  report: Report,
): Promise<Reached | undefined> {
  const { hostname, timeout } = target;
  const found = await checkName({ hostname, milliseconds: timeout, signal }, report);
  if (found.length === 0) return undefined;
  checkPublic(hostname, found, ownServer, report);
  // RingCentral connects to no address that is refused, and it may be somebody else's.
  return report.refused() ? undefined : checkConnections(found, target, endsAt, env, report);
}

interface Attempt {
  readonly reached: Reached;
  readonly target: Target;
  readonly startedAt: number;
}

async function tryEndpoint(
  { reached, target, startedAt }: Attempt,
  { verificationToken, samples = 1, event, once = false }: EndpointCheckOptions,
  report: Report,
): Promise<void> {
  const { address } = reached;
  const { timeout } = target;
  const endsAt = startedAt + timeout;
  let socket: Socket | undefined = reached.socket;
  if (target.secure) socket = await checkTls(socket, address, target, endsAt, report);
  else skipTls(report);
  // Whoever has no proof of who the endpoint is tells it no token.
  if (!socket || report.refused()) return;
  report.start("http");
  const handshake = await shakeHandsOn(socket, { target, verificationToken }, endsAt);
  socket.destroy();
  const passed = checkAnswer(handshake, { startedAt, timeout }, report);
  const { firstByteAt = handshake.endedAt, endedAt } = handshake;
  const first = { total: endedAt - startedAt, firstByte: firstByteAt - startedAt };
  const called = { target, address, verificationToken };
  if (!passed) {
    // It is not called again, but the time of a whole answer counts.
    if (!handshake.failure) await checkTime({ ...called, first, samples: 1 }, report);
    return;
  }
  const bad = await checkTime({ ...called, first, samples }, report);
  const before = { count: samples - 1, bad };
  if (once) skipRepetition(report);
  else await checkRepetition({ ...called, before }, report);
  if (event) await checkEvent({ ...called, text: event.text }, report);
}

function skipTls(report: Report): void {
  for (const rule of [
    "tls-version",
    "certificate-chain",
    "certificate-name",
    "certificate-days",
  ] as const) {
    report.skip(rule, "http, which is for this machine only");
  }
}

function skipRepetition(report: Report): void {
  for (const rule of ["keep-alive", "repeated-handshake"] as const) {
    report.skip(rule, "not asked for");
  }
}

function skipEvent(report: Report): void {
  for (const rule of ["event-status", "event-time", "event-size"] as const) {
    report.skip(rule, "not asked for");
  }
}
