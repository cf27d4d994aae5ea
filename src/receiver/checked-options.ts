import { catalogue } from "../filters/catalogue/catalogue.ts";
import { closest } from "../filters/edit-distance.ts";
import { nameOfEntry } from "./events.ts";
import type { ReceiverOptions } from "./options.ts";

/**
 * Throws TypeError for what cannot be meant. A receiver that did not tell would be open to everybody, or would drop
 * all that comes.
 */
export function checkOptions(options: ReceiverOptions): void {
  refuseUnknown(options, Object.keys(checks), "option");
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
  path: checkPath,
  // All unfinished bodies together may have no more.
  maximumBytes: within(1, 64 * 1024 * 1024),
  maximumPending: within(1, Number.MAX_SAFE_INTEGER),
  rejectStatus: within(200, 599),
};

function checkToken(value: unknown, name: string): void {
  const tokens: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (tokens.length === 0) {
    throw refusal(`${name} is an empty list, which nothing matches: leave it out to check nothing`);
  }
  if (tokens.every((token) => typeof token === "string" && token !== "")) return;
  // Its value may be a secret.
  const what = Array.isArray(value)
    ? "has an element that is no text, or empty"
    : "is no text, or empty";
  throw refusal(`${name} ${what}; perhaps a variable of the environment is not set`);
}

function checkHandlers(value: unknown, name: string): void {
  if (typeof value !== "object" || value === null) throw refusal(`${name} is no object`);
  refuseUnknown(value, [...catalogue.map(nameOfEntry), "*"], "event");
  for (const [event, handler] of Object.entries(value)) {
    if (handler !== undefined) checkHandler(handler, `${name}[${JSON.stringify(event)}]`);
  }
}

function checkHandler(value: unknown, name: string): void {
  if (typeof value !== "function") throw refusal(`${name} is no function`);
}

function checkPath(value: unknown, name: string): void {
  if (typeof value === "string" && /^\/[!-~]*$/.test(value) && !/[?#]/.test(value)) return;
  const example = 'such as "/webhook": it begins with a slash, is percent-encoded and has no query';
  throw refusal(`${name} ${JSON.stringify(value)} is no path ${example}`);
}

function within(least: number, most: number): CheckValue {
  return (value, name) => {
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return;
    throw refusal(`${name} ${String(value)} is no whole number from ${least} to ${most}`);
  };
}

function refuseUnknown(value: object, known: readonly string[], kind: "option" | "event"): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = closest(unknown, known);
  const meant = near === undefined ? "" : ` (is ${JSON.stringify(near)} meant?)`;
  throw refusal(
    `there is no ${kind} ${JSON.stringify(unknown)}${meant}. These are known: ${known.join(", ")}`,
  );
}

function refusal(reason: string): TypeError {
  return new TypeError(`rcwh/receiver: ${reason}.`);
}
