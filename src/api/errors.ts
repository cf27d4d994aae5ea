import { CliError, ExitCode } from "../errors.ts";
import { elementsOf, membersOf, parseJson } from "../machine/json.ts";
import { type Redactor, shorten } from "../machine/redact.ts";
import { formatWait } from "../subscriptions/lifetime.ts";
import { exitCodeFor } from "./exit-code-for.ts";
import type { Operation } from "./operations.ts";

/** What RingCentral says in the body of a refusal, whichever of its envelopes it uses. */
export interface ApiErrorBody {
  /** Such as `SUB-505`, or an OAuth word such as `invalid_client`; undefined if the server gave none. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** The scope or user permission that is missing. */
  readonly permissionName: string | undefined;
  /** The field that is refused, such as `deliveryMode.address`. */
  readonly parameterName: string | undefined;
}

export interface ApiErrorOptions extends ApiErrorBody {
  readonly operation: Operation;
  readonly status: number;
  readonly requestId: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** For people. */
  readonly hint?: string | undefined;
}

/** RingCentral refused a request, or failed to process it. */
export class ApiError extends CliError {
  override readonly name = "ApiError";
  readonly status: number;
  /** `RCRequestId`, which RingCentral's support asks for. */
  readonly requestId: string | undefined;
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | undefined;
  readonly permissionName: string | undefined;
  readonly parameterName: string | undefined;
  /** A 5xx may come from a gateway although the request was processed behind it. */
  readonly maybeProcessed: boolean;
  /** Whether it refused the sign-in that another request needed. */
  readonly isOfSignIn: boolean;
  /** Results of checking a refused endpoint from here: rows as `rcwh check` prints them. */
  checks?: readonly object[];

  constructor(options: ApiErrorOptions) {
    const { operation, status, code, message } = options;
    const verb = status >= 500 ? "could not" : "refused to";
    super(
      `RingCentral ${verb} ${operation.attempt}: ${message ?? "no explanation"} (${code ?? `HTTP ${status}`})`,
      {
        exitCode: exitCodeFor(operation, status, code),
        code: code ?? `HTTP_${status}`,
        hint: options.hint,
      },
    );
    this.status = status;
    this.requestId = options.requestId;
    this.retryAfter = options.retryAfter;
    this.permissionName = options.permissionName;
    this.parameterName = options.parameterName;
    this.maybeProcessed = status >= 500;
    this.isOfSignIn = operation.name === "sign in";
  }
}

/** The rows about a refused endpoint, also where the refusal is the cause of another error. */
export function checksOf(error: unknown): readonly object[] | undefined {
  if (error instanceof ApiError) return error.checks;
  return error instanceof CliError ? checksOf(error.cause) : undefined;
}

export interface NetworkErrorOptions extends ErrorOptions {
  /** `NETWORK` by default; else `TIMEOUT`, `CERTIFICATE`, `PROXY` or `DEADLINE`. */
  readonly code?: string;
  readonly hint?: string;
  /** Whether the request was on its way, so that the server may have processed it. */
  readonly maybeProcessed?: boolean;
}

/** RingCentral never answered, or its answer never arrived whole: DNS, refused connection, TLS, timeout, cut-off. */
export class NetworkError extends CliError {
  override readonly name = "NetworkError";
  readonly maybeProcessed: boolean;

  constructor(attempt: string, reason: string, options: NetworkErrorOptions = {}) {
    super(`Could not ${attempt}: ${reason}.`, {
      cause: options.cause,
      exitCode: ExitCode.unavailable,
      code: options.code ?? "NETWORK",
      hint: options.hint ?? "Check the connection and the server with `rcwh doctor`.",
    });
    this.maybeProcessed = options.maybeProcessed ?? false;
  }
}

/** The run would have to wait longer than `--deadline` allows, so it ends at once. Nothing was sent. */
export class DeadlineError extends CliError {
  override readonly name = "DeadlineError";
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | undefined;

  constructor(attempt: string, retryAfter?: number) {
    super(
      retryAfter === undefined
        ? `Could not ${attempt}: the run's deadline has passed.`
        : `Could not ${attempt} before the run's deadline: RingCentral's rate limit asks to wait ${formatWait(retryAfter)}.`,
      {
        exitCode: ExitCode.unavailable,
        code: "DEADLINE",
        hint:
          retryAfter === undefined
            ? "Allow the run more time, such as `--deadline 5m`."
            : waitHint(retryAfter),
      },
    );
    this.retryAfter = retryAfter;
  }
}

/** @param retryAfter seconds */
export function waitHint(retryAfter = 60): string {
  // The work after the wait takes time too.
  const minutes = Math.max(5, Math.ceil(retryAfter / 60) + 5);
  const deadline = minutes < 120 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`;
  return `Run the command again in ${formatWait(retryAfter)}, or allow it more time, such as \`--deadline ${deadline}\`.`;
}

/** Valid JSON of another shape than the operation's. Exit code 1. */
export class UnexpectedAnswerError extends CliError {
  override readonly name = "UnexpectedAnswerError";

  /** The end of a sentence. */
  readonly problem: string;

  constructor(attempt: string, problem: string) {
    super(`Unexpected answer from RingCentral when trying to ${attempt}: ${problem}.`, {
      exitCode: ExitCode.failure,
      code: "UNEXPECTED_ANSWER",
      hint: "Check that the server is a RingCentral one with `rcwh whoami`, and run it again with `--debug`.",
    });
    this.problem = problem;
  }
}

/** Whether a failed request may have been processed: check before sending it again. */
export function maybeProcessed(error: unknown): boolean {
  if (error instanceof ApiError || error instanceof NetworkError) return error.maybeProcessed;
  return error instanceof UnexpectedAnswerError;
}

/**
 * Reads a refusal's body: RingCentral's envelope, OAuth's, a gateway's HTML page, or nothing at all.
 * The inner `errors[0].errorCode` is more precise than the outer one.
 */
export function parseErrorBody(text: string, redactor: Pick<Redactor, "text">): ApiErrorBody {
  const outer = membersOf(parseJson(text));
  const inner = membersOf(elementsOf(outer["errors"])[0]);
  const pick = (length: number, ...values: unknown[]) =>
    values
      .map((value) => (typeof value === "string" ? shorten(redactor.text(value), length) : ""))
      .find((value) => value !== "");

  const message = pick(
    500,
    inner["message"],
    outer["message"],
    outer["error_description"],
    outer["description"],
    describePage(text, redactor),
  );
  return {
    code: pick(60, inner["errorCode"], outer["errorCode"], outer["error"]),
    message: message?.replace(/\.$/, ""),
    permissionName:
      pick(100, inner["permissionName"], outer["permissionName"]) ??
      /\[(\w+)\] (?:application )?permission|permission \[(\w+)\]/i
        .exec(message ?? "")
        ?.slice(1)
        .find((name) => name !== undefined),
    parameterName:
      pick(100, inner["parameterName"], outer["parameterName"]) ??
      /Parameter \[([\w.]+)\]/i.exec(message ?? "")?.[1],
  };
}

/** Proxies and gateways answer with pages of their own. */
function describePage(text: string, redactor: Pick<Redactor, "text">): string | undefined {
  const start = text.slice(0, 20_000);
  if (!/<html|<!doctype/i.test(start)) return undefined;
  // The redactor has to see the title as it came, and whole.
  const title = redactor.text(/<title[^<>]*>([^<]+)/i.exec(start)?.[1] ?? "");
  return title === "" ? "an HTML page" : `an HTML page titled "${shorten(title, 200)}"`;
}
