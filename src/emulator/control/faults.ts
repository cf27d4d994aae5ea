import { globMatches } from "../../filters/glob.ts";
import { pause } from "../../machine/real-time.ts";
import type { Exchange } from "../backend.ts";
import { descriptionOf, type ProblemCode } from "../problem-codes.ts";
import { oauthProblem, type Problem, problemOf } from "../problems.ts";
import { createRandom, type Random } from "../random.ts";
import { describeRefusal, groupOf } from "../rate-limits.ts";
import { RuleError } from "../rules.ts";
import type { EmulatorSettings } from "../settings.ts";
import { millisecondsOf } from "../time.ts";
import { type Fault, findFlaw } from "./fault-rules.ts";

export interface ActiveFault extends Fault {
  readonly id: string;
  /** How many requests it was applied to. */
  readonly fired: number;
}

export interface Faults {
  /** Returns the fault's id. Throws an Error that says what is allowed. */
  add(fault: Fault): string;
  /** Returns whether there was such a fault. */
  remove(id: string): boolean;
  clear(): void;
  /** The active faults, oldest first. */
  list(): readonly ActiveFault[];
}

export interface FaultInjector extends Faults {
  /** Replaces all faults. Their random choices start again. */
  restore(faults: readonly ActiveFault[]): void;
  /** Applies the first fault that matches the request, or answers as `process` does. */
  answer(request: Request, exchange: Exchange, process: () => Promise<Response>): Promise<Response>;
}

export function createFaults(random: Random, settings: () => EmulatorSettings): FaultInjector {
  const faults = new Map<string, { readonly fault: Fault; readonly dice: Random; fired: number }>();
  let count = 0;

  const put = (id: string, fault: Fault, fired: number) => {
    faults.set(id, { fault, dice: createRandom(fault.seed ?? random.uuid()), fired });
    count = Math.max(count, Number(id));
  };

  const take = (request: Request): [id: string, fault: Fault] | undefined => {
    for (const [id, one] of faults) {
      const { fault, dice } = one;
      if (!matches(fault, request) || dice.next() >= (fault.rate ?? 1)) continue;
      one.fired++;
      if (one.fired === timesOf(fault)) faults.delete(id);
      return [id, fault];
    }
    return undefined;
  };

  return {
    add(wanted) {
      const flaw = findFlaw(wanted);
      if (flaw) throw new RuleError(flaw);
      const id = String(count + 1);
      put(id, wanted, 0);
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
      return applyFault(fault, request, exchange, process, settings());
    },
  };
}

function matches({ match = {} }: Fault, { method, url }: Request): boolean {
  const { pathname } = new URL(url);
  const { method: wanted = "*", path = "*" } = match;
  if (pathname.startsWith("/emulator/") || !globMatches(path, pathname)) return false;
  return globMatches(wanted.toUpperCase(), method);
}

function timesOf({ times, rate }: Fault): number {
  const wanted = times ?? (rate === undefined ? 1 : "always");
  return wanted === "always" ? Number.POSITIVE_INFINITY : wanted;
}

async function applyFault(
  fault: Fault,
  request: Request,
  exchange: Exchange,
  process: () => Promise<Response>,
  settings: EmulatorSettings,
): Promise<Response> {
  const { drop, delay } = fault;
  const replacement = await replacementFor(fault, request, exchange, settings);
  const response = drop === "before" ? undefined : (replacement ?? (await process()));
  if (delay !== undefined) {
    // A client that hangs up ends the pause.
    await pause(millisecondsOf(delay), request.signal);
  }
  if (drop !== undefined || !response) return Response.error();
  return alter(response, fault);
}

/** The answer that replaces the platform's, if the fault has one. */
async function replacementFor(
  { status, code, html, body }: Fault,
  { method, url }: Request,
  exchange: Exchange,
  settings: EmulatorSettings,
): Promise<Response | undefined> {
  if (code !== undefined) {
    exchange.code = code;
    const { pathname } = new URL(url);
    const problem = problemAt(pathname, code);
    const answered = status ?? problem.status;
    const isLimit = code === "CMN-301" && answered === 429;
    if (isLimit) exchange.rateLimitHeaders = describeRefusal(groupOf(method, pathname), settings);
    return createAnswer(answered, jsonType, JSON.stringify(problem.body), {
      ...(answered === 429 && { "Retry-After": String(settings.rateLimitPenalty) }),
    });
  }
  if (html) return createAnswer(status ?? 502, "text/html", await gatewayPage(status ?? 502));
  if (typeof body === "string")
    return createAnswer(status ?? 200, "text/plain; charset=UTF-8", body);
  if (body !== undefined) return createAnswer(status ?? 200, jsonType, JSON.stringify(body));
  return status === undefined ? undefined : new Response(null, { status });
}

/** The OAuth endpoints have a format of their own, and lack the parameter that a code names by default. */
function problemAt(path: string, code: ProblemCode): Problem {
  if (!/^\/restapi\/oauth\/(?:token|revoke)$/.test(path)) return problemOf(code);
  const { status, message, error = "invalid_request" } = descriptionOf(code);
  if (!message.includes("[{parameterName}]")) return problemOf(code, {}, "oauth");
  return oauthProblem(status, error, code, message.replace(" [{parameterName}]", ""));
}

function createAnswer(
  status: number,
  contentType: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = { "Content-Type": contentType, ...more };
  return new Response(bodilessStatuses.has(status) ? null : body, { status, headers });
}

const jsonType = "application/json; charset=UTF-8";
const bodilessStatuses = new Set([204, 205, 304]);

async function gatewayPage(status: number): Promise<string> {
  const { STATUS_CODES } = await import("node:http");
  const title = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  return `<html>
<head><title>${title}</title></head>
<body><center><h1>${title}</h1></center><hr></body>
</html>
`;
}

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
