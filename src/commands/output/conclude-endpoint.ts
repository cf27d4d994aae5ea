import type { Check } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { endpointDeadline } from "../../endpoint/limits.ts";
import { CliError, ExitCode } from "../../errors.ts";

interface Circumstances {
  /** On this machine, so that some rules cannot be tried. */
  readonly isLocal: boolean;
  readonly withEvent: boolean;
  /** Milliseconds that an answer might take. */
  readonly timeout: number;
}

/** Ends `rcwh check`: says whether RingCentral would accept the endpoint, and throws exit 6 where it would not. */
export function concludeEndpoint(
  checks: readonly Check[],
  { isLocal, withEvent, timeout }: Circumstances,
  { io }: Pick<CommandContext, "io">,
): void {
  const refusal = checks.find(({ status }) => status === "fail");
  if (refusal) throw refused(refusal, timeout);
  const warnings = checks.filter(({ status }) => status === "warn").length;
  const but = warnings === 0 ? "" : `, with ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  io.note(
    withEvent
      ? `RingCentral would accept this endpoint, and its answer to an event${but}.`
      : `RingCentral would accept this endpoint${but}. No event was delivered: \`--event\` tries one.`,
  );
  if (isLocal) {
    io.note(
      "It is on this machine, where public address, TLS and certificate are not what RingCentral will see: check its public address too.",
    );
  }
}

function refused(check: Check, timeout: number): CliError {
  const { rule, measured, limit, code = "CHECKS_FAILED", hint, exitCode } = check;
  const isEvent = rule.startsWith("event-");
  const what = `${rule}: ${measured} (limit: ${limit})`;
  if (exitCode === ExitCode.unavailable) {
    const message = `The endpoint could not be tried from here. ${rule}: ${measured}.`;
    return new CliError(message, { exitCode, code, hint });
  }
  if (timeout < endpointDeadline && isAboutTime(check)) {
    return new CliError(
      `${isEvent ? "The endpoint passes the handshake, but its answer to an event" : "The endpoint"} is slower than --timeout; RingCentral allows ${endpointDeadline} ms. ${what}.`,
      {
        exitCode: ExitCode.endpoint,
        code,
        hint: "Make it faster, or check again without --timeout to hear what RingCentral would say.",
      },
    );
  }
  return new CliError(
    isEvent
      ? `The endpoint passes the handshake, but events are not answered as RingCentral wants it. It would make the subscription, and blacklist it later. ${what}.`
      : `RingCentral would refuse this endpoint with ${code}. ${what}.`,
    {
      exitCode: ExitCode.endpoint,
      code,
      hint: `Mend that, then check again; \`rcwh explain ${code}\` tells more.`,
    },
  );
}

function isAboutTime({ rule, measured }: Check): boolean {
  return /^(?:event-)?time$/.test(rule) || /within \d+ ms/.test(measured);
}
