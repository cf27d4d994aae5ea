import { closest } from "../filters/edit-distance.ts";
import type { ClientOptions } from "./options.ts";

/** Throws OptionError for invalid options. Messages quote no values that may be secrets. */
export function checkOptions(options: ClientOptions): void {
  if (!isObject(options)) {
    throw refusal("createClient takes an object of options, such as { credentials: { … } }");
  }
  const given = checkMembers(options, checks, "option");
  if ((given["credentials"] === undefined) === (given["accessToken"] === undefined)) {
    throw refusal("give either credentials or accessToken");
  }
}

type CheckValue = (value: unknown, name: string) => void;

const checks: Readonly<Record<keyof ClientOptions, CheckValue>> = {
  server: checkText,
  credentials: checkCredentials,
  accessToken(value, name) {
    if (typeof value !== "function") checkSecret(value, name);
  },
  account: checkText,
  store: checkMethods("read", "compareAndSet", "lock", "unlock"),
  fetch: checkFunction,
  clock: checkMethods("now"),
  signal: checkMethods("addEventListener"),
  onNotice: checkFunction,
  deadline: checkMilliseconds,
  timeout: checkMilliseconds,
  api: oneOf("platform", "webinar", "all"),
  owner: checkText,
};

function checkCredentials(value: unknown, name: string): void {
  if (!isObject(value)) throw refusal(`${name} must be { clientId, clientSecret, jwt }`);
  const parts = { clientId: checkSecret, clientSecret: checkSecret, jwt: checkSecret };
  const given = checkMembers(value, parts, name);
  for (const part of ["clientId", "jwt"]) {
    if (given[part] === undefined) {
      throw refusal(`${name}.${part} is missing; is an environment variable missing?`);
    }
  }
}

/** What is sent in headers and forms. */
function checkSecret(value: unknown, name: string): void {
  if (typeof value !== "string" || value === "") {
    throw refusal(`${name} is empty or not a string; is an environment variable missing?`);
  }
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw refusal(`${name} must be visible ASCII without spaces or line breaks`);
  }
}

function checkText(value: unknown, name: string): void {
  if (typeof value === "string" && value !== "" && !/\p{Cc}/u.test(value)) return;
  throw refusal(`${name} must be a string of one line`);
}

function checkFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw refusal(`${name} must be a function`);
}

function checkMilliseconds(value: unknown, name: string): void {
  if (typeof value === "number" && value >= 1 && value <= Number.MAX_SAFE_INTEGER) return;
  throw refusal(`invalid ${name} ${String(value)}: must be a number of milliseconds from 1`);
}

function checkMethods(...names: readonly string[]): CheckValue {
  return (value, name) => {
    const isComplete =
      typeof value === "object" &&
      value !== null &&
      names.every((each) => typeof Reflect.get(value, each) === "function");
    if (!isComplete) throw refusal(`${name} must be an object with ${names.join(", ")}`);
  };
}

function oneOf(...values: readonly string[]): CheckValue {
  return (value, name) => {
    if (typeof value === "string" && values.includes(value)) return;
    throw refusal(`invalid ${name} ${JSON.stringify(value)}: use ${values.join(", ")}`);
  };
}

/** Refuses what is unknown, and checks what is given. */
function checkMembers(
  value: object,
  known: Readonly<Record<string, CheckValue>>,
  what: string,
): Readonly<Record<string, unknown>> {
  const given: Readonly<Record<string, unknown>> = { ...value };
  const prefix = what === "option" ? "" : `${what}.`;
  for (const [name, member] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!check) {
      const near = closest(name, Object.keys(known));
      const suggestion = near === undefined ? "" : ` (did you mean ${near}?)`;
      const names = Object.keys(known).join(", ");
      throw refusal(`unknown option ${prefix}${name}${suggestion}. Use: ${names}`);
    }
    if (member !== undefined) check(member, `${prefix}${name}`);
  }
  return given;
}

/** What every method takes as its options. */
export const callOptionNames = ["signal", "deadline"];
/** What `update` and `replace` both take as changes. */
export const changeNames = ["filters", "expiresIn", "allowShorter", "allowUnknownFilter"];

/** The options of a method: an object or nothing, and nothing unknown. */
export function checkMembersOf(
  options: object | undefined,
  method: string,
  known: readonly string[],
): void {
  if (options === undefined) return;
  if (!isObject(options)) throw refusal(`${method} takes its options as an object`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = closest(unknown, known);
  const suggestion = near === undefined ? "" : ` (did you mean ${near}?)`;
  throw refusal(`${method}: unknown option ${unknown}${suggestion}. Use: ${known.join(", ")}`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An option or an argument that cannot be right. */
export class OptionError extends TypeError {}

export function refusal(reason: string): OptionError {
  return new OptionError(`rcwh/client: ${reason}${reason.endsWith("?") ? "" : "."}`);
}
