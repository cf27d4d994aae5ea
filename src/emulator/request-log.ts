import { elementsOf, isObject } from "../machine/json.ts";
import { createOrderedLog, type OrderedLog } from "./ordered-log.ts";
import type { Problem } from "./problems.ts";

/** One request to the platform, and its answer. */
export interface LoggedRequest {
  readonly requestId: string;
  /** When it came, by the emulator's clock, RFC 3339. */
  readonly timestamp: string;
  readonly method: string;
  /** Without the query, which may carry secrets. */
  readonly path: string;
  /** 0 if the connection was closed without an answer. */
  readonly status: number;
  /** RingCentral's error code. */
  readonly code?: string;
  /** The id of the fault that was applied to it. */
  readonly fault?: string;
  /** What RingCentral might have refused, with the code. */
  readonly note?: string;
  /** The JSON of a subscription call; tokens, and whatever is too long, are replaced by `…`. */
  readonly body?: unknown;
  /** The number of the user whose token it had, expired or not, or who signed in. */
  readonly user?: number;
}

export interface RequestLog extends Omit<OrderedLog<LoggedRequest>, "begin"> {
  /** Takes the next place for a request that came at an instant. The result adds its entry, after the answer. */
  begin(instant: number): (entry: Omit<LoggedRequest, "timestamp">) => void;
}

/** The latest requests, in the order of their arrival. */
export function createRequestLog(): RequestLog {
  const log = createOrderedLog<LoggedRequest>();
  return {
    ...log,
    begin(instant) {
      const put = log.begin();
      const timestamp = new Date(instant).toISOString();
      return (entry) => put({ timestamp, ...entry });
    },
  };
}

/** RingCentral's code for a problem: the inner one, which is more specific. */
export function codeOf({ body }: Problem): string | undefined {
  const { errors, errorCode }: { readonly errors?: unknown; readonly errorCode?: unknown } = body;
  const [first] = elementsOf(errors);
  const code = isObject(first) ? first["errorCode"] : errorCode;
  return typeof code === "string" ? code : undefined;
}

/** A copy for the log, of bounded size. Every field with "token" in its name is a secret. */
export function copyForLog(body: unknown): unknown {
  let room = mostCharacters;

  const copy = (value: unknown, depth: number): unknown => {
    room -= typeof value === "string" ? value.length : 1;
    if (room < 0 || depth > deepest) return "…";
    if (Array.isArray(value)) return copyItems(value, depth);
    if (!isObject(value)) return value;
    const copied: [string, unknown][] = [];
    for (const name of Object.keys(value)) {
      room -= name.length;
      if (room < 0) break;
      copied.push([name, /token/i.test(name) ? "…" : copy(value[name], depth + 1)]);
    }
    return Object.fromEntries(copied);
  };
  const copyItems = (items: readonly unknown[], depth: number): readonly unknown[] => {
    const copied: unknown[] = [];
    for (const item of items) {
      copied.push(copy(item, depth + 1));
      if (room < 0) break;
    }
    return copied;
  };
  return copy(body, 0);
}

// More than any reasonable request needs.
const mostCharacters = 16 * 1024;
const deepest = 100;
