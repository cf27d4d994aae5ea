import { CliError, ExitCode } from "../../errors.ts";
import type { Alarm } from "../../lifecycle/alarms.ts";

/** Throws exit 8 where there are alarms, with a sentence for each. `total` is of how many subscriptions. */
export function raiseAlarms(alarms: readonly Alarm[], total: number): void {
  const [first] = alarms;
  if (!first) return;
  const codes = new Set(alarms.map(({ code }) => code));
  const count = new Set(alarms.map(({ id }) => id)).size;
  const heading = `${count} of ${total} ${count === 1 ? "needs" : "need"} attention:`;
  const lines = [heading, ...alarms.map(({ message }) => `  ${message}`)];
  throw new CliError(alarms.length === 1 ? first.message : lines.join("\n"), {
    exitCode: ExitCode.attention,
    code: codes.size === 1 ? first.code : "PARTIAL",
    hint: alarms.length === 1 ? first.hint : "Look at each with `rcwh show <id>`.",
  });
}
