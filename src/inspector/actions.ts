import { isObject, type JsonObject, parseJson } from "../machine/json.ts";
import type { KeptEvent } from "./event-buffer.ts";
import type { Feed } from "./feed.ts";
import type { Action, Refusal } from "./protocol.ts";

/** An action that cannot be done. */
export class ActionError extends Error {
  readonly hint: string | undefined;
  /** Of the answer. */
  readonly status: number;

  constructor(message: string, hint?: string, status = 409) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

export function toRefusal({ message, hint }: ActionError): Refusal {
  return { message, ...(hint !== undefined && { hint }) };
}

/** Throws ActionError for what is not an action. */
export function readAction(text: string): Action {
  const value = parseJson(text);
  const { action, number, of, text: body, file } = isObject(value) ? value : {};
  if (action === "replay" && isNumber(number)) return { action, number };
  if (action === "send" && typeof body === "string") {
    if (of === undefined) return { action, text: body };
    if (isNumber(of)) return { action, text: body, of };
  }
  if (action === "record" && typeof file === "string") return { action, file };
  if (action === "stop-recording") return { action };
  throw new ActionError("The server does not know this action.", undefined, 400);
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** The event of a number. Throws ActionError where it is not kept any more. */
export function findKept(number: number, { find }: Pick<Feed, "find">): KeptEvent {
  const found = find(number);
  if (!found) throw new ActionError(`Event ${number} is no longer kept.`, undefined, 404);
  return found;
}

/** What somebody has written as an event. Throws ActionError where it is none. */
export function readEnvelope(text: string): JsonObject {
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new ActionError("An event must be a JSON object.", undefined, 400);
}
