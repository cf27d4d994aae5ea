import { type CliError, ExitCode } from "../errors.ts";

/** The result of one check, a row of `rcwh check` and `rcwh doctor`. */
export interface Check {
  readonly rule: string;
  readonly status: "pass" | "warn" | "fail" | "skip";
  /** What was found. */
  readonly measured: string;
  /** What is required. */
  readonly limit: string;
  readonly code?: string;
  readonly hint?: string;
  /** The ids of the subscriptions that it is about, in the rows of an audit. */
  readonly subscriptions?: readonly string[];
  /** The profile that was checked; absent for a check of the machine. */
  readonly profile?: string;
  /** The exit code of a failure. */
  readonly exitCode?: ExitCode;
}

export type Finding = Omit<Check, "rule" | "limit" | "status">;

/** Makes the rows of one rule. */
export function rule(name: string, limit: string) {
  const row =
    (status: Check["status"]) =>
    (measured: string, more: Partial<Finding> = {}) => ({
      rule: name,
      status,
      measured,
      limit,
      ...more,
    });
  return {
    pass: row("pass"),
    warn: row("warn"),
    skip: row("skip"),
    fail(measured: string, more: Partial<Finding> = {}): Check {
      return row("fail")(measured, { exitCode: ExitCode.failure, ...more });
    },
    /** A failed operation as a row. */
    failWith({ message, code, hint, exitCode }: CliError): Check {
      return row("fail")(message, { code, exitCode, ...(hint !== undefined && { hint }) });
    },
  };
}

/** The code of all failures if they agree, 7 if they differ or concern only some accounts, else 8 if anything needs attention. */
export function exitCodeOfChecks(checks: readonly Check[]): ExitCode {
  const profilesIn = (rows: readonly Check[]) =>
    new Set(rows.flatMap(({ profile }) => profile ?? [])).size;
  const failing = profilesIn(checks.filter(({ status }) => status === "fail"));
  if (failing > 0 && failing < profilesIn(checks)) return ExitCode.partial;
  const codes = checks.flatMap(({ status, exitCode }) =>
    status === "fail" ? [exitCode ?? ExitCode.failure] : [],
  );
  const [first] = codes;
  if (first !== undefined) return codes.every((code) => code === first) ? first : ExitCode.partial;
  return checks.some(({ status }) => status === "warn") ? ExitCode.attention : ExitCode.ok;
}
