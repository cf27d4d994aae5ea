import { createTransport, type Transport } from "../../api/transport.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { isLoopback } from "../../machine/loopback.ts";
import type { Reporter, RunReportFlags } from "./reporter.ts";
import type { RunSummary } from "./run-summary.ts";

/** Milliseconds for telling of the start, and again for the end. */
const timeout = 10_000;
/** Where somebody waits for the process to end, or the run's deadline has passed. */
const hurriedTimeout = 3_000;
/** Of what there is for the end, how much the start may still take: it must not be heard of after the end. */
const startShare = 0.3;
const attempts = 2;

/**
 * Tells a dead man's switch of the start (`<url>/start`), and of the end: `<url>` where the exit code is
 * 0, `<url>/fail` otherwise. That it cannot be told is a warning, because it will notice by itself.
 * The address is a secret: whoever has it can silence the alarm.
 */
export function createPing(context: CommandContext, flags: RunReportFlags): Reporter | undefined {
  const url = readUrl(flags.pingUrl, context);
  if (!url) return undefined;
  const start = new AbortController();
  let started: Promise<string | undefined> | undefined;
  return {
    begin() {
      started = ping(url, "/start", "", timeout, context, start.signal);
    },
    async end(summary) {
      const suffix = summary.exitCode === ExitCode.ok ? "" : "/fail";
      const milliseconds = timeLeft(context);
      const endsAt = performance.now() + milliseconds;
      const giveUp = setTimeout(() => start.abort(), milliseconds * startShare);
      const startProblem = await started;
      clearTimeout(giveUp);
      const left = endsAt - performance.now();
      const endProblem = await ping(url, suffix, describe(summary), left, context);
      const problems = [
        start.signal.aborted ? (endProblem ?? startProblem) : startProblem,
        endProblem,
      ];
      // That the same is wrong both times is one trouble.
      for (const problem of new Set(problems)) if (problem) context.io.warn(problem);
    },
  };
}

/** Milliseconds for telling of the end. */
function timeLeft({ clock, signal, deadlineAt }: CommandContext): number {
  if (signal.aborted) return hurriedTimeout;
  const left = deadlineAt(Number.POSITIVE_INFINITY) - clock.now();
  return Math.min(timeout, Math.max(hurriedTimeout, left));
}

function readUrl(flag: string | undefined, { env }: CommandContext): URL | undefined {
  const text = flag ?? (env["RCWH_PING_URL"] || undefined);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url && isSafe && !url.username && !url.password) return url;
  throw new UsageError(
    `${flag === undefined ? "RCWH_PING_URL" : "--ping-url"} is not an https address.`,
    "Give the ping address of a check, such as https://hc-ping.com/<uuid>.",
  );
}

/** What went wrong within so many milliseconds, as a sentence. */
async function ping(
  url: URL,
  suffix: string,
  body: string,
  milliseconds: number,
  { env }: CommandContext,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const path = `${suffix === "" ? url.pathname : url.pathname.replace(/\/*$/, suffix)}${url.search}`;
  const transport = createTransport({ server: url.origin, env });
  const endsAt = performance.now() + milliseconds;
  try {
    let problem: string | undefined;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const limits = { timeout: Math.max(1, Math.floor(endsAt - performance.now())), signal };
      problem = await post(transport, path, body, url.host, limits);
      if (problem === undefined || signal?.aborted || performance.now() >= endsAt) break;
    }
    return problem;
  } finally {
    transport.close();
  }
}

interface Limits {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** What went wrong, as a sentence. */
async function post(
  transport: Transport,
  path: string,
  body: string,
  host: string,
  { timeout: milliseconds, signal }: Limits,
): Promise<string | undefined> {
  const attempt = `tell ${host} how the run goes`;
  const headers = { "content-type": "text/plain; charset=utf-8" };
  // It is to hear of a run that was interrupted, too, so the run's own signal does not end this.
  const limits = { attempt, timeout: milliseconds, endsWithRun: false, signal };
  try {
    const { status } = await transport.exchange({ method: "POST", path, headers, body }, limits);
    return status < 300 ? undefined : `Could not ${attempt}: it answered HTTP ${status}.`;
  } catch (error) {
    if (signal?.aborted) return `Could not ${attempt}: it does not answer.`;
    if (!(error instanceof CliError)) throw error;
    return error.message;
  }
}

/** What a person reads who looks up why the alarm went off. */
function describe({ command, exitCode, tally, error }: RunSummary): string {
  const counts = Object.entries(tally.outcomes).map(([outcome, count]) => `${outcome}: ${count}`);
  return [
    `rcwh ${command}: exit code ${exitCode}`,
    ...counts,
    ...(error ? [error.message] : []),
  ].join("\n");
}
