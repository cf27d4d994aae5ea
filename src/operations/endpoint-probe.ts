import { remedyFor } from "../api/error-hints.ts";
import { ApiError } from "../api/errors.ts";
import type { Check } from "../check/check.ts";
import type { CommandContext } from "../context.ts";
import { endpointDeadline } from "../endpoint/limits.ts";
import { CliError, ExitCode } from "../errors.ts";
import { withEndpoint, withoutCheck } from "../explanations/check-hint.ts";
import { isJson } from "../io/format.ts";
import { statusMarks } from "../io/marks.ts";
import { isLoopback } from "../machine/loopback.ts";
import { redactAddress } from "../machine/redact.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";

/** Rules whose rows are worth showing even where they pass. */
const measurements = new Set(["dns", "tcp-ipv4", "tcp-ipv6", "tls-version", "time", "size"]);

interface EndpointCheck {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly rows: Promise<readonly Check[]>;
}

/** The checks of each run, by address: a run over many subscriptions checks their endpoint once. */
const checksByRun = new WeakMap<AbortSignal, Map<string, EndpointCheck>>();
/** Milliseconds for which a check counts: in a long session the user may fix the endpoint. */
const checkLifetime = 60_000;

/**
 * If RingCentral refused an endpoint, checks it from this machine, prints what was found, and adds the rows to
 * the error. Does nothing about other errors. An interruption ends the check, and the refusal remains.
 */
export async function examineRefusal(
  error: unknown,
  { deliveryMode }: CreateSubscriptionRequest,
  context: CommandContext,
): Promise<void> {
  const { io, settings, signal, clock } = context;
  const { address, verificationToken } = deliveryMode;
  const isRefusal = error instanceof ApiError && error.exitCode === ExitCode.endpoint;
  if (!isRefusal || address === undefined || isRefusedUntried(error)) return;
  // With --quiet, only JSON shows the rows.
  if (settings.quiet && !isJson(io.format)) return;
  const checks = checksByRun.get(signal) ?? new Map<string, EndpointCheck>();
  checksByRun.set(signal, checks);
  const now = clock.now();
  const previous = checks.get(address);
  const isRecent = previous !== undefined && now - previous.startedAt < checkLifetime;
  const check = isRecent
    ? previous
    : { startedAt: now, rows: checkFromHere(address, verificationToken, context) };
  checks.set(address, check);
  const rows = await check.rows.catch((failure: unknown) => {
    if (signal.aborted) return undefined;
    throw failure;
  });
  if (!rows) return;
  error.checks = rows;
  if (!isRecent) printRows(rows, error.code, redactAddress(address, settings.showSecrets), context);
}

/** The emulator refuses addresses off its machine without trying them, so nothing is tried from here. */
function isRefusedUntried({ message }: ApiError): boolean {
  return /the emulator calls only this machine/.test(message);
}

async function checkFromHere(
  url: string,
  verificationToken: string | undefined,
  context: CommandContext,
): Promise<readonly Check[]> {
  const { io, redactor, settings, signal, env } = context;
  io.progress("Trying the endpoint from here");
  const { checkEndpoint } = await import("../check/rules.ts");
  const { server } = await context.identity();
  return checkEndpoint(url, {
    verificationToken,
    timeout: Math.min(endpointDeadline, settings.timeout),
    ownServer: isLoopback(new URL(server).hostname),
    showSecrets: settings.showSecrets || isJson(io.format),
    redactor,
    signal,
    env,
  });
}

/** `refusal` is RingCentral's code. */
function printRows(
  rows: readonly Check[],
  refusal: string,
  address: string,
  { io }: CommandContext,
): void {
  io.note(`Tried ${address} from here:`);
  const shown = noteRows(rows, io);
  // A rule that sources disagree about is only a warning, but RingCentral may have named it.
  const explains = ({ status, code }: Check) =>
    status === "fail" || (status === "warn" && code === refusal);
  if (shown.some(explains)) return;
  io.note(
    "It passes from here, so RingCentral probably reaches something else: check for a firewall that allows this machine, another region, DNS that has not propagated yet, or an endpoint that was asleep.",
  );
}

/** Notes the rows that are worth it: what is wrong, and the measurements. Returns them. */
export function noteRows(rows: readonly Check[], io: Pick<CommandContext["io"], "note">) {
  const shown = rows.filter(
    ({ status, rule }) => status === "warn" || status === "fail" || isMeasured(status, rule),
  );
  const width = Math.max(...shown.map(({ rule }) => rule.length));
  for (const { rule, status, measured, limit, code, hint, exitCode } of shown) {
    const isRefusal = status === "fail" && exitCode === ExitCode.endpoint;
    const found = isRefusal ? `${measured} (limit: ${limit}; ${code})` : measured;
    io.note(`  ${statusMarks[status]} ${rule.padEnd(width)}  ${found}`);
    if (status !== "pass" && hint !== undefined) io.note(`    ${" ".repeat(width)}  → ${hint}`);
  }
  return shown;
}

function isMeasured(status: Check["status"], rule: string): boolean {
  return status === "pass" && measurements.has(rule);
}

/**
 * Shakes hands with an endpoint from this machine, by the platform's rules. Throws exit 6 with the
 * platform's code (SUB-520 to SUB-525) for the rule that it breaks, or exit 5 where this machine cannot try it.
 */
export async function proveEndpoint(
  address: string,
  verificationToken: string | undefined,
  {
    env,
    redactor,
    signal,
    identity,
  }: Pick<CommandContext, "env" | "redactor" | "signal" | "identity">,
): Promise<void> {
  const { checkEndpoint } = await import("../check/rules.ts");
  const ownServer = isLoopback(new URL((await identity()).server).hostname);
  const options = { verificationToken, once: true, ownServer, env, redactor, signal };
  const checks = await checkEndpoint(address, options);
  const broken = checks.find(({ status }) => status === "fail");
  if (!broken) return;
  const { rule, measured, code = "SUB-521", hint, exitCode } = broken;
  const shown = redactAddress(address);
  if (exitCode === ExitCode.unavailable) {
    throw new CliError(
      `${shown} could not be tried from here: ${rule}: ${measured}. Nothing was changed.`,
      { exitCode, code, hint },
    );
  }
  // The check knows why there was no connection; the remedy for the code has to guess.
  const remedy = /^tcp-/.test(rule) ? hint : remedyFor(code);
  throw new CliError(
    `Checked from here, ${shown} fails RingCentral's handshake: ${rule}: ${measured} (${code}). Nothing was changed.`,
    {
      exitCode: ExitCode.endpoint,
      code,
      hint: shown === address ? withEndpoint(remedy, address) : withoutCheck(remedy),
    },
  );
}
