import type { AnswerHeaders } from "./quota.ts";

export interface HttpRequest {
  readonly method: string;
  /** From `/`. Addresses of other origins are refused: the request carries credentials. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: AnswerHeaders;
  readonly body: string;
}

export interface ExchangeLimits {
  /** For messages: what the request is for, as an infinitive. */
  readonly attempt: string;
  /** Milliseconds for all of it, from the name's resolution to the body's last byte. */
  readonly timeout: number;
  /** Whether `timeout` is what the run's deadline leaves, and not the one for each request. */
  readonly endsWithRun: boolean;
  readonly signal: AbortSignal | undefined;
}
