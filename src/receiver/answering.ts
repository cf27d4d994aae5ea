import { membersOf, parseJson } from "../machine/json.ts";
import { type AcceptedTokens, acceptTokens } from "./accepted-tokens.ts";
import { type BodyReader, createBodyReader } from "./body-reader.ts";
import type { ReceivedDelivery } from "./events.ts";
import { nameOfEvent, type RingCentralEvent } from "./events.ts";
import type { ReceiverContext, ReceiverOptions, RejectionKind } from "./options.ts";

/** A request but for its body. */
export interface Head {
  readonly method: string;
  /** The path alone, as it came. */
  readonly path: string;
  header(name: string): string | undefined;
  /** All of them; only asked for by those who want to know. */
  readonly headers: Headers;
  /** Name, value, name, value, as they were written; undefined where a runtime does not tell. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** Its body as text, or why there is none. */
export type Body = { readonly text: string } | "too-large" | "broken-off";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What is to be done once the answer has left. Never throws. */
  readonly after?: () => Promise<void>;
}

/** The receiver without a server: every adapter asks it what to answer, and does so. */
export interface Answering {
  /** The answer to a request that is no event, whatever its body is. */
  answerHead(head: Head): Answer | undefined;
  answerBody(head: Head, body: Body): Answer;
  /** Undefined where the body says itself that it is too large. */
  createBodyReader(contentLength: string | undefined): BodyReader | undefined;
}

export function createAnswering(options: ReceiverOptions): Answering {
  const { rejectStatus = 200, maximumBytes = defaultMaximumBytes } = options;
  const path = options.path === undefined ? undefined : withoutSlash(options.path);
  const tokens = acceptTokens(options.verificationToken);
  const reports = createReports(options);
  const handle = createHandling(options, reports);

  return {
    answerHead(head) {
      if (path !== undefined && withoutSlash(head.path) !== path) return bare(404);
      if (head.method !== "POST") return { status: 405, headers: { ...json, Allow: "POST" } };
      return answerHandshake(head, reports) ?? refuseToken(head, tokens, rejectStatus, reports);
    },
    answerBody(head, body) {
      if (body === "too-large") {
        return reports.rejected("too-large", `The body is larger than ${maximumBytes} bytes`);
      }
      if (body === "broken-off") return reports.rejected("broken-off", "The body broke off");
      return handle(head, body.text);
    },
    createBodyReader: createBodyReader(maximumBytes),
  };
}

/** Addresses are registered with a slash at their end and without one. */
function withoutSlash(path: string): string {
  return path.endsWith("/") && path.length > 1 ? path.slice(0, -1) : path;
}

/** Far above any event that RingCentral documents. */
const defaultMaximumBytes = 1024 * 1024;

/** The platform wants a JSON content type, also where there is no body. */
const json = { "Content-Type": "application/json", "Content-Length": "0" } as const;

function bare(status: number, after?: Answer["after"]): Answer {
  return { status, headers: json, ...(after && { after }) };
}

/** What the user is told; it all happens after the answer, and nothing that it throws gets out. */
interface Reports {
  handshake(): Promise<void>;
  /** Answers 200, or otherwise, and says why nothing else is done. */
  rejected(kind: RejectionKind, reason: string, status?: number): Answer;
  failed(error: unknown, event: RingCentralEvent): Promise<void>;
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
  return {
    handshake: () => attempt(() => onHandshake?.()),
    rejected: (kind, reason, status = 200) =>
      bare(status, () => attempt(() => onRejected(reason, kind))),
    failed: fail,
  };
}

// Who gives no handler for these would never learn of them otherwise.
const warn = (reason: string) => {
  // biome-ignore lint/suspicious/noConsole: the last resort of a library.
  console.warn(`rcwh/receiver: ${reason}.`);
};
const complain = (error: unknown) => {
  // biome-ignore lint/suspicious/noConsole: the last resort of a library.
  console.error("rcwh/receiver: A handler failed:", error);
};

/** All of an answer may have 1024 bytes, of which servers and proxies want some for headers of their own. */
const longestValidationToken = 512;

function answerHandshake(head: Head, reports: Reports): Answer | undefined {
  const token = head.header("validation-token");
  if (!token) return undefined;
  if (token.length > longestValidationToken || !/^[\x20-\x7e]+$/.test(token)) {
    const reason = `A Validation-Token is longer than ${longestValidationToken} characters, or has strange ones`;
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

/** Far more than handlers that keep up ever leave waiting, and little enough to fit into memory. */
const defaultMaximumPending = 10_000;

function createHandling(options: ReceiverOptions, reports: Reports) {
  const { onEvent, on = {}, maximumPending = defaultMaximumPending } = options;
  const handlers = new Map<string, Handler | undefined>(Object.entries(on));
  let pending = 0;

  const handlerOf = (event: RingCentralEvent) =>
    handlers.size === 0
      ? undefined
      : (handlers.get(nameOfEvent(event) ?? "*") ?? handlers.get("*"));
  const handle = async (event: RingCentralEvent, delivery: ReceivedDelivery) => {
    for (const each of [onEvent, handlerOf(event)]) {
      try {
        // The name says what its body is.
        await each?.(event as RingCentralEvent<never>, delivery);
      } catch (error) {
        await reports.failed(error, event);
      }
    }
  };

  return (head: Head, body: string): Answer => {
    const event = parseJson(body);
    if (event === undefined) return reports.rejected("not-json", "The body is not JSON");
    if (!isEvent(event)) return reports.rejected("no-event", "The body is no event");
    if (pending >= maximumPending) {
      const reason = `${maximumPending} events are still being handled`;
      return reports.rejected("too-many", reason);
    }
    pending += 1;
    return bare(200, async () => {
      await handle(event, deliveryOf(head, body));
      pending -= 1;
    });
  };
}

type Handler = (event: RingCentralEvent<never>, delivery: ReceivedDelivery) => unknown;

function isEvent(value: unknown): value is RingCentralEvent {
  return typeof membersOf(value)["event"] === "string";
}

/** Few handlers look at headers, and making them costs as much as all the rest. */
function deliveryOf(head: Head, body: string): ReceivedDelivery {
  return {
    body,
    get headers() {
      return head.headers;
    },
    get rawHeaders() {
      return head.rawHeaders;
    },
  };
}

export interface Receiver {
  (request: Request, context?: ReceiverContext): Promise<Response>;
  /** What the adapters are made of; not for use by others. */
  readonly answering: Answering;
}
