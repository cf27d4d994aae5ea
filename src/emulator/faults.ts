import { setTimeout } from "node:timers/promises";
import type { Exchange } from "./backend.ts";
import { checkFault } from "./fault-rules.ts";
import { globMatches } from "./globs.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { problemOf } from "./problems.ts";
import { createRandom, type Random } from "./random.ts";
import { millisecondsOf } from "./time.ts";

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
  /** One of RingCentral's codes: answered with its status, in its envelope. */
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

export interface ActiveFault extends Fault {
  readonly id: string;
  /** How often it has come. */
  readonly fired: number;
}

export interface Faults {
  /** Returns the fault's id. Throws an Error that names the field that is wrong. */
  add(fault: Fault): string;
  /** Whether there was one to remove. */
  remove(id: string): boolean;
  clear(): void;
  /** Those that may still come, oldest first. */
  list(): readonly ActiveFault[];
}

export interface FaultInjector extends Faults {
  /** Puts these in the place of all that there are. Their dice start anew. */
  restore(faults: readonly ActiveFault[]): void;
  /** Answers with the first fault that wants this request, or else as `process` does. */
  answer(request: Request, exchange: Exchange, process: () => Promise<Response>): Promise<Response>;
}

export function createFaults(random: Random): FaultInjector {
  const faults = new Map<string, { readonly fault: Fault; readonly dice: Random; fired: number }>();
  let count = 0;

  const put = (id: string, fault: Fault, fired: number) => {
    faults.set(id, { fault, dice: createRandom(fault.seed ?? random.uuid()), fired });
    count = Math.max(count, Number(id));
  };

  const take = (request: Request): [id: string, fault: Fault] | undefined => {
    for (const [id, one] of faults) {
      const { fault, dice } = one;
      if (!meets(fault, request) || dice.next() >= (fault.rate ?? 1)) continue;
      one.fired++;
      if (one.fired === timesOf(fault)) faults.delete(id);
      return [id, fault];
    }
    return undefined;
  };

  return {
    add(wanted) {
      const id = String(count + 1);
      put(id, checkFault(wanted), 0);
      return id;
    },
    remove: (id) => faults.delete(id),
    clear: () => faults.clear(),
    list: () => [...faults].map(([id, { fault, fired }]) => ({ id, ...fault, fired })),
    restore(restored) {
      faults.clear();
      for (const { id, fired, ...fault } of restored) put(id, fault, fired);
    },
    async answer(request, exchange, process) {
      const taken = take(request);
      if (!taken) return process();
      const [id, fault] = taken;
      exchange.fault = id;
      return spoil(fault, request, exchange, process);
    },
  };
}

function meets({ match = {} }: Fault, { method, url }: Request): boolean {
  const { pathname } = new URL(url);
  const { method: wanted = "*", path = "*" } = match;
  if (pathname.startsWith("/emulator/") || !globMatches(path, pathname)) return false;
  return wanted === "*" || wanted.toUpperCase() === method;
}

function timesOf({ times, rate }: Fault): number {
  const wanted = times ?? (rate === undefined ? 1 : "always");
  return wanted === "always" ? Number.POSITIVE_INFINITY : wanted;
}

async function spoil(
  fault: Fault,
  request: Request,
  exchange: Exchange,
  process: () => Promise<Response>,
): Promise<Response> {
  const { drop, delay } = fault;
  const invented = invent(fault, request, exchange);
  const response = drop === "before" ? undefined : (invented ?? (await process()));
  if (delay !== undefined) {
    // Whoever hangs up meanwhile ends the pause.
    await setTimeout(millisecondsOf(delay), undefined, { signal: request.signal }).catch(() => {});
  }
  if (drop !== undefined || !response) return Response.error();
  return alter(response, fault);
}

/** The answer that comes in place of the platform's, if the fault has one. */
function invent(
  { status, code, html, body }: Fault,
  { url }: Request,
  exchange: Exchange,
): Response | undefined {
  if (code !== undefined) {
    exchange.code = code;
    // The endpoints of RFC 6749 have an envelope of their own; limits answer before them.
    const isOAuth = /\/oauth\/(?:token|revoke)$/.test(new URL(url).pathname);
    const problem = problemOf(code, {}, isOAuth && !code.startsWith("CMN-3") ? "oauth" : undefined);
    return invented(status ?? problem.status, jsonType, JSON.stringify(problem.body));
  }
  if (html) return invented(status ?? 502, "text/html", gatewayPage);
  if (typeof body === "string") return invented(status ?? 200, "text/plain; charset=UTF-8", body);
  if (body !== undefined) return invented(status ?? 200, jsonType, JSON.stringify(body));
  return status === undefined ? undefined : new Response(null, { status });
}

function invented(status: number, contentType: string, body: string): Response {
  const headers = { "Content-Type": contentType };
  return new Response(bodilessStatuses.has(status) ? null : body, { status, headers });
}

const jsonType = "application/json; charset=UTF-8";
const bodilessStatuses = new Set([204, 205, 304]);

const gatewayPage = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr></body>
</html>
`;

async function alter(response: Response, { headers = {}, truncate }: Fault): Promise<Response> {
  const { status, statusText } = response;
  const altered = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) altered.set(name, value);
  if (truncate === undefined) {
    return new Response(response.body, { status, statusText, headers: altered });
  }
  const bytes = await response.arrayBuffer();
  altered.set("Content-Length", String(bytes.byteLength));
  const rest = response.body ? bytes.slice(0, truncate) : null;
  return new Response(rest, { status, statusText, headers: altered });
}
