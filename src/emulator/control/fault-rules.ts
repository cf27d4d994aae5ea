import { closest } from "../../filters/edit-distance.ts";
import { isObject } from "../../machine/json.ts";
import { isProblemCode, type ProblemCode, problemCodes } from "../problem-codes.ts";
import { apiProblem, invalidParameter } from "../problems.ts";
import {
  anything,
  type Flaw,
  isCount,
  isEither,
  isOneOf,
  isShape,
  isWord,
  type Rule,
  rule,
} from "../rules.ts";
import { millisecondsOf } from "../time.ts";
import { clashes } from "./fault-clashes.ts";

/**
 * Something that goes wrong on purpose. With `status`, `code`, `html` or `body` it replaces the platform's answer;
 * without them the platform answers, and the fault changes that answer.
 */
export interface Fault {
  /** Which requests it applies to: all but those to the control API, if not given. */
  readonly match?: {
    readonly method?: string;
    /** Without the query; `*` stands for anything. */
    readonly path?: string;
  };
  /** From 200 to 599. By default the code's status, 502 with `html`, or 200. */
  readonly status?: number;
  /** One of RingCentral's codes: answered with its status, in its envelope, and with `Retry-After` if that is 429. */
  readonly code?: ProblemCode;
  /** A gateway's error page in HTML. */
  readonly html?: true;
  /** A string is sent unchanged, everything else as JSON. */
  readonly body?: unknown;
  /** Added to the answer's headers, or replacing them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of the body after which the connection breaks; Content-Length announces the whole body. */
  readonly truncate?: number;
  /** Closes the connection without an answer: before the request is processed, or after. */
  readonly drop?: "before" | "after";
  /** Real time between the processing and the answer, such as `20ms` or `3s`; a day at most. */
  readonly delay?: string;
  /** How many requests it applies to; by default one, or `always` if there is a `rate`. */
  readonly times?: number | "always";
  /** The probability that it applies to a request, from 0 to 1. */
  readonly rate?: number;
  /** Makes `rate` pick the same requests every time. */
  readonly seed?: number | string;
}

/** What is wrong with a fault; undefined if nothing is. */
export function findFlaw(value: unknown): Flaw | undefined {
  return faultShape.find(value, "fault") ?? wrongCombination(Object(value));
}

/** Throws the 400 Problem that names the field that is wrong. */
export function checkFault(value: unknown): asserts value is Fault {
  const flaw = findFlaw(value);
  if (!flaw) return;
  const parameterName = flaw.name.replace(/^fault\./, "");
  if (!parameterName.startsWith("headers.")) throw invalidParameter(parameterName);
  const reason = `Parameter [${parameterName}] describes the connection, and only the server can set it`;
  throw apiProblem(400, "CMN-101", reason, { parameterName });
}

/** Two of these fields that cannot be together in a fault. */
function findClash(given: readonly string[]): readonly [name: string, other: string] | undefined {
  for (const [name, others] of clashes) {
    const other = given.includes(name) && others.find((one) => given.includes(one));
    if (other) return [name, other];
  }
  return undefined;
}

function wrongCombination(fault: Readonly<Record<string, unknown>>): Flaw | undefined {
  const given = Object.keys(fault).filter((name) => fault[name] !== undefined);
  const [name, other] = findClash(given) ?? [];
  if (name !== undefined && other !== undefined) {
    return {
      name: `fault.${other}`,
      message: `fault.${name} and fault.${other} exclude each other.`,
    };
  }
  if (given.some((each) => effects.has(each))) return undefined;
  const message = `The fault would change nothing: give it one of ${[...effects].join(", ")}.`;
  return { name: "fault.status", message };
}

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

/** Headers about the connection and where a message ends: a client could not read the answer if they were wrong. */
const connectionHeaders: ReadonlySet<string> = new Set([
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

export const areHeaders: Rule = {
  allowed: "an object of HTTP headers",
  find(value, name) {
    const reserved = Object.keys(Object(value)).find((one) =>
      connectionHeaders.has(one.toLowerCase()),
    );
    if (reserved === undefined) return validHeaders.find(value, name);
    return {
      name: `${name}.${reserved}`,
      message: `${name} must not have ${reserved}: it describes the connection, and only the server can set it.`,
    };
  },
};

const validHeaders = rule("an object of HTTP headers", (value) => {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  try {
    new Headers(texts);
    return texts.length === entries.length;
  } catch {
    return false;
  }
});

const longestDelay = 24 * 60 * 60 * 1000;
const most = Number.MAX_SAFE_INTEGER;
const isPattern = (pattern: RegExp) =>
  rule(
    "a pattern such as POST or */renew",
    (value) => typeof value === "string" && pattern.test(value),
  );

const faultShape = isShape({
  match: isShape({ method: isPattern(/^[*A-Z-]+$/i), path: isPattern(/^[/*]/) }),
  status: isCount(200, 599),
  code: {
    allowed: "one of RingCentral's codes",
    find(value, name) {
      if (typeof value === "string" && isProblemCode(value)) return undefined;
      const similar = typeof value === "string" && closest(value, Object.keys(problemCodes));
      const hint = similar ? `did you mean ${similar}?` : "use one such as CMN-301 or SUB-525.";
      return { name, message: `Unknown ${name} ${JSON.stringify(value)}: ${hint}` };
    },
  },
  html: rule("true", (value) => value === true),
  body: anything,
  headers: areHeaders,
  truncate: isCount(0, most),
  drop: isOneOf("before", "after"),
  delay: rule(
    'a duration of up to a day, such as "3s"',
    (value) => typeof value === "string" && millisecondsOf(value) <= longestDelay,
  ),
  times: isEither(isCount(1, most), isOneOf("always")),
  rate: rule(
    "a probability from 0 to 1",
    (value) => typeof value === "number" && value >= 0 && value <= 1,
  ),
  seed: isEither(isCount(0, most), isWord),
} satisfies { readonly [Name in keyof Fault]-?: Rule });
