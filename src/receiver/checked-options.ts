import { closest } from "../filters/edit-distance.ts";
import { eventNames, meantEvent } from "./event-names.ts";
import type { ReceiverOptions } from "./options.ts";

/** Throws TypeError for invalid options, which could leave a receiver open to everybody or make it drop everything. */
export function checkOptions(options: ReceiverOptions): void {
  if (!isPlainObject(options)) {
    throw refusal("createReceiver takes an object of options, such as { on: { sms: … } }");
  }
  refuseUnknown(options, Object.keys(checks), "option", nearOption);
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const [name, check] of Object.entries(checks)) {
    const value = given[name];
    if (value !== undefined) check(value, name);
  }
}

type CheckValue = (value: unknown, name: string) => void;

const checks: Readonly<Record<keyof ReceiverOptions, CheckValue>> = {
  verificationToken: checkToken,
  on: checkHandlers,
  onEvent: checkHandler,
  onRejected: checkHandler,
  onError: checkHandler,
  onHandshake: checkHandler,
  waitUntil: checkHandler,
  path: checkPath,
  // The limit of all unfinished bodies together.
  maximumBytes: within(1, 64 * 1024 * 1024),
  maximumPending: within(1, Number.MAX_SAFE_INTEGER),
  rejectStatus: within(200, 599),
  dedupe: checkDedupe,
};

function checkToken(value: unknown, name: string): void {
  const tokens: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (tokens.length === 0) {
    throw refusal(
      `${name} is an empty list, which matches nothing; omit it to accept every delivery`,
    );
  }
  if (tokens.every((token) => typeof token === "string" && token !== "")) return;
  // The value may be a secret.
  const what = Array.isArray(value)
    ? "has an element that is empty or not a string"
    : "is empty or not a string";
  throw refusal(`${name} ${what}; is an environment variable missing?`);
}

function checkHandlers(value: unknown, name: string): void {
  if (!isPlainObject(value)) {
    throw refusal(`${name} must be a plain object of functions, such as { sms: … }`);
  }
  refuseUnknown(value, [...eventNames, "*"], "event", meantEvent);
  for (const [event, handler] of Object.entries(value)) {
    if (handler !== undefined) checkHandler(handler, `${name}[${JSON.stringify(event)}]`);
  }
}

function checkDedupe(value: unknown, name: string): void {
  if (typeof value !== "boolean") checkAmounts(value, name, { maximum: 1, seconds: 1 });
}

/** Checks an object of whole numbers, each with its minimum. Throws TypeError. */
export function checkAmounts(
  value: unknown,
  name: string,
  minimums: Readonly<Record<string, number>>,
): void {
  const known = Object.keys(minimums);
  if (!isPlainObject(value)) {
    throw refusal(`${name} takes an object with ${known.join(" and ")}, which are optional`);
  }
  refuseUnknown(value, known, "option", (unknown) => closest(unknown, known));
  for (const [part, amount] of Object.entries(value)) {
    if (amount === undefined) continue;
    within(minimums[part] ?? 0, Number.MAX_SAFE_INTEGER)(amount, `${name}.${part}`);
  }
}

function checkHandler(value: unknown, name: string): void {
  if (typeof value !== "function") throw refusal(`${name} must be a function`);
}

function checkPath(value: unknown, name: string): void {
  if (typeof value === "string" && /^\/[!-~]*$/.test(value) && !/[?#]/.test(value)) return;
  const rule = 'must be a path such as "/webhook": percent-encoded, without a query';
  throw refusal(`invalid ${name} ${JSON.stringify(value)}: ${rule}`);
}

function within(least: number, most: number): CheckValue {
  return (value, name) => {
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return;
    throw refusal(
      `invalid ${name} ${String(value)}: must be a whole number from ${least} to ${most}`,
    );
  };
}

type Kind = "option" | "event";
type Nearest = (unknown: string) => string | undefined;

function refuseUnknown(
  value: object,
  known: readonly string[],
  kind: Kind,
  nearest: Nearest,
): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName(unknown, known, kind, nearest);
}

function unknownName(
  unknown: string,
  known: readonly string[],
  kind: Kind,
  nearest: Nearest,
): TypeError {
  const near = nearest(unknown);
  const suggestion = near === undefined ? "" : ` (did you mean ${JSON.stringify(near)}?)`;
  return refusal(
    `unknown ${kind} ${JSON.stringify(unknown)}${suggestion}. Use one of: ${known.join(", ")}`,
  );
}

function nearOption(unknown: string): string | undefined {
  const near = closest(unknown, Object.keys(checks));
  return near === undefined && eventNames.includes(unknown) ? "on" : near;
}

/** Of this realm or another one. The entries of a Map or a class instance would be ignored. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function refuseUnknownEvent(name: string): void {
  if (!knownNames.has(name)) throw unknownName(name, eventNames, "event", meantEvent);
}

const knownNames: ReadonlySet<string> = new Set(eventNames);

function refusal(reason: string): TypeError {
  return new TypeError(`rcwh/receiver: ${reason}${reason.endsWith("?") ? "" : "."}`);
}
