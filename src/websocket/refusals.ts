import { ApiError, parseErrorBody } from "../api/errors.ts";
import { type Operation, webSocketTokenOperation } from "../api/operations.ts";
import { retryAfterSeconds } from "../api/quota.ts";
import { createRedactor, type Redactor, shorten } from "../machine/redact.ts";
import type { GatewayFrame } from "./frames.ts";

/** A frame that says no, as the error that the same answer would be over HTTP. */
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
  return new ApiError({
    ...body,
    operation,
    status: status ?? statusOf(body.code),
    tokenIsBorrowed: false,
    requestId: requestId && shorten(redactor.text(requestId), 100),
    retryAfter: retryAfterSeconds(lowerCase, Number.NaN),
  });
}

/** A gateway that takes the token so little that it opens no WebSocket to say so. */
export function unauthorized(): ApiError {
  return new ApiError({
    ...parseErrorBody("", createRedactor()),
    operation: webSocketTokenOperation,
    status: 401,
    tokenIsBorrowed: false,
    requestId: undefined,
    retryAfter: undefined,
  });
}

/** Whether it was the gateway's token that was not taken: another one may be. */
export function refusesToken(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.code === "WSG-401");
}

/** `WSG-401` is 401; a longer number says nothing of HTTP. */
function statusOf(code: string | undefined): number {
  const [, number] = /^WSG-([45]\d\d)$/.exec(code ?? "") ?? [];
  return number === undefined ? 500 : Number(number);
}
