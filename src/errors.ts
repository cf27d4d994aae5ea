import { joinLines, type Lines } from "./one-line.ts";

/** Process exit codes. Scripts rely on these; changing one is a breaking change. */
export const ExitCode = {
  ok: 0,
  /** The server refused, or rcwh has a bug. */
  failure: 1,
  usage: 2,
  notFound: 3,
  /** Not signed in, credentials rejected, permission missing. */
  auth: 4,
  /** Network, timeout, 429 or 5xx: try again later. */
  unavailable: 5,
  /** The endpoint breaks one of RingCentral's rules. */
  endpoint: 6,
  /** Some of several items failed. */
  partial: 7,
  /** Needs attention: blacklisted, disabled filters, a shorter lifetime than requested. */
  attention: 8,
  /** Declined, or rcwh could not ask for a confirmation. */
  declined: 9,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface CliErrorOptions extends ErrorOptions {
  readonly exitCode?: ExitCode;
  /** For programs: RingCentral's code, or one of ours such as `NETWORK`. */
  readonly code?: string | undefined;
  /** One imperative sentence: what to do next; several are several lines. */
  readonly hint?: Lines | undefined;
}

/**
 * A failure that rcwh can explain. `main` prints its message and hint. Any other error is a bug in rcwh, and is
 * printed with its stack. Message and hint may quote anybody: each is one line that a terminal only shows, unless it is
 * given as several.
 */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: Lines, options: CliErrorOptions = {}) {
    super(joinLines(message), options);
    this.exitCode = options.exitCode ?? ExitCode.failure;
    this.code = options.code ?? "FAILED";
    this.hint = options.hint === undefined ? undefined : joinLines(options.hint);
  }
}

/** A bad flag, filter, selector or file. Nothing was sent and nothing changed. Exit code 2. */
export class UsageError extends CliError {
  override readonly name = "UsageError";

  constructor(message: Lines, hint?: Lines, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: ExitCode.usage, code: "USAGE", hint });
  }
}

/**
 * The run was stopped by a signal, by a reader that closed the pipe (then with exit code 0), or by a bug: an uncaught
 * error, which is its `cause`.
 */
export class Interruption extends CliError {
  override readonly name = "Interruption";

  constructor(exitCode: ExitCode = ExitCode.interrupted, options: ErrorOptions = {}) {
    super("Interrupted.", { ...options, exitCode, code: "INTERRUPTED" });
  }
}

/** What an interrupted run ends with: the bug, if there is one. */
export function endOf({ reason }: AbortSignal): unknown {
  if (!(reason instanceof Interruption)) return new Interruption();
  return reason.exitCode === ExitCode.failure ? reason.cause : reason;
}

/** A program that rcwh ran for the user failed and printed the reason, so rcwh prints nothing and exits with its code. */
export class ProgramFailure extends CliError {
  override readonly name = "ProgramFailure";

  constructor(exitCode: number) {
    // Not one of ours.
    super("The program failed.", { exitCode: exitCode as ExitCode, code: "INTERRUPTED" });
  }
}

/** Writing to stdout failed, for another reason than a closed pipe. */
export class OutputError extends CliError {
  override readonly name = "OutputError";

  /** @param end the error that the run itself ended with, if any */
  constructor(cause: Error, end?: CliError) {
    const message = `The output could not be written: ${cause.message}.`;
    super(end ? `${message} ${end.message}` : message, {
      code: "OUTPUT",
      cause,
      hint: end?.hint?.split("\n"),
    });
  }
}

/** The error of a run whose output could not be written. Bugs and interruptions take precedence. */
export function withOutputError(error: unknown, output: OutputError | undefined): unknown {
  if (!output || error === undefined) return output ?? error;
  const takesPrecedence = !(error instanceof CliError) || error instanceof OutputError;
  if (takesPrecedence || error instanceof Interruption) return error;
  const { cause } = output;
  return new OutputError(cause instanceof Error ? cause : output, error);
}

/** The message with a full stop, so that another sentence can follow. */
export function asSentence(message: string): string {
  return message.replace(/\.?$/, ".");
}

/** The same failure with another message, and another hint if given. What else is known about it, such as its `checks`, stays. */
export function reworded(
  error: CliError,
  message: Lines,
  hint: Lines | undefined = error.hint?.split("\n"),
): CliError {
  const { exitCode, code, name: _, hint: __, ...facts } = error;
  return Object.assign(new CliError(message, { exitCode, code, hint, cause: error }), facts);
}

/** The same failure with another hint. */
export function withHint(error: CliError, hint: Lines): CliError {
  return reworded(error, error.message.split("\n"), hint);
}
