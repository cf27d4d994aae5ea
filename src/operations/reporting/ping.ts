import type { Transport } from "../../api/http.ts";
import { createTransport } from "../../api/transport.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import type { RunSummary } from "./run-summary.ts";

/** Milliseconds for the ping at the start, and again for the one at the end. */
const normalTimeout = 10_000;
/** Milliseconds that are kept before an explicit deadline. */
const reserve = 3_000;
/** Share of the time for the end that the start may still take: the start must not arrive after the end. */
const startShare = 0.3;
const maximumAttempts = 2;
/** Milliseconds. With less time left, no second attempt: it would only repeat a ping that may have arrived. */
const shortestAttempt = 500;

/**
 * Pings a dead man's switch at the start (`<url>/start`) and at the end: `<url>` for exit code 0, else
 * `<url>/fail`. A ping that fails is a warning, because the switch notices by itself. The address is a
 * secret: anyone who has it can silence the alarm.
 */
export function createPing(context: CommandContext, flags: RunReportFlags): Reporter | undefined {
  const url = readUrl(flags.pingUrl, context);
  if (!url) return undefined;
  const start = new AbortController();
  let started: Promise<string | undefined> | undefined;
  const { end } = context;
  return {
    reserve,
    begin() {
      const signal = AbortSignal.any([start.signal, end.signal]);
      started = ping(url, "/start", "", normalTimeout, context, signal);
    },
    async end(summary) {
      const suffix = summary.exitCode === ExitCode.ok ? "" : "/fail";
      const milliseconds = Math.min(normalTimeout, end.left());
      const endsAt = performance.now() + milliseconds;
      const giveUp = setTimeout(() => start.abort(), milliseconds * startShare);
      const startProblem = await started;
      clearTimeout(giveUp);
      const left = endsAt - performance.now();
      const endProblem = await ping(url, suffix, describe(summary), left, context, end.signal);
      const problems = [
        start.signal.aborted ? (endProblem ?? startProblem) : startProblem,
        endProblem,
      ];
      // The same problem twice is one warning.
      for (const problem of new Set(problems)) if (problem) context.io.warn(problem);
    },
  };
}

function readUrl(flag: string | undefined, { env, redactor }: CommandContext): URL | undefined {
  const text = flag ?? (env["RCWH_PING_URL"] || undefined);
  if (text === undefined) return undefined;
  const url = parseUrl(text);
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url && isSafe && !url.username && !url.password) {
    // The whole URL: anybody who has it can silence the alarm.
    const { pathname, search } = url;
    redactor.add(
      `${pathname}${search}`,
      ...pathname.split("/").filter((part) => part.length >= 16),
    );
    redactor.addAddress(url.href);
    return url;
  }
  throw new UsageError(
    `Invalid ${flag === undefined ? "RCWH_PING_URL" : "--ping-url value"}: must be an https URL without a user name.`,
    "Give the ping URL of a check, such as https://hc-ping.com/<uuid>.",
  );
}

/** Pings, and returns the problem as a sentence if that fails. */
async function ping(
  url: URL,
  suffix: string,
  body: string,
  milliseconds: number,
  { env }: Pick<CommandContext, "env">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `${suffix === "" ? url.pathname : withoutEndingSlashes(url.pathname) + suffix}${url.search}`;
  const transport = createTransport({ server: url.origin, env });
  try {
    return await postTwice(transport, { host: url.host, path, body, milliseconds, signal });
  } finally {
    transport.close();
  }
}

function withoutEndingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

export interface PingRequest {
  /** For messages. */
  readonly host: string;
  readonly path: string;
  readonly body: string;
  /** For all attempts together. */
  readonly milliseconds: number;
  readonly signal: AbortSignal | undefined;
}

/** Makes a second attempt only where there is time left. A timer that fires early leaves a moment, which does not count. */
export async function postTwice(
  transport: Pick<Transport, "exchange">,
  { milliseconds, ...request }: PingRequest,
): Promise<string | undefined> {
  const endsAt = performance.now() + milliseconds;
  let left = milliseconds;
  let problem: string | undefined;
  for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
    problem = await post(transport, request, Math.max(1, Math.floor(left)));
    left = endsAt - performance.now();
    if (problem === undefined || request.signal?.aborted || left < shortestAttempt) break;
  }
  return problem;
}

/** Posts once, and returns the problem as a sentence if that fails. */
async function post(
  transport: Pick<Transport, "exchange">,
  { host, path, body, signal }: Omit<PingRequest, "milliseconds">,
  timeout: number,
): Promise<string | undefined> {
  const attempt = `ping ${host}`;
  const headers = { "content-type": "text/plain; charset=utf-8" };
  // An interrupted run is reported too, so the run's own signal does not end this.
  const limits = { attempt, timeout, endsWithRun: false, signal };
  try {
    const { status } = await transport.exchange({ method: "POST", path, headers, body }, limits);
    return status < 300 ? undefined : `Could not ${attempt}: it answered HTTP ${status}.`;
  } catch (error) {
    if (signal?.aborted) return `Could not ${attempt}: it did not answer.`;
    if (!(error instanceof CliError)) throw error;
    return error.message;
  }
}

/** The ping's body, for a person who looks up why the alarm went off. */
function describe({ command, exitCode, tally, error }: RunSummary): string {
  return [
    `rcwh ${command}: exit code ${exitCode}`,
    ...Object.entries(tally.outcomes).map(([outcome, count]) => `${outcome}: ${count}`),
    ...(error ? [error.message] : []),
  ].join("\n");
}
