import { isObject } from "../../machine/json.ts";
import { isProblemCode, type ProblemCode } from "../problem-codes.ts";
import { apiProblem, invalidParameter } from "../problems.ts";
import { millisecondsOf } from "../time.ts";

type Rule = (value: unknown) => boolean;

/** A fault that makes sense. Throws the 400 Problem that names the field of one that does not. */
export function checkFault(value: unknown): Fault {
  if (isFault(value)) return value;
  const parameterName = wrongField(value) ?? "fault";
  if (!parameterName.startsWith("headers.")) throw invalidParameter(parameterName);
  const reason = `Parameter [${parameterName}] is about the connection, which the server looks after itself`;
  throw apiProblem(400, "CMN-101", reason, { parameterName });
}

function isFault(value: unknown): value is Fault {
  return wrongField(value) === undefined;
}

function wrongField(value: unknown): string | undefined {
  if (!isObject(value)) return "fault";
  const given = Object.keys(value).filter((name) => value[name] !== undefined);
  const wrong = given.find((name) => !follows(rules, name, value[name]));
  if (wrong === "match") return wrongMatch(value["match"]);
  if (wrong === "headers") return wrongHeader(value["headers"]);
  if (wrong !== undefined) return wrong;
  const [, other] = findClash(given) ?? [];
  if (other !== undefined) return other;
  return given.some((name) => effects.has(name)) ? undefined : "status";
}

/** Two of these fields that cannot be together in a fault. */
export function findClash(
  given: readonly string[],
): readonly [name: string, other: string] | undefined {
  for (const [name, others] of clashes) {
    const other = given.includes(name) && others.find((one) => given.includes(one));
    if (other) return [name, other];
  }
  return undefined;
}

function wrongMatch(match: unknown): string {
  if (!isObject(match)) return "match";
  const wrong = Object.keys(match).find((name) => !follows(matchRules, name, match[name]));
  return wrong === undefined ? "match" : `match.${wrong}`;
}

function wrongHeader(headers: unknown): string {
  const name = isObject(headers) && Object.keys(headers).find(isFraming);
  return name ? `headers.${name}` : "headers";
}

function follows(ruleOf: Readonly<Record<string, Rule>>, name: string, value: unknown): boolean {
  return Object.hasOwn(ruleOf, name) && (ruleOf[name]?.(value) ?? false);
}

const isText: Rule = (value) => typeof value === "string" && value !== "";
const isCount = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER) =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

const matchRules: { readonly [Name in keyof Required<Fault>["match"]]-?: Rule } = {
  method: (value) => typeof value === "string" && /^[*A-Z-]+$/i.test(value),
  path: (value) => typeof value === "string" && /^[/*]/.test(value),
};

const longestDelay = 24 * 60 * 60 * 1000;

const rules: { readonly [Name in keyof Fault]-?: Rule } = {
  match: (value) =>
    isObject(value) &&
    Object.entries(value).every(([name, wanted]) => follows(matchRules, name, wanted)),
  status: (value) => isCount(value, 200, 599),
  code: (value) => typeof value === "string" && isProblemCode(value),
  html: (value) => value === true,
  body: () => true,
  headers: areHeaders,
  truncate: (value) => isCount(value, 0),
  drop: (value) => value === "before" || value === "after",
  delay: (value) => typeof value === "string" && millisecondsOf(value) <= longestDelay,
  times: (value) => value === "always" || isCount(value, 1),
  rate: (value) => typeof value === "number" && value >= 0 && value <= 1,
  seed: (value) => isText(value) || isCount(value, 0),
};

/** Without one of these a fault would change nothing. */
const effects: ReadonlySet<string> = new Set<keyof Fault>([
  "status",
  "code",
  "html",
  "body",
  "headers",
  "truncate",
  "drop",
  "delay",
]);

/** What cannot be together with what. */
const clashes: readonly (readonly [keyof Fault, readonly (keyof Fault)[]])[] = [
  ["drop", ["status", "code", "html", "body", "headers", "truncate"]],
  ["code", ["html", "body"]],
  ["html", ["body"]],
];

function areHeaders(value: unknown): boolean {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  if (texts.length < entries.length || texts.some(([name]) => isFraming(name))) return false;
  try {
    new Headers(texts);
    return true;
  } catch {
    return false;
  }
}

/** Headers about the connection and where a message ends. They are the server's: with wrong ones there is no answer. */
function isFraming(name: string): boolean {
  return framing.has(name.toLowerCase());
}

const framing: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/**
 * Something that goes wrong on purpose. What it answers comes in place of the platform's answer; without
 * `status`, `code`, `html` and `body` the platform answers, and the fault spoils that.
 */
export interface Fault {
  /** Which requests it meets: all, but for the emulator's own routes, where nothing is named. */
  readonly match?: {
    readonly method?: string;
    /** Without the query; `*` stands for anything. */
    readonly path?: string;
  };
  /** From 200 to 599. What the code says, 502 with `html`, or 200 where it is not given. */
  readonly status?: number;
  /** One of RingCentral's codes: answered with its status, in its envelope, and with `Retry-After` where that is 429. */
  readonly code?: ProblemCode;
  /** A gateway's page in HTML. */
  readonly html?: true;
  /** Text as it is, everything else as JSON. */
  readonly body?: unknown;
  /** Put over those of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of the body after which the connection breaks; the length that was announced is the whole one. */
  readonly truncate?: number;
  /** Closes the connection without an answer: before the request is processed, or after. */
  readonly drop?: "before" | "after";
  /** Real time between the processing and the answer, such as `20ms` or `3s`. A day at most. */
  readonly delay?: string;
  /** How often it comes; once, or always where there is a `rate`. */
  readonly times?: number | "always";
  /** The chance that a request meets it, from 0 to 1. */
  readonly rate?: number;
  /** Makes the dice fall the same every time. */
  readonly seed?: number | string;
}
