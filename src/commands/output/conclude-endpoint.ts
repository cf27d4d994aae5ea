import type { Check } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { endpointDeadline } from "../../endpoint/limits.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { pluralize } from "../../phrases.ts";

interface CheckedEndpoint {
  /** On this machine, so that some rules do not apply. */
  readonly isLocal: boolean;
  readonly withEvent: boolean;
  /** Milliseconds that an answer was allowed to take. */
  readonly timeout: number;
}

/**
 * Ends `rcwh check`: says that RingCentral would accept the endpoint, or should, where a rule is disputed; or throws exit 6.
 */
export function concludeEndpoint(
  checks: readonly Check[],
  { isLocal, withEvent, timeout }: CheckedEndpoint,
  { io }: Pick<CommandContext, "io">,
): void {
  const failed = checks.find(({ status }) => status === "fail");
  if (failed) throw refusal(failed, timeout);
  const warnings = checks.filter(({ status }) => status === "warn").length;
  const but = warnings === 0 ? "" : `, with ${pluralize(warnings, "warning")}`;
  const isDisputed = checks.some(
    ({ rule, status }) => rule === "content-type" && status === "warn",
  );
  const accepts = `RingCentral ${isDisputed ? "should" : "would"} accept this endpoint`;
  io.note(
    withEvent
      ? `${accepts} and its answer to an event${but}.`
      : `${accepts}${but}. No event was delivered; add \`--event\` to try one.`,
  );
  if (isLocal) {
    io.note(
      "The endpoint is on this machine, so its public address, TLS and certificate were not checked: check its public URL too.",
    );
  }
}

function refusal(check: Check, timeout: number): CliError {
  const { rule, measured, limit, code = "CHECKS_FAILED", hint, exitCode } = check;
  const isEvent = rule.startsWith("event-");
  const what = `${rule}: ${measured} (limit: ${limit})`;
  if (exitCode === ExitCode.unavailable) {
    const message = `Could not try the endpoint from here. ${rule}: ${measured}.`;
    return new CliError(message, { exitCode, code, hint });
  }
  if (timeout < endpointDeadline && isAboutTime(check)) {
    return new CliError(
      `${isEvent ? "The endpoint passes the handshake, but its answer to an event" : "The endpoint"} is slower than --timeout; RingCentral allows ${endpointDeadline} ms. ${what}.`,
      {
        exitCode: ExitCode.endpoint,
        code,
        hint: "Make it faster, or check again without --timeout to see what RingCentral would answer.",
      },
    );
  }
  return new CliError(
    isEvent
      ? `The endpoint passes the handshake, but its answer to an event is wrong. RingCentral would create the subscription, then blacklist it. ${what}.`
      : `RingCentral would refuse this endpoint with ${code}. ${what}.`,
    {
      exitCode: ExitCode.endpoint,
      code,
      hint: `Fix it, then check again; see \`rcwh explain ${code}\`.`,
    },
  );
}

function isAboutTime({ rule, measured }: Check): boolean {
  return /^(?:event-)?time$/.test(rule) || /within \d+ ms/.test(measured);
}
