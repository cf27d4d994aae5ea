import type { Clock } from "../machine/clock.ts";
import { parseJson } from "../machine/json.ts";
import { type Redactor, shorten } from "../machine/redact.ts";
import { ApiError, DeadlineError, NetworkError, parseErrorBody } from "./errors.ts";
import type { ExchangeLimits, HttpAnswer, HttpRequest } from "./http.ts";
import type { Operation } from "./operations.ts";
import { type Quota, retryAfterSeconds } from "./quota.ts";
import type { Transport } from "./transport.ts";

const maximumTries = 3;

/** Milliseconds before the second and the third try. */
const pauses = [2000, 4000] as const;

/** What a request that nobody waits for may take, in milliseconds. */
const courtesyTimeout = 5000;

export interface RequestSenderOptions {
  readonly transport: Transport;
  readonly quota: Quota;
  readonly redactor: Redactor;
  /** Somebody else's access token: signing in again cannot replace it. */
  readonly tokenIsBorrowed: boolean;
  /** As in `ErrorFacts`. */
  readonly credentialsIn?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds, one request. */
  readonly timeout: number;
  /** Milliseconds since the epoch, the whole run. May move, so it is read anew each time. */
  readonly deadlineAt: number;
  readonly progress: ((line: string) => void) | undefined;
  readonly trace: ((line: string) => void) | undefined;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** Sends one operation's request until there is an answer that counts. */
export interface RequestSender {
  /**
   * Resolves to a 2xx with JSON, or with nothing where nothing is due. Throws `ApiError`, `NetworkError`, `DeadlineError`,
   * or the signal's reason.
   */
  send(operation: Operation, request: HttpRequest): Promise<HttpAnswer>;
  /**
   * One try without waiting, for tidying up: neither the run's deadline nor its signal holds, and a
   * request that the quota would delay is not sent at all.
   */
  sendAsCourtesy(operation: Operation, request: HttpRequest): Promise<HttpAnswer>;
}

interface Exchanged {
  readonly answer: HttpAnswer;
  /** Seconds that RingCentral wants to hear nothing. */
  readonly silence: number | undefined;
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
        try {
          const { answer, silence } = await exchange(operation, request);
          if (succeeded(answer)) return answer;
          if (lost && operation.method === "DELETE" && answer.status === 404) {
            // The lost try has deleted it, so it is gone as wished.
            return { ...answer, status: 204, body: "" };
          }
          failure = refusal(operation, answer, silence);
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          failure = error;
        }
        if (tries === maximumTries || !mayRepeat(operation, failure)) throw failure;
        lost ||= failure.maybeProcessed;
        await pauseBefore(tries, failure);
      }
    },

    async sendAsCourtesy(operation, request) {
      if ((await quota.reserve(operation)) > clock.now())
        throw new DeadlineError(operation.attempt);
      const limits = {
        attempt: operation.attempt,
        timeout: Math.min(timeout, courtesyTimeout),
        endsWithRun: false,
        signal: undefined,
      };
      const { answer, silence } = await exchangeCounted(operation, request, limits);
      if (!succeeded(answer)) throw refusal(operation, answer, silence);
      return answer;
    },
  };

  async function waitForQuota(operation: Operation, failure: Error | undefined): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = clock.now();
      if (now >= options.deadlineAt) throw failure ?? new DeadlineError(operation.attempt);
      const milliseconds = (await quota.reserve(operation)) - now;
      if (milliseconds <= 0) return;
      const seconds = Math.ceil(milliseconds / 1000);
      if (now + milliseconds > options.deadlineAt) {
        throw failure ?? new DeadlineError(operation.attempt, seconds);
      }
      progress?.(`Waiting ${seconds} s: RingCentral's rate limit.`);
      await clock.sleep(milliseconds, signal);
    }
  }

  async function exchange(operation: Operation, request: HttpRequest): Promise<Exchanged> {
    const remaining = options.deadlineAt - clock.now();
    const limits = {
      attempt: operation.attempt,
      timeout: Math.min(timeout, remaining),
      endsWithRun: remaining < timeout,
      signal,
    };
    const exchanged = await exchangeCounted(operation, request, limits);
    const { answer } = exchanged;
    if (!succeeded(answer)) return exchanged;
    const empty = answer.body.trim() === "";
    if (empty ? operation.expectsJson : parseJson(answer.body) === undefined) {
      const what = empty ? "empty" : "not JSON";
      throw new NetworkError(operation.attempt, `the answer (HTTP ${answer.status}) is ${what}`, {
        maybeProcessed: true,
        hint: "Check that no proxy or login page stands between; `--debug` shows the answer.",
      });
    }
    return exchanged;
  }

  /** The quota hears of every request that it let go. */
  async function exchangeCounted(
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
    return { answer, silence: await quota.observe(operation, sentAt, status, headers) };
  }

  function refusal(
    operation: Operation,
    answer: HttpAnswer,
    silence: number | undefined,
  ): ApiError {
    const { status, headers, body } = answer;
    const parsed = parseErrorBody(body, redactor);
    const requestId = headers["rcrequestid"];
    return new ApiError({
      ...parsed,
      message: parsed.message ?? (redactor.text(shorten(answer.statusText, 100)) || undefined),
      operation,
      status,
      tokenIsBorrowed: options.tokenIsBorrowed,
      credentialsIn: options.credentialsIn,
      requestId: requestId && shorten(redactor.text(requestId), 100),
      retryAfter: silence ?? retryAfterSeconds(headers, clock.now()),
    });
  }

  async function pauseBefore(tries: number, failure: ApiError | NetworkError): Promise<void> {
    // After a 429 the quota knows how long the silence is.
    if (failure instanceof ApiError && failure.status === 429) return;
    const jittered = (pauses[tries - 1] ?? 0) * (1 - options.random() / 4);
    const asked = failure instanceof ApiError ? (failure.retryAfter ?? 0) * 1000 : 0;
    const milliseconds = Math.max(jittered, asked);
    if (clock.now() + milliseconds > options.deadlineAt) throw failure;
    progress?.(`Trying again in ${Math.ceil(milliseconds / 1000)} s: ${failure.message}`);
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

/** The table of what may be sent again. 401 is not here: it takes a new login first. */
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

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join(" ");
}
