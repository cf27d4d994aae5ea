import { createOperation, deleteOperation, readOperation } from "../api/operations.ts";
import { readSubscription } from "../api/read-answers.ts";
import type { Redactor } from "../machine/redact.ts";
import type { Subscription } from "../subscriptions/subscription.ts";
import type { GatewayConnection } from "./connection.ts";
import { toApiError } from "./gateway-errors.ts";

/** Creates the subscription of a connection's session. Throws `ApiError`, `NetworkError` or `UnexpectedAnswerError`. */
export async function subscribe(
  connection: GatewayConnection,
  eventFilters: readonly string[],
  redactor: Redactor,
): Promise<Subscription> {
  const operation = { ...createOperation("platform"), attempt: "subscribe over the WebSocket" };
  const { method, path, attempt } = operation;
  const body = { eventFilters, deliveryMode: { transportType: "WebSocket" } };
  const answer = await connection.request(method, path, attempt, body);
  if (!isSuccess(answer.status)) throw toApiError(answer, operation, redactor);
  return readSubscription(answer.body, attempt);
}

/** Why a subscription delivers no events; undefined if it does. Throws as `subscribe` does. */
export async function faultOf(
  connection: GatewayConnection,
  id: string,
  redactor: Redactor,
): Promise<string | undefined> {
  const operation = readOperation("platform", id);
  const { method, path, attempt } = operation;
  const answer = await connection.request(method, path, attempt);
  if (answer.status === 404) return "it was deleted or has expired";
  if (!isSuccess(answer.status)) throw toApiError(answer, operation, redactor);
  const { status } = readSubscription(answer.body, attempt);
  return status === "Active" ? undefined : `its status is ${status}`;
}

/** Deletes a subscription over its own connection: false if RingCentral refuses, undefined if no answer arrives. */
export async function unsubscribe(
  connection: GatewayConnection,
  id: string,
): Promise<boolean | undefined> {
  const { method, path, attempt } = deleteOperation("platform", id);
  try {
    const { status } = await connection.request(method, path, attempt);
    return isSuccess(status) || status === 404;
  } catch {
    return undefined;
  }
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
