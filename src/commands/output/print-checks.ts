import { type Check, exitCodeOfChecks } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { printRecords } from "../../io/formats.ts";

/** What `printChecks` prints as JSON, for `--help`. */
export const checksShape =
  '{ "schemaVersion": 1, "checks": [ { "rule", "status": "pass|warn|fail|skip",\n  "measured", "limit", "code", "hint", "profile", "exitCode" } ] }';

const marks = { pass: "✓", warn: "!", fail: "✗", skip: "-" } as const;

/** Rows of checks. Programs get rule, status, measured, limit, code, hint, profile: new columns only at the end. */
export async function printChecks(
  { io }: Pick<CommandContext, "io">,
  checks: readonly Check[],
): Promise<void> {
  const { green, red, yellow, dim } = io.style;
  const paint = { pass: green, warn: yellow, fail: red, skip: dim } as const;
  const isMany = new Set(checks.flatMap(({ profile }) => profile ?? [])).size > 1;
  await printRecords(io, {
    key: "checks",
    records: checks,
    columns: [
      {
        title: "",
        value: ({ status }) => marks[status],
        style: (text, { status }) => paint[status](text),
        reader: "people",
      },
      { title: "check", key: "rule", value: ({ rule }) => rule },
      {
        title: "status",
        value: ({ status }) => status,
        style: (text, { status }) => paint[status](text),
      },
      // For programs it is the last one.
      ...(isMany ? [{ title: "profile", value: profileOf, reader: "people" as const }] : []),
      {
        title: "found",
        key: "measured",
        value: ({ measured }) => measured,
        show: ({ measured, hint, status, code }) => {
          // What RingCentral would refuse an endpoint with.
          const found = /^SUB-52\d$/.test(code ?? "") ? `${measured} (${code})` : measured;
          return hint === undefined || status === "pass" ? found : [found, `→ ${hint}`];
        },
        shrink: "wrap",
      },
      { title: "limit", value: ({ limit }) => limit, reader: "programs" },
      { title: "code", value: ({ code }) => code ?? "", reader: "programs" },
      { title: "hint", value: ({ hint }) => hint ?? "", reader: "programs" },
      { title: "profile", value: profileOf, reader: "programs" },
    ],
  });
}

function profileOf({ profile }: Check): string {
  return profile ?? "";
}

/** Ends a run that checked something: returns where all is well, else throws what the rows come to together. */
export function concludeChecks(checks: readonly Check[]): void {
  const exitCode = exitCodeOfChecks(checks);
  if (exitCode === ExitCode.ok) return;
  const wanted = exitCode === ExitCode.attention ? "warn" : "fail";
  const bad = checks.filter(({ status }) => status === wanted);
  throw new CliError(summarize(bad, checks.length, exitCode), {
    exitCode,
    code: "CHECKS_FAILED",
  });
}

function summarize(bad: readonly Check[], total: number, exitCode: ExitCode): string {
  const names = [...new Set(bad.map(({ rule }) => rule))].join(", ");
  const verb =
    exitCode === ExitCode.attention
      ? bad.length === 1
        ? "needs attention"
        : "need attention"
      : "failed";
  return `${bad.length} of ${total} checks ${verb}: ${names}.`;
}
