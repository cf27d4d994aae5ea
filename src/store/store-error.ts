import { CliError, ExitCode } from "../errors.ts";
import type { Lines } from "../one-line.ts";

/** The shared store cannot be reached, or is in trouble. Exit code 5: try again later. */
export class StoreError extends CliError {
  override readonly name = "StoreError";

  constructor(message: Lines, hint: Lines, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: ExitCode.unavailable, code: "STORE", hint });
  }
}

/** The shared store refuses, until its URL, the rights of its user or its server is changed. Exit code 2. */
export class StoreRefusal extends CliError {
  override readonly name = "StoreRefusal";

  constructor(message: Lines, hint: Lines, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: ExitCode.usage, code: "STORE_REFUSED", hint });
  }
}
