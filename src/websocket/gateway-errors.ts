import { hintFor } from "../api/error-hints.ts";
import {
  ApiError,
  type ApiErrorOptions,
  DeadlineError,
  NetworkError,
  parseErrorBody,
} from "../api/errors.ts";
import { type Operation, webSocketTokenOperation } from "../api/operations.ts";
import { retryAfterSeconds } from "../api/quota.ts";
import { CliError, ExitCode } from "../errors.ts";
import { type Redactor, shorten } from "../machine/redact.ts";
import { reconnectTimeout } from "./backoff.ts";
import type { GatewayFrame } from "./frames.ts";

/** An error frame, as the error that the same answer would be over HTTP. */
export function toApiError(
  { status, headers, bodyText }: GatewayFrame,
  operation: Operation,
  redactor: Redactor,
): ApiError {
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const requestId = lowerCase["rcrequestid"];
  const body = parseErrorBody(bodyText, redactor);
  return refusal({
    ...body,
    operation,
    status: status ?? statusOf(body.code),
    requestId: requestId && shorten(redactor.text(requestId), 100),
    retryAfter: retryAfterSeconds(lowerCase, Number.NaN),
  });
}

/** The gateway answered 401 to the handshake, without a frame that says why. */
export function unauthorized(): ApiError {
  return refusal({
    code: undefined,
    message: undefined,
    permissionName: undefined,
    parameterName: undefined,
    operation: webSocketTokenOperation,
    status: 401,
    requestId: undefined,
    retryAfter: undefined,
  });
}

function refusal(options: ApiErrorOptions): ApiError {
  return new ApiError({ ...options, hint: hintFor({ ...options, tokenIsBorrowed: false }) });
}

/** Whether the gateway refused its own token: another one may be accepted. */
export function refusesToken(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.code === "WSG-401");
}

/** Whether another try may succeed: RingCentral was out of reach, or had no time. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DeadlineError) return false;
  return error instanceof CliError && error.exitCode === ExitCode.unavailable;
}

/** Whether the WebSocket gateway refused, as opposed to RingCentral's API. */
export function isFromGateway(error: unknown): boolean {
  return error instanceof ApiError && error.code.startsWith("WSG-");
}

/** Whether this machine's setup is the cause, which no further try fixes. */
export function isLocalProblem(error: unknown): boolean {
  return error instanceof NetworkError && /^(?:CERTIFICATE|PROXY)$/.test(error.code);
}

/** What a stream ends with that could not reconnect in time. */
export function connectionLost(cause: unknown): CliError {
  const why = cause instanceof ApiError || cause instanceof NetworkError ? ` ${cause.message}` : "";
  return new CliError(
    `Lost the connection to RingCentral, and could not reconnect for more than ${reconnectTimeout / 60_000} minutes.${why}`,
    {
      exitCode: ExitCode.unavailable,
      code: "LISTENER_LOST",
      hint: "Check the connection and the server with `rcwh doctor`, then run `rcwh listen` again.",
      cause,
    },
  );
}

/** `WSG-401` is 401; a longer number says nothing of HTTP. */
function statusOf(code: string | undefined): number {
  const [, number] = /^WSG-([45]\d\d)$/.exec(code ?? "") ?? [];
  return number === undefined ? 500 : Number(number);
}
