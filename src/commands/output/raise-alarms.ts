import { CliError, ExitCode } from "../../errors.ts";
import type { Alarm } from "../../lifecycle/alarms.ts";
import { listProblems, needAttention } from "./list-problems.ts";

/** Throws exit 8 with a sentence for each alarm, if there are any. `total` is the number of subscriptions. */
export function raiseAlarms(alarms: readonly Alarm[], total: number): void {
  const [first] = alarms;
  if (!first) return;
  const codes = new Set(alarms.map(({ code }) => code));
  const count = new Set(alarms.map(({ id }) => id)).size;
  const messages = alarms.map(({ message }) => message);
  const list = listProblems(needAttention(count, total), messages, alarms.length);
  throw new CliError(alarms.length === 1 ? first.message : list, {
    exitCode: ExitCode.attention,
    code: codes.size === 1 ? first.code : "PARTIAL",
    hint: alarms.length === 1 ? first.hint : "Look at each with `rcwh show <id>`.",
  });
}
