import type { Lookup } from "../endpoint/endpoint-call.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
import type { Environment } from "../machine/environment.ts";
import { parseUrl } from "../machine/parse-url.ts";
import type { Redactor } from "../machine/redact.ts";
import { checkName, checkPublic, checkUrl, refuseClosed } from "./address-rules.ts";
import type { Check } from "./check.ts";
import { checkConnections, type Reached } from "./connection-rules.ts";
import { checkEvent } from "./event-rules.ts";
import { checkOtherFamily } from "./family-rules.ts";
import { checkHandshake } from "./handshake-rules.ts";
import { createQuote } from "./quote.ts";
import type { Target } from "./raw-connection.ts";
import { createReport, type Report, ruleNames } from "./report.ts";
import { checkRepetition, checkTime, warnOfBytesBehind } from "./time-rules.ts";

interface EventToDeliver {
  readonly text: string;
  /** Asked after the handshake has passed, before the event is sent. Only true sends it. */
  readonly agree?: (() => Promise<boolean>) | undefined;
}

export interface EndpointCheckOptions {
  readonly verificationToken?: string | undefined;
  /** Handshakes to time; 1 unless given. */
  readonly samples?: number;
  /** Milliseconds that an answer may take; the platform's 3000 unless given. */
  readonly timeout?: number;
  /** One event to deliver after the handshake. */
  readonly event?: EventToDeliver | undefined;
  /** Only one handshake, as when a subscription is created. */
  readonly once?: boolean;
  /** The server is on this machine, like an emulator, and can reach loopback addresses. */
  readonly ownServer?: boolean;
  /** Connect to nothing that only this machine or its network can reach, whatever the host's name leads to. */
  readonly publicOnly?: boolean;
  /** Show the URL with its query. */
  readonly showSecrets?: boolean;
  /** The operating system's resolver unless given. */
  readonly lookup?: Lookup;
  readonly signal: AbortSignal;
  readonly env: Environment;
  /** The run's, for what the endpoint says. */
  readonly redactor: Pick<Redactor, "add" | "quoted">;
  /** Called as each row becomes known. */
  readonly onRow?: (row: Check) => void;
  /** Called as the check of a rule starts. */
  readonly onStart?: (rule: string) => void;
}

/** Every rule's name, in the order of the report. */
export const endpointRules = ruleNames;

/**
 * Checks an endpoint from this machine by the platform's rules: each step of a handshake, and if it passes,
 * more handshakes and an event. Only the rule for which the platform would refuse the endpoint fails, with
 * the platform's code; other broken rules are warnings. Never throws because of an endpoint. Returns rows
 * in the order of `endpointRules`.
 */
export async function checkEndpoint(
  address: string,
  options: EndpointCheckOptions,
): Promise<readonly Check[]> {
  const { timeout = endpointDeadline, event, redactor, signal, showSecrets } = options;
  const { onRow, onStart } = options;
  signal.throwIfAborted();
  redactor.add(options.verificationToken);
  const quote = createQuote({
    redactor,
    query: showSecrets ? undefined : parseUrl(address)?.search,
  });
  const report = createReport({ timeout, quote, onRow, onStart });
  if (!event) skipEvent("not requested", report);
  const url = checkUrl(address, report, showSecrets);
  if (!url) return report.conclude();
  const target: Target = {
    url,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
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
    await reached.other;
  }
  signal.throwIfAborted();
  return report.conclude();
}

async function reach(
  target: Target,
  endsAt: number,
  { ownServer = false, publicOnly = false, env, signal, lookup }: EndpointCheckOptions,
  report: Report,
): Promise<Reached | undefined> {
  const { hostname, timeout } = target;
  const found = await checkName({ hostname, milliseconds: timeout, signal, lookup }, report);
  if (found.length === 0) return undefined;
  const open = publicOnly ? refuseClosed(found, report) : found;
  if (!publicOnly) checkPublic(hostname, found, ownServer, report);
  // RingCentral does not connect to a refused address, which may belong to somebody else.
  return report.refused() ? undefined : checkConnections(open, target, endsAt, env, report);
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
  const { socket, address } = reached;
  const called = { target, address, verificationToken };
  const shaken = await checkHandshake({ ...called, socket, startedAt }, report);
  if (shaken?.passed) {
    const { took: first, handshake } = shaken;
    const bad = await checkTime({ ...called, first, samples }, report);
    const before = { count: samples - 1, bad };
    if (once) skipRepetition(report);
    else await checkRepetition({ ...called, before }, report);
    if (handshake.behind > 0) warnOfBytesBehind(handshake.behind, report);
  } else if (shaken && !shaken.handshake.failure) {
    // It is not called again, but the time of a complete answer counts.
    await checkTime({ ...called, first: shaken.took, samples: 1 }, report);
  }
  const other = await reached.other;
  const isSilent = shaken?.handshake.failure?.kind === "timeout";
  if (other && !isSilent) await checkOtherFamily({ other, target, verificationToken }, report);
  if (!event || report.refused()) return;
  if (event.agree && !(await event.agree())) skipEvent("declined", report);
  else await checkEvent({ ...called, text: event.text }, report);
}

function skipRepetition(report: Report): void {
  for (const rule of ["keep-alive", "repeated-handshake"] as const) {
    report.skip(rule, "not requested");
  }
}

function skipEvent(why: string, report: Report): void {
  for (const rule of ["event-status", "event-time", "event-size"] as const) {
    report.skip(rule, why);
  }
}

/**
 * The certificate authorities to trust: Node's own and those of NODE_EXTRA_CA_CERTS; undefined if there
 * are only Node's. Like Node, ignores a file that cannot be read.
 */
async function readAuthorities(env: Environment): Promise<readonly string[] | undefined> {
  const path = env["NODE_EXTRA_CA_CERTS"];
  if (!path) return undefined;
  const [{ readFile }, { rootCertificates }] = await Promise.all([
    import("node:fs/promises"),
    import("node:tls"),
  ]);
  const added = await readFile(path, "utf8").catch(() => undefined);
  return added === undefined ? undefined : [...rootCertificates, added];
}
