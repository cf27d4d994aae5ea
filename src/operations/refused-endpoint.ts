import { ApiError } from "../api/errors.ts";
import type { Check } from "../check/check.ts";
import type { CommandContext } from "../context.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
import { ExitCode } from "../errors.ts";
import { isJson } from "../io/format.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";

/** Rows that tell something even where they pass. */
const measurements = new Set(["dns", "tcp-ipv4", "tcp-ipv6", "tls-version", "time", "size"]);

const marks = { pass: "✓", warn: "!", fail: "✗" } as const;

/** One look at each address is enough for a run over many subscriptions that deliver to it. */
const looks = new WeakMap<AbortSignal, Map<string, Look>>();
/** Milliseconds for which a look is good: a session in which somebody mends the endpoint goes on. */
const freshness = 60_000;

interface Look {
  readonly begunAt: number;
  readonly checks: Promise<readonly Check[]>;
}

/**
 * Where RingCentral has refused an endpoint: tries it from this machine, says what was found, and adds the rows
 * to the error. Does nothing about other errors. An interruption ends it, and the refusal stands.
 */
export async function examineRefusal(
  error: unknown,
  { deliveryMode }: CreateSubscriptionRequest,
  context: CommandContext,
): Promise<void> {
  const { io, settings, signal, env, clock } = context;
  const { address, verificationToken } = deliveryMode;
  const isRefusal = error instanceof ApiError && error.exitCode === ExitCode.endpoint;
  if (!isRefusal || address === undefined || isOffLimits(error)) return;
  // Nobody would see it.
  if (settings.quiet && !isJson(io.format)) return;
  const looked = looks.get(signal) ?? new Map<string, Look>();
  looks.set(signal, looked);
  const latest = looked.get(address);
  const now = clock.now();
  const earlier = latest && now - latest.begunAt < freshness ? latest : undefined;
  const look = earlier ?? { begunAt: now, checks: takeLook(address) };
  looked.set(address, look);
  const checks = await look.checks.catch((failure: unknown) => {
    if (signal.aborted) return undefined;
    throw failure;
  });
  if (!checks) return;
  error.checks = checks;
  if (!earlier) report(checks, redactAddress(address, settings.showSecrets), context);

  async function takeLook(url: string): Promise<readonly Check[]> {
    io.progress("Trying the endpoint from here");
    const { checkEndpoint } = await import("../check/rules.ts");
    const { server } = await context.identity();
    const ownServer = isLoopback(new URL(server).hostname);
    const timeout = Math.min(endpointDeadline, settings.timeout);
    return checkEndpoint(url, {
      verificationToken,
      timeout,
      ownServer,
      showSecrets: settings.showSecrets || isJson(io.format),
      signal,
      env,
    });
  }
}

/** The emulator refuses what is not on its machine unseen, and so does this. */
function isOffLimits({ message }: ApiError): boolean {
  return /the emulator calls only this machine/.test(message);
}

function report(checks: readonly Check[], address: string, { io }: CommandContext): void {
  const telling = checks.flatMap(({ status, ...check }) =>
    status === "skip" || (status === "pass" && !measurements.has(check.rule))
      ? []
      : [{ ...check, status }],
  );
  const width = Math.max(...telling.map(({ rule }) => rule.length));
  io.note(`Tried from here, ${address}:`);
  for (const { rule, status, measured, limit, code, hint, exitCode } of telling) {
    const isRefusal = status === "fail" && exitCode === ExitCode.endpoint;
    const judged = isRefusal ? `${measured} (limit: ${limit}; ${code})` : measured;
    io.note(`  ${marks[status]} ${rule.padEnd(width)}  ${judged}`);
    if (status !== "pass" && hint !== undefined) io.note(`    ${" ".repeat(width)}  → ${hint}`);
  }
  if (telling.some(({ status }) => status === "fail")) return;
  io.note(
    "From here it passes, so RingCentral sees something else: a firewall that knows this machine, another region, DNS that is not yet the same everywhere, or an endpoint that was asleep.",
  );
}
