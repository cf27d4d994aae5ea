import { membersOf, parseJson } from "../machine/json.ts";
import { type BodyReader, createBodyReader } from "./body-reader.ts";
import { createOncePerId } from "./dedupe.ts";
import { namesOfEvent, type ReceivedDelivery, type RingCentralEvent } from "./events.ts";
import type { ReceiverContext, ReceiverOptions, RejectionKind } from "./options.ts";

/** A request without its body. */
export interface Head {
  readonly method: string;
  /** The path without the query, as received. */
  readonly path: string;
  /** The path that is left where a router has removed the path that it is mounted at. */
  readonly mountedPath?: string | undefined;
  header(name: string): string | undefined;
  readonly headers: Headers;
  /** Name, value, name, value, as received; undefined if the runtime does not provide them. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** A body as text, or why there is none. */
export type Body = { readonly text: string } | "too-large" | "broken-off" | "already-read";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Only to explain a mistake: any other answer has none. */
  readonly body?: string;
  /** Whether the request is for another path. */
  readonly isElsewhere?: boolean;
  /** Work that `afterwards` does. Never throws. */
  readonly after?: () => Promise<void>;
}

/** The receiver without a server. Adapters ask it for answers. */
export interface Answering {
  /** The answer, if it does not depend on the body. */
  answerHead(head: Head): Answer | undefined;
  answerBody(head: Head, body: Body): Answer;
  /** Undefined if Content-Length exceeds the limit. */
  createBodyReader(contentLength: string | undefined): BodyReader | undefined;
  /**
   * Does an answer's work in a later turn of the event loop, when the answer is on its way. `unsent` is reported: the
   * reason why it could not be sent. Never throws.
   */
  afterwards(
    answer: Answer,
    context?: ReceiverContext & { readonly unsent?: Error; readonly later?: Later },
  ): Promise<void>;
  /** Resolves when no answer's work is left. */
  idle(): Promise<void>;
}

/** Calls back in a later turn of the event loop. */
export type Later = (work: () => void) => unknown;

export function createAnswering(options: ReceiverOptions): Answering {
  const { rejectStatus = 200, maximumBytes = defaultMaximumBytes } = options;
  const path = options.path === undefined ? undefined : withoutSlash(options.path);
  const tokens = acceptTokens(options.verificationToken);
  const reports = createReports(options);
  const handle = createHandling(options, reports);
  const work = createWork(options, reports);

  return {
    ...work,
    answerHead(head) {
      if (path !== undefined && !pathsOf(head).some((each) => withoutSlash(each) === path)) {
        return { ...bare(404), isElsewhere: true };
      }
      if (head.method !== "POST") return { status: 405, headers: { ...json, Allow: "POST" } };
      return answerHandshake(head, reports) ?? refuseToken(head, tokens, rejectStatus, reports);
    },
    answerBody(head, body) {
      if (body === "too-large") {
        return reports.rejected("too-large", `The body is larger than ${maximumBytes} bytes`);
      }
      if (body === "broken-off") return reports.rejected("broken-off", "The body was cut off");
      if (body === "already-read") return refuseWithoutBody(reports);
      return handle(head, body.text);
    },
    createBodyReader: createBodyReader(maximumBytes),
  };
}

/** As it was when this module was loaded: a test's fake timers would keep every handler from running. */
const timer = setTimeout;
const timeout: Later = (work) => timer(work, 0);

/** Work after answers, and what waits for it. */
function createWork(
  options: ReceiverOptions,
  reports: Reports,
): Pick<Answering, "afterwards" | "idle"> {
  let running = 0;
  const waiting: (() => void)[] = [];

  const begin = async (after: (() => Promise<void>) | undefined, unsent: Error | undefined) => {
    if (unsent) await reports.failed(unsent);
    await after?.();
    running -= 1;
    if (running === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    afterwards({ after }, context) {
      const { unsent, later = timeout } = context ?? {};
      if (!after && !unsent) return Promise.resolve();
      running += 1;
      const work = new Promise<void>((resolve) => later(() => resolve(begin(after, unsent))));
      try {
        if (context?.waitUntil) context.waitUntil(work);
        else options.waitUntil?.(work);
      } catch (error) {
        return reports.failed(error).then(() => work);
      }
      return work;
    },
    idle: () =>
      running === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve)),
  };
}

/** The paths that a request is for: as received, as a router passes it on, and before a proxy removed a prefix. */
function pathsOf(head: Head): readonly string[] {
  const { path, mountedPath = path } = head;
  const prefix = head.header("x-forwarded-prefix");
  return prefix ? [path, mountedPath, withoutSlash(prefix) + path] : [path, mountedPath];
}

function withoutSlash(path: string): string {
  return path.endsWith("/") && path.length > 1 ? path.slice(0, -1) : path;
}

/** Far larger than any event that RingCentral documents. */
const defaultMaximumBytes = 1024 * 1024;

/** RingCentral wants a JSON content type even without a body. */
const json = { "Content-Type": "application/json", "Content-Length": "0" } as const;

function bare(status: number, after?: Answer["after"]): Answer {
  return { status, headers: json, ...(after && { after }) };
}

/**
 * Not 200: every event would be lost without a trace. RingCentral's test of the endpoint does not need a body, so the
 * first event is what shows the mistake.
 */
function refuseWithoutBody(reports: Reports): Answer {
  const reason =
    "The body was already read before it reached the receiver: put the receiver before any body parser, or " +
    "use its adapter for the framework";
  const body = JSON.stringify({ error: `rcwh/receiver: ${reason}.` });
  const headers = { ...json, "Content-Length": String(body.length) };
  return { ...reports.rejected("already-read", reason, 500), headers, body };
}

/** Calls the user's callbacks, after the answer. Nothing they throw escapes. */
interface Reports {
  handshake(): Promise<void>;
  /** Answers, and reports why the delivery is dropped. */
  rejected(kind: RejectionKind, reason: string, status?: number): Answer;
  dropped(kind: RejectionKind, reason: string): Promise<void>;
  failed(error: unknown, event?: RingCentralEvent): Promise<void>;
}

function createReports(options: ReceiverOptions): Reports {
  const { onHandshake, onRejected = warn, onError = complain } = options;
  const fail = async (error: unknown, event?: RingCentralEvent) => {
    try {
      await onError(error, event);
    } catch (another) {
      complain(another);
    }
  };
  const attempt = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      await fail(error);
    }
  };
  const dropped = (kind: RejectionKind, reason: string) => attempt(() => onRejected(reason, kind));
  return {
    handshake: () => attempt(() => onHandshake?.()),
    dropped,
    rejected: (kind, reason, status = 200) => bare(status, () => dropped(kind, reason)),
    failed: fail,
  };
}

const warn = (reason: string, kind: RejectionKind) => {
  // The option `dedupe` asks for it, so it needs no warning.
  if (kind === "duplicate") return;
  // biome-ignore lint/suspicious/noConsole: the last resort of a library.
  console.warn(`rcwh/receiver: ${reason}.`);
};
const complain = (error: unknown) => {
  // biome-ignore lint/suspicious/noConsole: the last resort of a library.
  console.error("rcwh/receiver: A handler failed:", error);
};

/** A whole answer may have 1024 bytes, some of which servers and proxies need for their own headers. */
const longestValidationToken = 512;

function answerHandshake(head: Head, reports: Reports): Answer | undefined {
  const token = head.header("validation-token");
  if (!token) return undefined;
  if (token.length > longestValidationToken || !/^[\x20-\x7e]+$/.test(token)) {
    const reason = `The Validation-Token exceeds ${longestValidationToken} characters or has unusual ones`;
    return reports.rejected("validation-token", reason);
  }
  return {
    status: 200,
    headers: { ...json, "Validation-Token": token },
    after: reports.handshake,
  };
}

function refuseToken(
  head: Head,
  tokens: AcceptedTokens,
  status: number,
  reports: Reports,
): Answer | undefined {
  if (tokens.accept(head.header("verification-token"))) return undefined;
  const reason = "The verification token does not match";
  return reports.rejected("verification-token", reason, status);
}

interface AcceptedTokens {
  accept(token: string | undefined): boolean;
}

/** Accepts the given tokens, in constant time; everything if there are none. */
export function acceptTokens(tokens: string | readonly string[] | undefined): AcceptedTokens {
  if (tokens === undefined) return { accept: () => true };
  const accepted = typeof tokens === "string" ? [tokens] : tokens;
  return {
    accept(token) {
      if (!token) return false;
      // Compares with every token, so that the time does not tell which one matched.
      return accepted.filter((one) => isSame(one, token)).length > 0;
    },
  };
}

/** Takes as long as `given` is, whatever it shares with `accepted`. Not node:crypto, which not every runtime has. */
function isSame(accepted: string, given: string): boolean {
  let difference = accepted.length ^ given.length;
  for (let at = 0; at < given.length; at += 1) {
    difference |= accepted.charCodeAt(at % accepted.length) ^ given.charCodeAt(at);
  }
  return difference === 0;
}

/** More than handlers that keep up ever leave waiting, but few enough to fit into memory. */
const defaultMaximumPending = 10_000;

function createHandling(options: ReceiverOptions, reports: Reports) {
  const { onEvent, on = {}, maximumPending = defaultMaximumPending } = options;
  const handlers = new Map<string, Handler | undefined>(Object.entries(on));
  let pending = 0;

  const handlerOf = (event: RingCentralEvent) => {
    if (handlers.size === 0) return undefined;
    const name = namesOfEvent(event).find((one) => handlers.has(one));
    return handlers.get(name ?? "*") ?? handlers.get("*");
  };
  /** Whether no handler failed. */
  const handle = async (event: RingCentralEvent, delivery: ReceivedDelivery) => {
    let succeeded = true;
    for (const each of [onEvent, handlerOf(event)]) {
      try {
        // The handler's name determines the type of the body.
        await each?.(event as RingCentralEvent<never>, delivery);
      } catch (error) {
        succeeded = false;
        await reports.failed(error, event);
      }
    }
    return succeeded;
  };
  const handleOnce = createOnce(options.dedupe, reports);

  return (head: Head, body: string): Answer => {
    const event = parseJson(body);
    if (event === undefined) return reports.rejected("not-json", "The body is not JSON");
    if (!isEvent(event)) return reports.rejected("no-event", "The body is not an event");
    if (pending >= maximumPending) {
      const reason = `${maximumPending} events are still being handled`;
      return reports.rejected("too-many", reason);
    }
    pending += 1;
    return bare(200, async () => {
      await handleOnce(event, () => handle(event, new Delivery(head, body)));
      pending -= 1;
    });
  };
}

/**
 * An event is the same if its filter is, too: what one change looks like for another filter is not lost. A number is no
 * id: uuids of 19 digits are beyond its precision.
 */
function createOnce(dedupe: ReceiverOptions["dedupe"], reports: Reports) {
  const once = dedupe
    ? createOncePerId(dedupe === true ? {} : dedupe, () => performance.now())
    : undefined;
  return async ({ uuid, event }: RingCentralEvent, work: () => Promise<boolean>) => {
    if (!once || typeof uuid !== "string" || uuid === "") return void (await work());
    const isFirst = await once(JSON.stringify([uuid, event]), work);
    if (!isFirst) await reports.dropped("duplicate", "The event was delivered before");
  };
}

type Handler = (event: RingCentralEvent<never>, delivery: ReceivedDelivery) => unknown;

function isEvent(value: unknown): value is RingCentralEvent {
  return typeof membersOf(value)["event"] === "string";
}

/**
 * Creates headers on demand: few handlers need them, and they cost as much time as everything else. All deliveries
 * share these functions: V8 would make a hidden class for each object with its own, and each would keep its request in memory.
 */
class Delivery implements ReceivedDelivery {
  readonly body: string;
  declare readonly headers: Headers;
  declare readonly rawHeaders: readonly string[] | undefined;
  readonly #head: Head;

  constructor(head: Head, body: string) {
    this.body = body;
    this.#head = head;
    Object.defineProperties(this, Delivery.#parts);
  }

  static readonly #parts: PropertyDescriptorMap & ThisType<Delivery> = {
    headers: {
      enumerable: true,
      get() {
        return this.#head.headers;
      },
    },
    rawHeaders: {
      enumerable: true,
      get() {
        return this.#head.rawHeaders;
      },
    },
  };
}

/** Throws TypeError for anything but a receiver, such as its options. */
export function answeringOf(receiver: Receiver, adapter: string): Answering {
  const { answering } = Object(receiver) as Partial<Receiver>;
  if (answering) return answering;
  throw new TypeError(
    `rcwh/receiver: ${adapter} takes a receiver: write ${adapter}(createReceiver({ on: … })).`,
  );
}

export interface Receiver {
  (request: Request, context?: ReceiverContext): Promise<Response>;
  /** Resolves when every handler of the deliveries answered so far is done: for tests, and before the process ends. */
  idle(): Promise<void>;
  /** Used by the adapters; internal. */
  readonly answering: Answering;
}
