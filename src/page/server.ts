import type { Action, ActionResult, FoundFilters, Refusal } from "../inspector/protocol.ts";

/** Why something that was asked of rcwh was not done, in words for people. */
export class Refused extends Error {
  readonly hint?: string;
  constructor({ message, hint }: Refusal) {
    super(message);
    if (hint !== undefined) this.hint = hint;
  }
}

export function act(action: Action): Promise<ActionResult> {
  return ask<ActionResult>("./actions", "POST", action);
}

/** Calls the control API of the emulator. */
export function control<Answer = undefined>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return ask<Answer>(`./emulator/v1${path}`, method, body);
}

export async function findFilters(search: string, signal: AbortSignal) {
  const path = `./filters?search=${encodeURIComponent(search)}`;
  return (await ask<FoundFilters>(path, "GET", undefined, signal)).filters;
}

export function sampleOf(filter: string): Promise<unknown> {
  return ask(`./sample?filter=${encodeURIComponent(filter)}`, "GET");
}

async function ask<Answer>(
  path: string,
  method: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const request: RequestInit = { method };
  if (signal) request.signal = signal;
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    // JSON text is sent as it is.
    request.body = body instanceof JsonText ? body.text : JSON.stringify(body);
  }
  const response = await fetch(path, request).catch((error: Error) => {
    if (error.name === "AbortError") throw error;
    throw new Refused({
      message: "rcwh cannot be reached, so nothing was done.",
      hint: "See in its terminal whether it is still running.",
    });
  });
  const text = await response.text();
  if (!response.ok) throw new Refused(refusalIn(text, response.status));
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** A body that is JSON text already, whose numbers may be too large for JavaScript. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The server's `Refusal`, or the control API's error, whose `message` is what matters, too. */
function refusalIn(text: string, status: number): Refusal {
  try {
    const refusal: Partial<Refusal> = JSON.parse(text);
    const { message, hint } = refusal;
    if (message) return hint === undefined ? { message } : { message, hint };
  } catch {
    // Not from rcwh.
  }
  return { message: `rcwh answered with ${status}.`, hint: "Reload the page." };
}
