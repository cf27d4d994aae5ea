import { type JsonObject, parseJson } from "../../machine/json.ts";
import type { Backend, Call } from "../backend.ts";
import { mediaType, readText } from "../body.ts";
import { areHeaders } from "../control/fault-rules.ts";
import { apiProblem } from "../problems.ts";
import { copyForLog } from "../request-log.ts";
import { anything, check, isCount, isOneOf, isShape, type Rule, rule } from "../rules.ts";
import type { RateLimitGroup } from "../settings.ts";
import { authorize } from "../sign-in/authorize.ts";
import { type User, userOf } from "../sign-in/users.ts";
import { fillOwnIds } from "../subscriptions/event-filters.ts";

/** A call that was answered for one of RingCentral's other APIs. */
export interface StubCall {
  /** By the emulator's clock, RFC 3339. */
  readonly timestamp: string;
  readonly method: string;
  /** As the client wrote it, without the query. */
  readonly path: string;
  /** What stands in the place of each `{name}` of the stub's path. */
  readonly params: Readonly<Record<string, string>>;
  /** A list for a parameter that is there several times. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** With names in lower case, without the access token. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * JSON parsed, a form's fields, and other bodies as text; undefined without one. A file in a form is its `name`, `type`
   * and `size`, or its content if that is JSON or text.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what its app sends.
  readonly body: any;
  /** The number of the user whose token it had. */
  readonly user: number;
  readonly clientId: string;
}

/** What a stub answers. */
export interface StubAnswer {
  /** 200 by default. */
  readonly status?: number;
  /** A string is sent unchanged, everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a call. A `Response` is sent unchanged. */
export type StubHandler = (
  call: StubCall,
) => StubAnswer | Response | Promise<StubAnswer | Response>;

export interface StubOptions {
  /** The group that a call counts in; by default Light for GET, and Medium for other methods. */
  readonly group?: RateLimitGroup;
}

/** Answers for one method and path. */
export interface Stub {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The calls that it has answered, oldest first. Always the same array. */
  readonly calls: readonly StubCall[];
  /** Later calls are no longer answered by it. */
  remove(): void;
}

export interface Stubs {
  /** Throws an Error that says what is allowed. */
  add(method: string, path: string, answer: StubAnswer | StubHandler, options?: StubOptions): Stub;
  /** Returns whether there was such a stub. */
  remove(id: string): boolean;
  list(): readonly Stub[];
  clear(): void;
  /** Forgets the calls. */
  clearCalls(): void;
  /** The answer of the newest stub for the call; undefined without one. Throws the Problem of a call without a token. */
  answer(call: Call, backend: Backend): Promise<Response | undefined>;
}

interface StoredStub extends Stub {
  readonly handler: StubHandler;
  readonly group: RateLimitGroup | undefined;
  readonly calls: StubCall[];
}

export function createStubs(): Stubs {
  const stubs = new Map<string, StoredStub>();
  let count = 0;
  return {
    add(method, path, answer, { group } = {}) {
      check(stubShape, { method, path, answer, group }, "stub");
      refuseReserved(path);
      checkPattern(path);
      const id = String(++count);
      const handler = typeof answer === "function" ? answer : () => answer;
      const remove = () => void stubs.delete(id);
      const stub = { id, method: method.toUpperCase(), path, handler, group, calls: [], remove };
      stubs.set(id, stub);
      return stub;
    },
    remove: (id) => stubs.delete(id),
    list: () => [...stubs.values()],
    clear: () => stubs.clear(),
    clearCalls() {
      for (const { calls } of stubs.values()) calls.length = 0;
    },
    async answer(call, backend) {
      const { method, path } = call.req;
      const candidates = [...stubs.values()]
        .toReversed()
        .filter((stub) => isMethod(stub, method) && isOpen(stub, path))
        .filter((stub) => match(stub.path, path) !== undefined);
      for (const stub of candidates) {
        const session = authorize(call, backend, stub.group);
        const params = match(stub.path, path, userOf(session.user, backend.settings.users));
        if (!params) continue;
        const { user, clientId } = session;
        const body = await readBody(call.req.raw, backend.settings.maximumBodyBytes);
        if (body !== undefined) call.env.body = copyForLog(body);
        const { authorization: _, ...headers } = call.req.header();
        const timestamp = new Date(backend.clock.now()).toISOString();
        const query = readQuery(call.req.queries());
        const seen = { timestamp, method, path, params, query, headers, body, user, clientId };
        stub.calls.push(seen);
        if (stub.calls.length > mostCalls) stub.calls.shift();
        return respond(await stub.handler(seen), stub);
      }
      return undefined;
    },
  };
}

const mostCalls = 10_000;

function isMethod(stub: Stub, method: string): boolean {
  return stub.method === "*" || stub.method === method;
}

/** Whether a stub may answer a path: a pattern covers none that the emulator answers itself. */
function isOpen({ path: pattern }: Stub, path: string): boolean {
  return !reserved.test(path) && (!pattern.includes("*") || !emulated.test(path));
}

const reserved = /^\/(?:emulator|restapi\/oauth)\//;
const emulated =
  /^\/(?:restapi\/v1\.0\/subscription|webinar\/notifications\/v1\/subscriptions)(?:\/|$)|^\/restapi\/v1\.0\/account\/[^/]+\/extension\/[^/]+$/;

/**
 * The parameters of a path that a stub is for; undefined for any other. `~` and the caller's own ids are equal; without
 * a user, `~` stands for any id.
 */
function match(
  pattern: string,
  path: string,
  user?: User,
): Readonly<Record<string, string>> | undefined {
  const own = (text: string) => (user ? fillOwnIds(text, user) : text);
  const source = own(pattern).replace(
    /\{(\w+)\}|\*|(?<=\/(?:account|extension)s?\/)~(?=\/|$)|[^\w/]/g,
    (text, name: string | undefined) => {
      if (name !== undefined) return `(?<${name}>[^/]+)`;
      if (text === "*") return ".*";
      return text === "~" ? "[^/]+" : `\\${text}`;
    },
  );
  const found = new RegExp(`^${source}$`).exec(own(path));
  if (!found) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, value]) => [name, decode(value)]),
  );
}

function readQuery(queries: Readonly<Record<string, readonly string[]>>): StubCall["query"] {
  return Object.fromEntries(
    Object.entries(queries).map(([name, values]) => [
      name,
      values.length === 1 ? String(values[0]) : values,
    ]),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Throws the Problem for JSON that cannot be parsed (CMN-103) and for a body that is too large (413). */
async function readBody(request: Request, maximumBytes: number): Promise<unknown> {
  const type = mediaType(request.headers);
  if (type === "multipart/form-data") return readForm(request);
  const text = await readText(request, maximumBytes);
  if (text === undefined) throw apiProblem(413, "CMN-104", "Request entity is too large");
  if (text === "") return undefined;
  if (type === "application/x-www-form-urlencoded") {
    return Object.fromEntries(new URLSearchParams(text));
  }
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) return text;
  const value = parseJson(text);
  if (value === undefined) throw apiProblem(400, "CMN-103", "JSON can't be parsed");
  return value;
}

async function readForm(request: Request): Promise<JsonObject> {
  const form = await request.formData().catch(() => {
    throw apiProblem(400, "CMN-104", "Cannot parse request: not a form");
  });
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (typeof value === "string") fields[name] = value;
    else if (value.type.includes("json")) fields[name] = parseJson(await value.text());
    else if (value.type.startsWith("text/")) fields[name] = await value.text();
    else fields[name] = { name: value.name, type: value.type, size: value.size };
  }
  return fields;
}

function respond(answer: unknown, { method, path }: Stub): Response {
  if (answer instanceof Response) return answer;
  check(answerShape, answer, `answer of ${method} ${path}`);
  const { status = 200, body, headers = {} } = answer as StubAnswer;
  if (body === undefined) return new Response(null, { status, headers });
  const isText = typeof body === "string";
  const type = isText ? "text/plain; charset=UTF-8" : "application/json; charset=UTF-8";
  return new Response(bodilessStatuses.has(status) ? null : isText ? body : JSON.stringify(body), {
    status,
    headers: { "Content-Type": type, ...headers },
  });
}

const bodilessStatuses = new Set([204, 205, 304]);

function refuseReserved(path: string): void {
  if (!reserved.test(path)) return;
  throw new RangeError(
    `Invalid stub.path value ${JSON.stringify(path)}: the emulator answers it itself; change its answers with faults.add.`,
  );
}

/** Throws an Error for a path with ambiguous names. */
function checkPattern(path: string): void {
  const names = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  const wrong = names.find(
    (name, index) => !/^[a-z_]\w*$/i.test(name) || names.indexOf(name) !== index,
  );
  if (wrong === undefined) return;
  throw new RangeError(
    `Invalid stub.path value ${JSON.stringify(path)}: {${wrong}} must be a name of its own, of letters and digits.`,
  );
}

const answerFields = {
  status: isCount(200, 599),
  body: anything,
  headers: areHeaders,
} satisfies { readonly [Name in keyof StubAnswer]-?: Rule };

const example = "an object such as { status: 200, body: {} }";
const answerShape = isShape(answerFields, { allowed: example });
const givenShape = isShape(answerFields, { allowed: `a function, or ${example}` });

const isAnswer: Rule = {
  allowed: givenShape.allowed,
  find: (value, name) => (typeof value === "function" ? undefined : givenShape.find(value, name)),
};

const stubShape = isShape(
  {
    method: rule(
      "a method such as POST, or *",
      (value) => typeof value === "string" && /^(?:GET|POST|PUT|PATCH|DELETE|\*)$/i.test(value),
    ),
    path: rule(
      'a path without a query, such as "/restapi/v1.0/account/~/extension/~/sms"',
      (value) => typeof value === "string" && /^[/*][^?#\s]*$/.test(value),
    ),
    answer: isAnswer,
    group: isOneOf("light", "medium", "heavy", "auth"),
  },
  { required: ["method", "path", "answer"] },
);
