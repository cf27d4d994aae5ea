import { type Check, exitCodeOfChecks } from "../../check/check.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { printRecords } from "../../io/formats.ts";
import type { IO } from "../../io/io.ts";
import { statusColors, statusMarks } from "../../io/marks.ts";
import type { Column } from "../../io/table.ts";
import { needAttention } from "./list-problems.ts";

/** What `printRankedChecks` prints as JSON, for `--help`. */
export const checksShape =
  '{ "schemaVersion": 1, "checks": [ { "rule", "status": "pass|warn|fail|skip",\n  "measured", "limit", "code", "hint", "profile", "exitCode" } ] }';

/** Prints rows of checks. Programs get rule, status, measured, limit, code, hint, profile, and of an audit subscriptions: new columns only at the end. */
async function printChecks(
  { io }: Pick<CommandContext, "io">,
  checks: readonly Check[],
  extra: Readonly<Record<string, unknown>>,
): Promise<void> {
  const columns = checkColumns(checks, io);
  await printRecords(io, { key: "checks", records: checks, columns, extra });
}

const foldedAs = { pass: "passed", skip: "skipped" } as const;

/** Lines at the end of a run: the error with its hint, the shell's prompt, and a line that wraps. */
const ending = 9;

/**
 * Prints rows of checks by importance. People see first what fails, then warnings, then what passed; skipped rules are one line
 * unless they have a hint, or with `--verbose`, and so are passed ones where they would push a failure off the screen. Where
 * even that is too long, failures come last, beside the error. Programs get every row, in the order of the rules, and the keys
 * of `extra` beside them in JSON.
 */
export async function printRankedChecks(
  { io, settings }: Pick<CommandContext, "io" | "settings">,
  found: readonly Check[],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const checks = found.map((check) =>
    check.hint === undefined ? check : { ...check, hint: io.completeHints(check.hint) },
  );
  if (io.format !== "table") return printChecks({ io }, checks, extra);
  const { renderTable } = await import("../../io/table.ts");
  const of = (...statuses: readonly Check["status"][]) =>
    statuses.flatMap((status) => checks.filter((check) => check.status === status));
  const advice = of("skip").filter(({ hint }) => hint !== undefined);
  const render = async (shown: readonly Check[]) => {
    const folded = (["pass", "skip"] as const).flatMap((status) => {
      const { length } = of(status).filter((check) => !shown.includes(check));
      const mark = statusColors(io.style)[status](statusMarks[status]);
      return length === 0
        ? []
        : `${mark}  ${length} ${foldedAs[status]} (-v shows ${length === 1 ? "it" : "them"})`;
    });
    const table = shown.length === 0 ? [] : [await renderTable(io, checkColumns(shown, io), shown)];
    return [...table, ...folded].join("\n");
  };
  if (settings.verbose) return io.data(await render(of("fail", "warn", "pass", "skip")));
  const whole = await render([...of("fail", "warn", "pass"), ...advice]);
  const { rows = Number.POSITIVE_INFINITY } = io.stdout;
  const fits = (text: string) => text.split("\n").length + ending <= rows;
  if (fits(whole) || of("fail", "warn").length === 0) return io.data(whole);
  const short = await render([...of("fail", "warn"), ...advice]);
  io.data(fits(short) ? short : await render([...advice, ...of("warn", "fail")]));
}

function checkColumns(
  checks: readonly Check[],
  { style }: Pick<IO, "style">,
): readonly Column<Check>[] {
  const colors = statusColors(style);
  const isMany = new Set(checks.flatMap(({ profile }) => profile ?? [])).size > 1;
  return [
    {
      title: "",
      value: ({ status }) => statusMarks[status],
      style: (text, { status }) => colors[status](text),
      reader: "people",
    },
    { title: "check", key: "rule", value: ({ rule }) => rule },
    {
      title: "status",
      value: ({ status }) => status,
      style: (text, { status }) => colors[status](text),
    },
    // Programs get it as the last column.
    ...(isMany ? [{ title: "profile", value: profileOf, reader: "people" as const }] : []),
    {
      title: "found",
      key: "measured",
      value: ({ measured }) => measured,
      show: ({ measured, hint, status, code }) => {
        // RingCentral would refuse an endpoint with this code.
        const found = /^SUB-52\d$/.test(code ?? "") ? `${measured} (${code})` : measured;
        return hint === undefined || status === "pass" ? found : [found, `→ ${hint}`];
      },
      shrink: "wrap",
    },
    { title: "limit", value: ({ limit }) => limit, reader: "programs" },
    { title: "code", value: ({ code }) => code ?? "", reader: "programs" },
    { title: "hint", value: ({ hint }) => hint ?? "", reader: "programs" },
    { title: "profile", value: profileOf, reader: "programs" },
    ...(checks.every(({ subscriptions }) => subscriptions)
      ? [{ title: "subscriptions", value: subscriptionsOf, reader: "programs" as const }]
      : []),
  ];
}

function subscriptionsOf({ subscriptions = [] }: Check): string {
  return subscriptions.join(",");
}

function profileOf({ profile }: Check): string {
  return profile ?? "";
}

/** Ends a command that checked something: returns if all checks passed, else throws their combined exit code. */
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
  return exitCode === ExitCode.attention
    ? `${needAttention(bad.length, total, "checks")}: ${names}.`
    : `${bad.length} of ${total} checks failed: ${names}.`;
}
