import { ApiError, DeadlineError, NetworkError } from "../api/errors.ts";
import { CliError, ExitCode } from "../errors.ts";
import { patience } from "./outage.ts";

/** Whether another try may go better: nobody was there, or RingCentral had no time. */
export function isPassing(error: unknown): boolean {
  if (error instanceof DeadlineError) return false;
  return error instanceof CliError && error.exitCode === ExitCode.unavailable;
}

/** Whether it is the WebSocket gateway that refused, and not RingCentral's API. */
export function isOfGateway(error: unknown): boolean {
  return error instanceof ApiError && error.code.startsWith("WSG-");
}

/** What this machine has to be set up for, and what no patience mends. */
export function isOfThisMachine(error: unknown): boolean {
  return error instanceof NetworkError && /^(?:CERTIFICATE|PROXY)$/.test(error.code);
}

/** What a listener ends with that has lost RingCentral. */
export function cannotGoOn(cause: unknown): CliError {
  const why = cause instanceof ApiError || cause instanceof NetworkError ? ` ${cause.message}` : "";
  return new CliError(
    `The connection to RingCentral is lost, and could not be made again for more than ${patience / 60_000} minutes.${why}`,
    {
      exitCode: ExitCode.unavailable,
      code: "LISTENER_LOST",
      hint: "Check the connection and the server with `rcwh doctor`, then run `rcwh listen` again.",
      cause,
    },
  );
}
