import { type CliError, ExitCode } from "../errors.ts";

/** One thing that was looked at. Every command that checks prints such rows. */
export interface Check {
  readonly rule: string;
  readonly status: "pass" | "warn" | "fail" | "skip";
  /** What was found. */
  readonly measured: string;
  /** What it is held against. */
  readonly limit: string;
  readonly code?: string;
  readonly hint?: string;
  /** Whose it is; absent for what is about the machine. */
  readonly profile?: string;
  /** What a failure comes to. */
  readonly exitCode?: ExitCode;
}

export type Finding = Omit<Check, "rule" | "limit" | "status">;

/** Rows of one rule. `limit` is what all of them are held against. */
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
    /** What an operation said when it failed. */
    failWith({ message, code, hint, exitCode }: CliError): Check {
      return row("fail")(message, { code, exitCode, ...(hint !== undefined && { hint }) });
    },
  };
}

/** Failures that are all alike give their code, different ones, or of some accounts only, 7; else 8 if anything needs attention. */
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
