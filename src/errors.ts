/** Process exit codes. Scripts rely on these; changing one is a breaking change. */
export const ExitCode = {
  ok: 0,
  /** The server refused, or rcwh has a bug. */
  failure: 1,
  usage: 2,
  notFound: 3,
  /** Not signed in, credentials rejected, permission missing. */
  auth: 4,
  /** Nothing is wrong with the request: network, timeout, 429 or 5xx. Try again later. */
  unavailable: 5,
  /** The endpoint breaks one of the platform's rules. */
  endpoint: 6,
  /** Some of several things were done. */
  partial: 7,
  /** Something needs attention: blacklisted, disabled filters, a shorter life than asked. */
  attention: 8,
  /** Declined, or a confirmation was needed and nobody could give it. */
  declined: 9,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface CliErrorOptions extends ErrorOptions {
  readonly exitCode?: ExitCode;
  /** What programs match on: RingCentral's code, or a word of our own such as `NETWORK`. */
  readonly code?: string | undefined;
  /** One imperative sentence telling the reader what to do next. */
  readonly hint?: string | undefined;
}

/**
 * A failure we can explain. `main` prints the message and the hint without a stack trace;
 * anything that is not a `CliError` is treated as a bug in rcwh and keeps its stack.
 */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? ExitCode.failure;
    this.code = options.code ?? "FAILED";
    this.hint = options.hint;
  }
}

/** A bad flag, filter, selector or file. Nothing was sent and nothing changed. Exit code 2. */
export class UsageError extends CliError {
  override readonly name = "UsageError";

  constructor(message: string, hint?: string, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: ExitCode.usage, code: "USAGE", hint });
  }
}

/** Why a run was told to stop: a signal, or a reader that closed its end of the pipe (then with exit code 0). */
export class Interruption extends CliError {
  override readonly name = "Interruption";

  constructor(exitCode: ExitCode = ExitCode.interrupted) {
    super("Interrupted.", { exitCode, code: "INTERRUPTED" });
  }
}

/** Nothing can be written to stdout any more, for another reason than that its reader has left. */
export class OutputError extends CliError {
  override readonly name = "OutputError";

  /** @param end what the run itself ended in, if that is no success */
  constructor(cause: Error, end?: CliError) {
    const message = `The output could not be written: ${cause.message}.`;
    super(end ? `${message} ${end.message}` : message, { code: "OUTPUT", cause, hint: end?.hint });
  }
}

/** What a run ends in whose output could not be written. Nothing hides a bug, or an interruption. */
export function withOutputError(error: unknown, output: OutputError | undefined): unknown {
  if (!output || error === undefined) return output ?? error;
  const isWhole = !(error instanceof CliError) || error instanceof OutputError;
  if (isWhole || error instanceof Interruption) return error;
  const { cause } = output;
  return new OutputError(cause instanceof Error ? cause : output, error);
}

/** A message with its full stop, so that another sentence may follow. */
export function asSentence(message: string): string {
  return message.replace(/\.?$/, ".");
}

/** The same failure in other words; `hint` stays as it is unless given. */
export function reworded(error: CliError, message: string, hint = error.hint): CliError {
  const { exitCode, code } = error;
  return new CliError(message, { exitCode, code, hint, cause: error });
}

/** The same failure with another remedy. */
export function withHint(error: CliError, hint: string): CliError {
  return reworded(error, error.message, hint);
}
