import { type Answering, answeringOf, type Body, type Head, type Receiver } from "./answering.ts";

/** The parts of an event that the handler uses: of a function URL, of API Gateway in both formats, and of a load balancer. */
export interface LambdaEvent {
  readonly rawPath?: string;
  readonly path?: string;
  readonly httpMethod?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly http?: { readonly method?: string };
    readonly stage?: string;
    /** Of a load balancer. */
    readonly elb?: unknown;
  };
}

export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * A handler for AWS Lambda: `export const handler = toLambdaHandler(receiver)`. Lambda stops with the answer, so it answers
 * when the receiver's handlers are done, but after two seconds at the latest: RingCentral waits for three.
 */
export function toLambdaHandler(receiver: Receiver): (event: LambdaEvent) => Promise<LambdaResult> {
  return createLambdaHandler(receiver, longestWork);
}

/** With what is left of RingCentral's three seconds the answer has to reach it. */
const longestWork = 2_000;

export function createLambdaHandler(receiver: Receiver, milliseconds: number) {
  const answering = answeringOf(receiver, "toLambdaHandler");
  return async (event: LambdaEvent): Promise<LambdaResult> => {
    if (typeof event !== "object" || event === null || !methodOf(event)) throw noRequest();
    const head = headOf(event);
    const answer =
      answering.answerHead(head) ?? answering.answerBody(head, bodyOf(event, answering));
    const isDone = await within(milliseconds, answering.afterwards(answer));
    if (!isDone)
      void answering.afterwards({ ...answer, after: noMore }, { unsent: tooSlow(milliseconds) });
    const { status, headers, body = "" } = answer;
    return { statusCode: status, headers: { ...headers }, body };
  };
}

const noMore = () => Promise.resolve();

function noRequest(): TypeError {
  return new TypeError(
    "rcwh/receiver: toLambdaHandler takes the events of a function URL, API Gateway or a load balancer.",
  );
}

function tooSlow(milliseconds: number): Error {
  return new Error(
    `A handler was not done after ${milliseconds / 1_000} seconds. Lambda stops once it has answered, so the handler may never finish. ` +
      "Put the event into a queue, and process it in another function",
  );
}

/** Whether the work was done in time. */
async function within(milliseconds: number, work: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const isDone = await Promise.race([work.then(() => true), timeout]);
  clearTimeout(timer);
  return isDone;
}

function methodOf({ requestContext, httpMethod }: LambdaEvent): string | undefined {
  return requestContext?.http?.method ?? httpMethod;
}

function headOf(event: LambdaEvent): Head {
  const headers = headersOf(event);
  const path = event.rawPath ?? event.path ?? "/";
  const stage = `/${event.requestContext?.stage ?? ""}`;
  return {
    method: methodOf(event) ?? "",
    path,
    mountedPath: path.startsWith(`${stage}/`) ? path.slice(stage.length) : path,
    header: (name) => headers.get(name) ?? undefined,
    headers,
  };
}

function headersOf({ headers, multiValueHeaders }: LambdaEvent): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) all.set(name, value);
  }
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    all.delete(name);
    for (const value of values ?? []) all.append(name, value);
  }
  return all;
}

function bodyOf({ body, isBase64Encoded }: LambdaEvent, answering: Answering): Body {
  const text = body ?? "";
  const bytes = isBase64Encoded ? fromBase64(text) : new TextEncoder().encode(text);
  const reader = answering.createBodyReader(String(bytes.length));
  if (!reader?.add(bytes)) return "too-large";
  return { text: reader.end() };
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
