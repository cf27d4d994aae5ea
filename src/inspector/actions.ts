import { isObject, parseJson } from "../machine/json.ts";
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
  throw new ActionError("This is not an action that the server knows.", undefined, 400);
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
