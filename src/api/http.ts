/** A request to the one server that a client talks to. */
export interface HttpRequest {
  readonly method: string;
  /** From `/`. Addresses of other origins are refused: the request carries credentials. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Headers of an answer, their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** A whole answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: AnswerHeaders;
  readonly body: string;
}

/** A 2xx whose body was parsed. */
export interface JsonAnswer extends HttpAnswer {
  /** Undefined for an empty body. */
  readonly json: unknown;
}

export interface ExchangeLimits {
  /** For messages: what the request is for, as an infinitive. */
  readonly attempt: string;
  /** Milliseconds for all of it, from the name's resolution to the body's last byte. */
  readonly timeout: number;
  /** Whether `timeout` is the rest of the run's deadline rather than the limit for each request. */
  readonly endsWithRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/** HTTP to one server, without retries or redirects. */
export interface Transport {
  /**
   * Resolves with the whole answer, whatever its status. Throws `NetworkError` without one, or the signal's reason.
   */
  exchange(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer>;
  /** Drops idle connections, so that the process can end at once. */
  close(): void;
}

/** More than a list of thousands of subscriptions with hundreds of filters has. */
export const maximumBytes = 64 * 1024 * 1024;

/** The longest timer of most runtimes, milliseconds. */
export const maximumTimeout = 2 ** 31 - 1;
