import { shellWord } from "../../machine/shell-word.ts";
import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule } from "./schedule.ts";
import type { ScheduleFile } from "./schedule-file.ts";

/** A line for `crontab -e`. Its variables stand in the line, so that they are no other job's. */
export function renderCrontab(schedule: Schedule): readonly ScheduleFile[] {
  const { interval, at, program, words, environment, reasons } = schedule;
  const variables = Object.entries(environment).map(
    ([name, value]) => `${name}=${shellWord(value)}`,
  );
  const command = [...variables, ...[...program, ...words].map(shellWord)].join(" ");
  const lines = [
    "# rcwh: renews RingCentral webhook subscriptions.",
    ...reasons.map((reason) => `# ${reason}`),
    "# Install it with `crontab -e`, as the user whose credentials these are, and try it with",
    "# `rcwh doctor --cron`. cron mails what is printed: nothing while all is well.",
    // cron ends the command at a percent sign, and hands the rest to it as its input.
    `${cronExpression(interval, at)} ${command.replaceAll("%", "\\%")}`,
  ];
  return [{ path: "crontab", text: lines.join("\n") }];
}
