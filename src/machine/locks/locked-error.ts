import { CliError, ExitCode } from "../../errors.ts";

/** Another process held the lock until the timeout. */
export class LockedError extends CliError {
  override readonly name = "LockedError";
  /** The holder's description, if it gave one. */
  readonly owner: string | undefined;
  /** The holder's process, if it certainly runs on this machine. */
  readonly pid: number | undefined;

  constructor(
    lockPath: string,
    { owner, pid }: { readonly owner?: string; readonly pid?: number },
  ) {
    const holder = pid === undefined ? owner : `process ${pid}`;
    const who = holder === undefined ? "" : ` (${holder})`;
    super(`Another rcwh${who} holds ${lockPath}, and did not release it in time.`, {
      exitCode: ExitCode.unavailable,
      code: "LOCKED",
      hint: "Wait for the other run to end, then try again.",
    });
    this.owner = owner;
    this.pid = pid;
  }
}
