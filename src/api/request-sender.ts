import type { Clock } from "../machine/clock.ts";
import { isTooDeep, parseJson } from "../machine/json.ts";
import { type Redactor, shorten } from "../machine/redact.ts";
import { formatWait } from "../subscriptions/lifetime.ts";
import {
  ApiError,
  type ApiErrorOptions,
  DeadlineError,
  NetworkError,
  parseErrorBody,
} from "./errors.ts";
import type { ExchangeLimits, HttpAnswer, HttpRequest, JsonAnswer, Transport } from "./http.ts";
import type { Operation } from "./operations.ts";
import { type Quota, retryAfterSeconds } from "./quota.ts";

const maximumTries = 3;

/** Milliseconds before the second and the third try. */
const pauses = [2000, 4000] as const;

/** Milliseconds that `sendOnce` may take. */
const sendOnceTimeout = 5000;

/** What is known of a refused request. */
export type Refusal = Omit<ApiErrorOptions, "hint">;

export interface RequestSenderOptions {
  readonly transport: Transport;
  readonly quota: Quota;
  readonly redactor: Redactor;
  /** What to do about a refusal; none unless given. */
  readonly hintFor?: ((refusal: Refusal) => Promise<string | undefined>) | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds, one request. */
  readonly timeout: number;
  /** Milliseconds since the epoch, the whole run. May move, so it is read each time. */
  readonly deadlineAt: () => number;
  /** As in `ClientOptions`. */
  readonly mayAct?: (() => void) | undefined;
  readonly progress: ((line: string) => void) | undefined;
  readonly trace: ((line: string) => void) | undefined;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** Sends requests within the quota, and again where that may help. */
export interface RequestSender {
  /**
   * Resolves to a 2xx with JSON, or to an empty one where the operation allows that. Throws `ApiError`,
   * `NetworkError`, `DeadlineError`, or the signal's reason.
   */
  send(operation: Operation, request: HttpRequest): Promise<JsonAnswer>;
  /**
   * One try without waiting, for cleaning up: ignores the run's deadline and its signal, and throws
   * `DeadlineError` at once where the quota would delay the request.
   */
  sendOnce(operation: Operation, request: HttpRequest): Promise<JsonAnswer>;
}

interface Exchanged {
  readonly answer: HttpAnswer;
  /** Seconds that RingCentral asks to wait, after a 429. */
  readonly retryPause: number | undefined;
}

export function createRequestSender(options: RequestSenderOptions): RequestSender {
  const { transport, quota, redactor, clock, signal, timeout, progress } = options;

  return {
    async send(operation, request) {
      let failure: ApiError | NetworkError | undefined;
      /** An earlier try may have been processed although its answer was lost. */
      let lost = false;
      for (let tries = 1; ; tries += 1) {
        await waitForQuota(operation, failure);
        if (operation.method !== "GET") options.mayAct?.();
        try {
          const { answer, retryPause } = await exchange(operation, request, runLimits(operation));
          if (succeeded(answer)) return parseAnswer(operation, answer);
          if (lost && operation.method === "DELETE" && answer.status === 404) {
            // The lost try has deleted it.
            return { ...answer, status: 204, body: "", json: undefined };
          }
          failure = await refusal(operation, answer, retryPause);
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          failure = error;
        }
        if (tries === maximumTries || !mayRepeat(operation, failure)) throw failure;
        lost ||= failure.maybeProcessed;
        await pauseBefore(tries, failure);
      }
    },

    async sendOnce(operation, request) {
      const isDelayed = (await quota.reserve(operation)) > clock.now();
      if (isDelayed) throw new DeadlineError(operation.attempt);
      const limits = {
        attempt: operation.attempt,
        timeout: Math.min(timeout, sendOnceTimeout),
        endsWithRun: false,
        signal: undefined,
      };
      const { answer, retryPause } = await exchange(operation, request, limits);
      if (!succeeded(answer)) throw await refusal(operation, answer, retryPause);
      return parseAnswer(operation, answer);
    },
  };

  async function waitForQuota(operation: Operation, failure: Error | undefined): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = clock.now();
      if (now >= options.deadlineAt()) throw failure ?? new DeadlineError(operation.attempt);
      const milliseconds = (await quota.reserve(operation)) - now;
      if (milliseconds <= 0) {
        if (clock.now() < options.deadlineAt()) return;
        // The store that counts requests took the rest of the time.
        continue;
      }
      const seconds = Math.ceil(milliseconds / 1000);
      if (now + milliseconds > options.deadlineAt()) {
        throw failure ?? new DeadlineError(operation.attempt, seconds);
      }
      progress?.(`Waiting ${formatWait(seconds)}: RingCentral's rate limit.`);
      await clock.sleep(milliseconds, signal);
    }
  }

  function runLimits({ attempt }: Operation): ExchangeLimits {
    const remaining = options.deadlineAt() - clock.now();
    return {
      attempt,
      timeout: Math.min(timeout, remaining),
      endsWithRun: remaining < timeout,
      signal,
    };
  }

  /** Reports the outcome of the request to the quota. */
  async function exchange(
    operation: Operation,
    request: HttpRequest,
    limits: ExchangeLimits,
  ): Promise<Exchanged> {
    const sentAt = clock.now();
    let answer: HttpAnswer;
    try {
      answer = await traced(request, () => transport.exchange(request, limits));
    } catch (error) {
      const mayHaveArrived = !(error instanceof NetworkError) || error.maybeProcessed;
      await quota.miss(operation, sentAt, mayHaveArrived);
      throw error;
    }
    const { status, headers } = answer;
    return { answer, retryPause: await quota.observe(operation, sentAt, status, headers) };
  }

  async function refusal(
    operation: Operation,
    answer: HttpAnswer,
    retryPause: number | undefined,
  ): Promise<ApiError> {
    const { status, headers, body } = answer;
    const parsed = parseErrorBody(body, redactor);
    const requestId = headers["rcrequestid"];
    const refused: Refusal = {
      ...parsed,
      message: parsed.message ?? (shorten(redactor.text(answer.statusText), 100) || undefined),
      operation,
      status,
      requestId: requestId && shorten(redactor.text(requestId), 100),
      retryAfter: retryPause ?? retryAfterSeconds(headers, clock.now()),
    };
    return new ApiError({ ...refused, hint: await options.hintFor?.(refused) });
  }

  async function pauseBefore(tries: number, failure: ApiError | NetworkError): Promise<void> {
    // After a 429 the quota knows how long the retryPause is.
    if (failure instanceof ApiError && failure.status === 429) return;
    const jittered = (pauses[tries - 1] ?? 0) * (1 - options.random() / 4);
    const asked = failure instanceof ApiError ? (failure.retryAfter ?? 0) * 1000 : 0;
    const milliseconds = Math.max(jittered, asked);
    if (clock.now() + milliseconds > options.deadlineAt()) throw failure;
    progress?.(`Trying again in ${formatWait(Math.ceil(milliseconds / 1000))}: ${failure.message}`);
    await clock.sleep(milliseconds, signal);
  }

  async function traced(
    { method, path, body }: HttpRequest,
    exchangeOnce: () => Promise<HttpAnswer>,
  ): Promise<HttpAnswer> {
    const { trace } = options;
    if (!trace) return exchangeOnce();
    trace(joined("→", method, redactor.text(path), body && bodyLine(body)));
    const startedAt = clock.now();
    try {
      const { status, headers, ...answer } = await exchangeOnce();
      const requestId = headers["rcrequestid"];
      trace(
        joined(
          `← ${status} in ${clock.now() - startedAt} ms`,
          requestId && `RCRequestId=${shorten(redactor.text(requestId), 100)}`,
          answer.body && bodyLine(answer.body),
        ),
      );
      return { status, headers, ...answer };
    } catch (error) {
      trace(`← ${error instanceof Error ? redactor.text(error.message) : "no answer"}`);
      throw error;
    }
  }

  function bodyLine(body: string): string {
    return shorten(redactor.body(body), 2000);
  }
}

/** Whether a request may be sent again unchanged; a 401 requires a new login first. */
function mayRepeat(operation: Operation, failure: ApiError | NetworkError): boolean {
  if (failure instanceof NetworkError) {
    if (failure.code === "CERTIFICATE" || failure.code === "PROXY") return false;
    return operation.repeatable || !failure.maybeProcessed;
  }
  if (failure.status === 429) return true;
  if (operation.signsIn) return failure.status === 503 && failure.retryAfter !== undefined;
  return operation.repeatable && failure.status >= 500;
}

function succeeded({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** A broken proxy, or a hotel's login page, may answer 2xx instead of RingCentral. */
function parseAnswer({ attempt, expectsJson }: Operation, answer: HttpAnswer): JsonAnswer {
  const isEmpty = answer.body.trim() === "";
  const json = isEmpty ? undefined : parseJson(answer.body);
  if (json === undefined && (expectsJson || !isEmpty)) {
    const what = isEmpty ? "empty" : isTooDeep(answer.body) ? "nested too deeply" : "not JSON";
    throw new NetworkError(attempt, `the answer (HTTP ${answer.status}) is ${what}`, {
      maybeProcessed: true,
      hint: "Check whether a proxy or a login page intercepts requests; `--debug` shows the answer.",
    });
  }
  return { ...answer, json };
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join(" ");
}
