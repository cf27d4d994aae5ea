import type { Check } from "../checks.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";

interface Circumstances {
  /** On this machine, so that some rules cannot be tried. */
  readonly isLocal: boolean;
  readonly withEvent: boolean;
}

/** Ends `rcwh check`: says whether RingCentral would accept the endpoint, and throws exit 6 where it would not. */
export function concludeEndpoint(
  checks: readonly Check[],
  { isLocal, withEvent }: Circumstances,
  { io }: Pick<CommandContext, "io">,
): void {
  const refusal = checks.find(({ status }) => status === "fail");
  if (refusal) throw refused(refusal);
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

function refused({ rule, measured, limit, code = "CHECKS_FAILED" }: Check): CliError {
  const isEvent = rule.startsWith("event-");
  const what = `${rule}: ${measured} (limit: ${limit})`;
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
