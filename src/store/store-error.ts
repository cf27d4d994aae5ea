import { CliError, ExitCode } from "../errors.ts";
import type { Lines } from "../one-line.ts";

/** The shared store cannot be reached, or fails. Exit code 5: try again later. */
export class StoreError extends CliError {
  override readonly name = "StoreError";

  constructor(message: Lines, hint: Lines, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: ExitCode.unavailable, code: "STORE", hint });
  }
}
