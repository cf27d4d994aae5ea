import { CliError, ExitCode } from "../../errors.ts";
import type { Alarm } from "../../lifecycle/renewal/alarms.ts";
import { hintsByKind } from "./hints.ts";

/** Writes a heading, then a line for each problem, up to a maximum. `total` counts problems that have no line here, too. */
export function listProblems(
  heading: string,
  problems: readonly string[],
  maximum = 20,
  total = problems.length,
): readonly string[] {
  const shown = problems.slice(0, maximum).map((problem) => `  ${problem}`);
  const rest = total - shown.length;
  return [`${heading}:`, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

/** Says how many items, such as "accounts", need attention. */
export function needAttention(count: number, total: number, what = ""): string {
  return `${count} of ${total}${what && ` ${what}`} ${count === 1 ? "needs" : "need"} attention`;
}

/** Throws exit 8 with a sentence for each alarm, if there are any. `total` is the number of subscriptions. */
export function raiseAlarms(alarms: readonly Alarm[], total: number): void {
  const [first] = alarms;
  if (!first) return;
  const codes = new Set(alarms.map(({ code }) => code));
  // What has no id is a subscription of its own.
  const count = new Set(alarms.map(({ id }, at) => id || at)).size;
  const messages = alarms.map(({ message }) => message);
  const list = listProblems(needAttention(count, total), messages, alarms.length);
  throw new CliError(alarms.length === 1 ? first.message : list, {
    exitCode: ExitCode.attention,
    code: codes.size === 1 ? first.code : "PARTIAL",
    hint: hintsByKind(alarms),
  });
}
